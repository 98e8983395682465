"""IAM's decisions: policies evaluated as AWS evaluates them."""

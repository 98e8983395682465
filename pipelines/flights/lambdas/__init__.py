"""What runs in AWS Lambda for the flights use case: standard library and boto3 alone."""

"""What the use cases share: drift detector, retraining gate."""

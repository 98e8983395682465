"""What runs inside a model's container; run as a file, it imports nothing of this project."""

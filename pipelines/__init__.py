"""What runs in AWS: pipeline definitions, step code and Lambda handlers, a folder for each use case."""

"""What runs in AWS: pipeline definitions, step code and handlers, a folder for each use case."""

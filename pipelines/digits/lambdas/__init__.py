"""The functions of the digits use case: standard library and boto3."""

"""Pulumi component resources, one logical entity each. They know neither stacks, pipelines nor infra."""

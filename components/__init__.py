"""Pulumi component resources, one logical entity each; they know no other folder."""

"""A customer key that IAM policies give to roles."""

import pulumi

from components.encryption_key import EncryptionKey, EncryptionKeyArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

key = EncryptionKey("raw", EncryptionKeyArgs(description="Raw data and labels", tags=TAGS))
pulumi.export("key_arn", key.arn)

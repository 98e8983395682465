"""What ``components.revisions`` is in plain values."""

from typing import NotRequired, TypedDict

import pulumi


class Connection(TypedDict):
    """A repository, by a connection that a person has completed by hand."""

    arn: str
    repository: str
    """`owner/name`, as its host has it."""
    branch: str


class SourceObject(TypedDict):
    """A zip archive in a versioned bucket that announces its objects to EventBridge."""

    bucket: pulumi.Input[str]
    key: str
    key_arn: NotRequired[pulumi.Input[str]]
    """Customer key of the bucket."""

"""What ``components.container_registry`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class ContainerRegistryArgs(TypedDict):
    """Inputs of `ContainerRegistry`."""

    name_prefix: str
    """Stands before each repository's name, with a slash between: roles are let in by it."""
    images: Sequence[str]
    """Names of the images, a repository each."""
    key_arn: pulumi.Input[str]
    """Customer key of the images; another one replaces the repositories."""
    tags: Mapping[str, str]
    """Must hold `project`, `environment`, `owner` and `team`."""
    keep_count: NotRequired[int]
    """Tagged images that are kept; the oldest beyond them go.

    By default `50`."""
    untagged_days: NotRequired[int]
    """By default `7`."""
    reader_account_ids: NotRequired[Sequence[str]]
    """Other accounts whose roles pull, for example those that a digest is promoted to."""
    deletion_protection: NotRequired[bool]
    """Pulumi refuses to delete the repositories.

    By default `true`."""
    force_destroy: NotRequired[bool]
    """Images go with their repository.

    By default `false`."""


class ContainerRegistryOutputs(TypedDict):
    """What ``ContainerRegistry`` gives."""

    repository_urls: Mapping[str, pulumi.Output[str]]
    """Image to what `docker push` takes before the tag."""
    repository_arns: Mapping[str, pulumi.Output[str]]

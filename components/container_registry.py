"""Repositories of a team's own images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components._iam_registry import lifecycle, pull
from components._place import here
from components._tags import stamp


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerRegistryArgs:
    """Inputs of :class:`ContainerRegistry`.

    Raises:
        ValueError: no image is named, or one twice.
    """

    name_prefix: str
    """Stands before each repository's name, with a slash between: roles are let in by it."""
    images: Sequence[str]
    """Names of the images, a repository each."""
    key_arn: pulumi.Input[str]
    """Customer key of the images; another one replaces the repositories."""
    tags: Mapping[str, str]
    """Must hold ``project``, ``environment``, ``owner`` and ``team``."""
    keep_count: int = 50
    """Tagged images that are kept; the oldest beyond them go."""
    untagged_days: int = 7
    reader_account_ids: Sequence[str] = ()
    """Other accounts whose roles pull, for example those that a digest is promoted to."""
    deletion_protection: bool = True
    """Pulumi refuses to delete the repositories."""
    force_destroy: bool = False
    """Images go with their repository."""

    def __post_init__(self) -> None:
        if not self.images or len(set(self.images)) != len(self.images):
            raise ValueError(f"images must name different ones, got {list(self.images)}")


class ContainerRegistry(pulumi.ComponentResource):
    """A repository for each image: scanned on push, a tag never moved, old images cleared away.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    repository_urls: Mapping[str, pulumi.Output[str]]
    """Image to what ``docker push`` takes before the tag."""
    repository_arns: Mapping[str, pulumi.Output[str]]

    def __init__(
        self, name: str, args: ContainerRegistryArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:ContainerRegistry", name, {}, opts)
        tags = stamp(args.tags, component=name)
        repositories = {
            image: self._repository(f"{name}-{image}", image, args, tags) for image in args.images
        }
        self.repository_urls = {
            image: repository.repository_url for image, repository in repositories.items()
        }
        self.repository_arns = {image: repository.arn for image, repository in repositories.items()}
        self.register_outputs(
            {
                "repository_urls": dict(self.repository_urls),
                "repository_arns": dict(self.repository_arns),
            }
        )

    def _repository(
        self, name: str, image: str, args: ContainerRegistryArgs, tags: Mapping[str, str]
    ) -> aws.ecr.Repository:
        child = pulumi.ResourceOptions(parent=self)
        repository = aws.ecr.Repository(
            f"{name}-repository",
            name=f"{args.name_prefix}/{image}",
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[{"encryption_type": "KMS", "kms_key": args.key_arn}],
            force_delete=args.force_destroy,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, protect=args.deletion_protection),
        )
        aws.ecr.LifecyclePolicy(
            f"{name}-lifecycle",
            repository=repository.name,
            policy=lifecycle(keep_count=args.keep_count, untagged_days=args.untagged_days),
            opts=child,
        )
        if args.reader_account_ids:
            aws.ecr.RepositoryPolicy(
                f"{name}-policy",
                repository=repository.name,
                policy=here().apply(lambda at: pull(at, accounts=args.reader_account_ids)),
                opts=child,
            )
        return repository

"""Amazon ECR: repositories, their lifecycle and their policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from infra.resources.handler import Clients, Created, Properties
from infra.resources.row import Row, Tagging


class _Repository(Row):
    """``aws:ecr/repository:Repository``; its id is its name."""

    def described(self, aws: Clients, outputs: Properties) -> Mapping[str, Any] | None:
        """Return the one repository of the name."""
        found = self.call(aws, "DescribeRepositories", {"repositoryNames": [outputs["name"]]})
        held: Mapping[str, Any] = found["repositories"][0]
        return held

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Change scanning and whether tags may move; the rest cannot change."""
        name = {"repositoryName": resource_id}
        if old.get("imageTagMutability") != new.get("imageTagMutability"):
            wanted = {"imageTagMutability": new["imageTagMutability"]}
            self.call(aws, "PutImageTagMutability", {**name, **wanted})
        if old.get("imageScanningConfiguration") != new.get("imageScanningConfiguration"):
            scan = (new.get("imageScanningConfiguration") or {}).get("scanOnPush", False)
            wanted = {"imageScanningConfiguration": {"scanOnPush": scan}}
            self.call(aws, "PutImageScanningConfiguration", {**name, **wanted})
        return super().update(aws, resource_id, old, new)

    def _key(self, outputs: Properties) -> dict[str, Any]:
        return {"repositoryName": outputs["name"], "force": bool(outputs.get("forceDelete"))}


TYPES: Final = (
    _Repository(
        token="aws:ecr/repository:Repository",
        source="internal/service/ecr/repository.go",
        service="ecr",
        create_op="CreateRepository",
        read_op="DescribeRepositories",
        read_path="repositories[0]",
        delete_op="DeleteRepository",
        key={"repositoryName": "name"},
        id="name",
        renames={"name": "repositoryName", "encryptionConfigurations": "encryptionConfiguration"},
        computed={
            "arn": "repository.repositoryArn || repositoryArn",
            "registryId": "repository.registryId || registryId",
            "repositoryUrl": "repository.repositoryUri || repositoryUri",
        },
        defaults={"imageTagMutability": "MUTABLE"},
        extra=frozenset({"forceDelete"}),
        required=("name",),
        replace_on=frozenset({"name", "encryptionConfigurations"}),
        stateful=True,
        gone=frozenset({"RepositoryNotFoundException"}),
        tagging=Tagging(
            "TagResource",
            "UntagResource",
            "ListTagsForResource",
            target="resourceArn",
            tags="tags",
            listed="tags",
            keys="tagKeys",
        ),
    ),
    Row(
        token="aws:ecr/lifecyclePolicy:LifecyclePolicy",
        source="internal/service/ecr/lifecycle_policy.go",
        service="ecr",
        create_op="PutLifecyclePolicy",
        read_op="GetLifecyclePolicy",
        delete_op="DeleteLifecyclePolicy",
        key={"repositoryName": "repository"},
        id="repository",
        renames={"repository": "repositoryName", "policy": "lifecyclePolicyText"},
        computed={"registryId": "registryId"},
        required=("repository", "policy"),
        replace_on=frozenset({"policy", "repository"}),
        gone=frozenset({"LifecyclePolicyNotFoundException", "RepositoryNotFoundException"}),
        delete_before_replace=True,
    ),
    Row(
        token="aws:ecr/repositoryPolicy:RepositoryPolicy",
        source="internal/service/ecr/repository_policy.go",
        service="ecr",
        create_op="SetRepositoryPolicy",
        read_op="GetRepositoryPolicy",
        update_op="SetRepositoryPolicy",
        delete_op="DeleteRepositoryPolicy",
        key={"repositoryName": "repository"},
        id="repository",
        renames={"repository": "repositoryName", "policy": "policyText"},
        computed={"registryId": "registryId"},
        required=("repository", "policy"),
        replace_on=frozenset({"repository"}),
        gone=frozenset({"RepositoryPolicyNotFoundException", "RepositoryNotFoundException"}),
    ),
)

"""Tags of every kind of resource that the platform creates."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.emulator.server import Emulator

GROUP = {
    "RecordIdentifierFeatureName": "id",
    "EventTimeFeatureName": "at",
    "FeatureDefinitions": [
        {"FeatureName": "id", "FeatureType": "String"},
        {"FeatureName": "at", "FeatureType": "String"},
    ],
    "OnlineStoreConfig": {"EnableOnlineStore": True},
}
PACKAGE = {"Containers": [{"Image": "i"}]}
MADE = [{"Key": "team", "Value": "flights"}]


def make(sagemaker: Any, kind: str) -> str:
    """Create a resource of a kind with one tag; returns its ARN."""
    name = f"tagged-{kind}"
    if kind == "feature-group":
        answer = sagemaker.create_feature_group(FeatureGroupName=name, Tags=MADE, **GROUP)
    elif kind == "model-package-group":
        answer = sagemaker.create_model_package_group(ModelPackageGroupName=name, Tags=MADE)
    elif kind == "model-package":
        answer = sagemaker.create_model_package(
            ModelPackageName=name, InferenceSpecification=PACKAGE, Tags=MADE
        )
    elif kind == "context":
        answer = sagemaker.create_context(
            ContextName=name, Source={"SourceUri": "u"}, ContextType="t", Tags=MADE
        )
    else:
        answer = sagemaker.create_artifact(
            Source={"SourceUri": "s3://b/k"}, ArtifactType="DataSet", Tags=MADE
        )
    return str(next(value for key, value in answer.items() if key.endswith("Arn")))


KINDS = ["feature-group", "model-package-group", "model-package", "context", "artifact"]


@pytest.mark.parametrize("kind", KINDS)
def test_tags_are_listed_added_replaced_and_removed(
    emulator: Emulator, sagemaker: Any, kind: str
) -> None:
    arn = make(sagemaker, kind)
    emulator.settle()

    def tags() -> dict[str, str]:
        found = sagemaker.list_tags(ResourceArn=arn)["Tags"]
        return {tag["Key"]: tag["Value"] for tag in found}

    assert tags() == {"team": "flights"}
    added = [{"Key": "team", "Value": "weather"}, {"Key": "owner", "Value": "ops"}]
    sagemaker.add_tags(ResourceArn=arn, Tags=added)
    assert tags() == {"team": "weather", "owner": "ops"}
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["team", "missing"])
    assert tags() == {"owner": "ops"}


def test_a_resource_that_is_not_there_has_no_tags(sagemaker: Any) -> None:
    arn = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/none"
    with pytest.raises(ClientError) as refused:
        sagemaker.list_tags(ResourceArn=arn)
    assert refused.value.response["Error"]["Code"] == "ResourceNotFound"


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ([{"Key": "aws:owner", "Value": "x"}], "must not start with aws:"),
        ([{"Key": f"k{i}", "Value": "x"} for i in range(50)], "must be at most 50, got 51"),
    ],
)
def test_impossible_tags_are_refused(
    sagemaker: Any, tags: list[dict[str, str]], words: str
) -> None:
    name = f"limits-{len(tags)}"
    answer = sagemaker.create_model_package_group(ModelPackageGroupName=name, Tags=MADE)
    with pytest.raises(ClientError, match=words):
        sagemaker.add_tags(ResourceArn=answer["ModelPackageGroupArn"], Tags=tags)

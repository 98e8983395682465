"""Content held to the schema, versions, status, what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

PARTS = ("credentials", "admin", "model_cards", "tags")
CONTENT = {
    "model_overview": {"model_name": "late", "model_version": 1},
    "intended_uses": {"risk_rating": "Low"},
    "evaluation_details": [
        {
            "name": "held out",
            "metric_groups": [
                {
                    "name": "quality",
                    "metric_data": [{"name": "auc", "type": "number", "value": 0.71}],
                }
            ],
        }
    ],
}


def card(sagemaker: Any, name: str, **changed: Any) -> str:
    """Create a card; returns its ARN."""
    answer = sagemaker.create_model_card(
        ModelCardName=name,
        Content=json.dumps(CONTENT | changed),
        ModelCardStatus="PendingReview",
        Tags=[{"Key": "team", "Value": "flights"}],
    )
    return str(answer["ModelCardArn"])


@pytest.mark.parametrize(
    ("part", "fault"),
    [
        ({"model_overveiw": {}}, "model_overveiw: Extra inputs are not permitted"),
        ({"intended_uses": {"risk_rating": "low"}}, "intended_uses.risk_rating"),
        ({"model_overview": {"model_version": "1"}}, "model_overview.model_version"),
        ({"training_details": {"training_observations": "x" * 1025}}, "at most 1024"),
        ({"evaluation_details": [{"name": ""}]}, "evaluation_details.0.name"),
    ],
)
def test_content_that_breaks_the_schema_is_refused(
    sagemaker: Any, part: dict[str, Any], fault: str
) -> None:
    with pytest.raises(ClientError, match="must follow the model card schema") as refused:
        card(sagemaker, "broken", **part)
    assert fault in refused.value.response["Error"]["Message"]


def test_other_content_makes_a_version_and_the_old_one_stays(sagemaker: Any) -> None:
    card(sagemaker, "versions")
    other = json.dumps(CONTENT | {"business_details": {"business_problem": "late"}})
    sagemaker.update_model_card(ModelCardName="versions", Content=other)
    listed = sagemaker.list_model_card_versions(ModelCardName="versions")
    numbers = [one["ModelCardVersion"] for one in listed["ModelCardVersionSummaryList"]]
    assert numbers == [1, 2]
    assert sagemaker.describe_model_card(ModelCardName="versions")["Content"] == other
    first = sagemaker.describe_model_card(ModelCardName="versions", ModelCardVersion=1)
    assert json.loads(first["Content"]) == CONTENT


def test_content_and_status_are_changed_in_calls_of_their_own(sagemaker: Any) -> None:
    card(sagemaker, "both")
    with pytest.raises(ClientError, match="does not update both in one call"):
        sagemaker.update_model_card(
            ModelCardName="both", Content=json.dumps(CONTENT), ModelCardStatus="Approved"
        )
    sagemaker.update_model_card(ModelCardName="both", ModelCardStatus="Approved")
    found = sagemaker.describe_model_card(ModelCardName="both")
    assert (found["ModelCardStatus"], found["ModelCardVersion"]) == ("Approved", 1)


def test_an_archived_card_takes_no_content(sagemaker: Any) -> None:
    card(sagemaker, "archived")
    sagemaker.update_model_card(ModelCardName="archived", ModelCardStatus="Archived")
    with pytest.raises(ClientError, match="Archived state"):
        sagemaker.update_model_card(ModelCardName="archived", Content=json.dumps(CONTENT))


def test_a_card_keeps_its_tags_and_goes_whole(sagemaker: Any) -> None:
    arn = card(sagemaker, "tagged")
    tags = sagemaker.list_tags(ResourceArn=arn)["Tags"]
    assert tags == [{"Key": "team", "Value": "flights"}]
    with pytest.raises(ClientError, match="already exists"):
        card(sagemaker, "tagged")
    sagemaker.delete_model_card(ModelCardName="tagged")
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.describe_model_card(ModelCardName="tagged")


def test_an_export_job_is_refused_in_words(sagemaker: Any) -> None:
    card(sagemaker, "exported")
    with pytest.raises(ClientError, match="CreateModelCardExportJob"):
        sagemaker.create_model_card_export_job(
            ModelCardName="exported",
            ModelCardExportJobName="job",
            OutputConfig={"S3OutputPath": "s3://cards/"},
        )

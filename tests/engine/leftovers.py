"""What stands in an account, as far as the platform makes such things."""

from __future__ import annotations

from typing import Any

import jmespath

from infra.engine.clients import SharedClients

LISTINGS = {
    ("apigateway", "get_rest_apis"): "items[].name",
    ("cloudwatch", "describe_alarms"): "[MetricAlarms[].AlarmName, CompositeAlarms[].AlarmName][]",
    ("cloudwatch", "list_dashboards"): "DashboardEntries[].DashboardName",
    ("codebuild", "list_projects"): "projects",
    ("dynamodb", "list_tables"): "TableNames",
    ("events", "list_rules"): "Rules[].Name",
    ("iam", "list_roles"): "Roles[].RoleName",
    ("kinesis", "list_streams"): "StreamNames",
    ("kms", "list_aliases"): "Aliases[?!starts_with(AliasName, 'alias/aws/')].AliasName",
    ("lambda", "list_functions"): "Functions[].FunctionName",
    ("logs", "describe_log_groups"): "logGroups[].logGroupName",
    ("s3", "list_buckets"): "Buckets[].Name",
    ("sagemaker", "list_endpoint_configs"): "EndpointConfigs[].EndpointConfigName",
    ("sagemaker", "list_endpoints"): "Endpoints[].EndpointName",
    ("sagemaker", "list_feature_groups"): "FeatureGroupSummaries[].FeatureGroupName",
    ("sagemaker", "list_model_package_groups"): (
        "ModelPackageGroupSummaryList[].ModelPackageGroupName"
    ),
    ("sagemaker", "list_models"): "Models[].ModelName",
    ("sagemaker", "list_pipelines"): "PipelineSummaries[].PipelineName",
    ("scheduler", "list_schedules"): "Schedules[].Name",
    ("sns", "list_topics"): "Topics[].TopicArn",
    ("sqs", "list_queues"): "QueueUrls",
}


def standing(endpoint_url: str, region: str = "us-east-1") -> dict[str, list[str]]:
    """Return the names of what stands, by listing; a key that is being deleted counts as gone."""
    aws = SharedClients(endpoint_url, region=region)
    found: dict[str, list[str]] = {}
    for (service, operation), path in LISTINGS.items():
        names: list[str] = jmespath.search(path, getattr(aws(service), operation)()) or []
        if names:
            found[f"{service} {operation}"] = sorted(names)
    if keys := _live_keys(aws):
        found["kms list_keys"] = keys
    aws.close()
    return found


def _live_keys(aws: SharedClients) -> list[str]:
    kms = aws("kms")
    listed: list[dict[str, Any]] = kms.list_keys()["Keys"]
    held = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in listed]
    return [
        key["KeyId"]
        for key in held
        if key["KeyState"] != "PendingDeletion" and key["KeyManager"] == "CUSTOMER"
    ]

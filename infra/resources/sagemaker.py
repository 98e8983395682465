"""SageMaker: feature groups, the registry, pipelines, models and endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from infra.resources._waiting import wait_until_gone, wait_until_settled
from infra.resources.handler import Clients, Created, Properties
from infra.resources.naming import AutoName
from infra.resources.row import Row, Tagging

TAGGING = Tagging("AddTags", "DeleteTags", "ListTags", "ResourceArn")
GONE_TEXT = "could not find|does not exist|not found|no such"
"""SageMaker's ``ValidationException`` tells in its message only that something is not there."""


@dataclass(frozen=True, kw_only=True)
class SageMakerRow(Row):
    """A type whose status tells when it stands."""

    service: str = "sagemaker"
    tagging: Tagging | None = TAGGING
    gone_text: str = GONE_TEXT
    status: str = ""
    """Member of the description; empty where creation is at once."""
    passing: tuple[str, ...] = ("Creating", "Pending", "InProgress", "Updating")
    good: tuple[str, ...] = ()

    def after_create(self, aws: Clients, created: Created, inputs: Properties) -> None:
        """Wait until it stands.

        Raises:
            ClientError: it came to a bad end, which is its code.
        """
        super().after_create(aws, created, inputs)
        self.settled(aws, created.outputs, self.create_op)

    def delete(self, aws: Clients, resource_id: str, outputs: Properties) -> None:
        """Delete it and wait until it is gone."""
        super().delete(aws, resource_id, outputs)
        if self.status:
            wait_until_gone(lambda: self._there(aws, outputs), operation=self.delete_op)

    def settled(self, aws: Clients, outputs: Properties, operation: str) -> Mapping[str, Any]:
        """Return the description once the status is final.

        Raises:
            ClientError: it came to a bad end, which is its code.
        """
        if not self.status:
            return {}
        return wait_until_settled(
            lambda: self._there(aws, outputs),
            status=self.status,
            passing=self.passing,
            good=self.good,
            operation=operation,
        )

    def _there(self, aws: Clients, outputs: Properties) -> Mapping[str, Any] | None:
        try:
            return self.described(aws, outputs)
        except ClientError as error:
            if self.is_gone(error):
                return None
            raise


class FeatureGroup(SageMakerRow):
    """A feature group; where its offline store lies is known only afterwards."""

    def parameters(self, operation_name: str, inputs: Properties) -> dict[str, Any]:
        """Send an update nothing but the throughput: what else changes, replaces the group."""
        if operation_name == self.update_op:
            kept = {self.id, "throughputConfig"}
            inputs = {key: value for key, value in inputs.items() if key in kept}
        return super().parameters(operation_name, inputs)

    def _beyond_tags(self, old: Properties, new: Properties) -> bool:
        return old.get("throughputConfig") != new.get("throughputConfig")

    def finish(
        self, aws: Clients, outputs: dict[str, Any], held: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Add the resolved place of the offline store, as pulumi-aws does."""
        finished = super().finish(aws, outputs, held)
        storage = held.get("OfflineStoreConfig", {}).get("S3StorageConfig", {})
        declared = finished.get("offlineStoreConfig")
        if declared and "ResolvedOutputS3Uri" in storage:
            uri = storage["ResolvedOutputS3Uri"]
            place = {**declared["s3StorageConfig"], "resolvedOutputS3Uri": uri}
            finished["offlineStoreConfig"] = {**declared, "s3StorageConfig": place}
        return finished


class ModelPackageGroup(SageMakerRow):
    """A model package group; AWS deletes only an empty one."""

    def empty(self, aws: Clients, outputs: Properties) -> None:
        """Delete every version."""
        sagemaker, name = aws(self.service), outputs["modelPackageGroupName"]
        pages = sagemaker.get_paginator("list_model_packages").paginate(ModelPackageGroupName=name)
        versions = [one["ModelPackageArn"] for p in pages for one in p["ModelPackageSummaryList"]]
        for version in versions:
            sagemaker.delete_model_package(ModelPackageName=version)


class Endpoint(SageMakerRow):
    """An endpoint: another configuration is rolled out, and rolled back where that fails."""

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Roll out the configuration of ``new`` and wait for the outcome.

        Raises:
            ClientError: ``EndpointRolledBack``: the endpoint serves the old configuration again.
        """
        if old.get("endpointConfigName") != new["endpointConfigName"]:
            parameters = self.parameters("UpdateEndpoint", new)
            self.call(aws, "UpdateEndpoint", parameters)
            held = self.settled(aws, {**old, **new}, "UpdateEndpoint")
            if held["EndpointConfigName"] != new["endpointConfigName"]:
                reason = held.get("FailureReason", "AWS gives no reason")
                message = (
                    f"{held['EndpointName']} serves {held['EndpointConfigName']} again: {reason}"
                )
                raise ClientError(
                    {"Error": {"Code": "EndpointRolledBack", "Message": message}}, "UpdateEndpoint"
                )
        return super().update(aws, resource_id, old, new)

    def _readable(self, outputs: Properties) -> dict[str, Any]:
        # AWS describes the deployment that ran last, not what the next one is to do.
        readable = super()._readable(outputs)
        return {key: value for key, value in readable.items() if key != "deploymentConfig"}


TYPES = (
    FeatureGroup(
        token="aws:sagemaker/featureGroup:FeatureGroup",
        source="internal/service/sagemaker/feature_group.go",
        create_op="CreateFeatureGroup",
        read_op="DescribeFeatureGroup",
        update_op="UpdateFeatureGroup",
        delete_op="DeleteFeatureGroup",
        key={"FeatureGroupName": "featureGroupName"},
        id="featureGroupName",
        computed={"arn": "FeatureGroupArn"},
        required=(
            "featureGroupName",
            "recordIdentifierFeatureName",
            "eventTimeFeatureName",
            "featureDefinitions",
            "roleArn",
        ),
        # pulumi-aws replaces the group, data and all, for a feature that is added.
        replace_on=frozenset(
            {
                "description",
                "eventTimeFeatureName",
                "featureDefinitions",
                "featureGroupName",
                "offlineStoreConfig",
                "onlineStoreConfig",
                "recordIdentifierFeatureName",
                "roleArn",
            }
        ),
        stateful=True,
        delete_before_replace=True,
        status="FeatureGroupStatus",
        good=("Created",),
        passing=("Creating",),
    ),
    ModelPackageGroup(
        token="aws:sagemaker/modelPackageGroup:ModelPackageGroup",
        source="internal/service/sagemaker/model_package_group.go",
        create_op="CreateModelPackageGroup",
        read_op="DescribeModelPackageGroup",
        delete_op="DeleteModelPackageGroup",
        key={"ModelPackageGroupName": "modelPackageGroupName"},
        id="modelPackageGroupName",
        computed={"arn": "ModelPackageGroupArn"},
        required=("modelPackageGroupName",),
        replace_on=frozenset({"modelPackageGroupName", "modelPackageGroupDescription"}),
        stateful=True,
        delete_before_replace=True,
        status="ModelPackageGroupStatus",
        good=("Completed",),
    ),
    SageMakerRow(
        token="aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy",
        source="internal/service/sagemaker/model_package_group_policy.go",
        create_op="PutModelPackageGroupPolicy",
        read_op="GetModelPackageGroupPolicy",
        update_op="PutModelPackageGroupPolicy",
        delete_op="DeleteModelPackageGroupPolicy",
        key={"ModelPackageGroupName": "modelPackageGroupName"},
        id="modelPackageGroupName",
        required=("modelPackageGroupName", "resourcePolicy"),
        replace_on=frozenset({"modelPackageGroupName"}),
        tagging=None,
        gone_text=f"{GONE_TEXT}|cannot find",
    ),
    SageMakerRow(
        token="aws:sagemaker/pipeline:Pipeline",
        source="internal/service/sagemaker/pipeline.go",
        create_op="CreatePipeline",
        read_op="DescribePipeline",
        update_op="UpdatePipeline",
        delete_op="DeletePipeline",
        key={"PipelineName": "pipelineName"},
        id="pipelineName",
        computed={"arn": "PipelineArn"},
        required=("pipelineName", "pipelineDisplayName"),
        replace_on=frozenset({"pipelineName"}),
        renames={"pipelineDefinitionS3Location.objectKey": "ObjectKey"},
    ),
    SageMakerRow(
        token="aws:sagemaker/model:Model",
        source="internal/service/sagemaker/model.go",
        create_op="CreateModel",
        read_op="DescribeModel",
        delete_op="DeleteModel",
        key={"ModelName": "name"},
        id="name",
        autoname=AutoName("name", 63),
        renames={"name": "ModelName"},
        computed={"arn": "ModelArn"},
        required=("executionRoleArn",),
        replace_on=frozenset(
            {
                "containers",
                "enableNetworkIsolation",
                "executionRoleArn",
                "inferenceExecutionConfig",
                "name",
                "primaryContainer",
                "vpcConfig",
            }
        ),
    ),
    SageMakerRow(
        token="aws:sagemaker/endpointConfiguration:EndpointConfiguration",
        source="internal/service/sagemaker/endpoint_configuration.go",
        create_op="CreateEndpointConfig",
        read_op="DescribeEndpointConfig",
        delete_op="DeleteEndpointConfig",
        key={"EndpointConfigName": "name"},
        id="name",
        autoname=AutoName("name", 63),
        renames={"name": "EndpointConfigName", "kmsKeyArn": "KmsKeyId"},
        computed={"arn": "EndpointConfigArn"},
        required=("productionVariants",),
        replace_on=frozenset(
            {
                "asyncInferenceConfig",
                "dataCaptureConfig",
                "executionRoleArn",
                "kmsKeyArn",
                "name",
                "namePrefix",
                "productionVariants",
                "shadowProductionVariants",
            }
        ),
    ),
    Endpoint(
        token="aws:sagemaker/endpoint:Endpoint",
        source="internal/service/sagemaker/endpoint.go",
        create_op="CreateEndpoint",
        read_op="DescribeEndpoint",
        delete_op="DeleteEndpoint",
        key={"EndpointName": "name"},
        id="name",
        autoname=AutoName("name", 63),
        renames={"name": "EndpointName"},
        computed={"arn": "EndpointArn"},
        required=("endpointConfigName",),
        replace_on=frozenset({"name"}),
        status="EndpointStatus",
        good=("InService",),
        passing=("Creating", "Updating", "SystemUpdating", "RollingBack"),
    ),
    SageMakerRow(
        token="aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer",
        source="internal/service/sagemaker/mlflow_tracking_server.go",
        create_op="CreateMlflowTrackingServer",
        read_op="DescribeMlflowTrackingServer",
        update_op="UpdateMlflowTrackingServer",
        delete_op="DeleteMlflowTrackingServer",
        key={"TrackingServerName": "trackingServerName"},
        id="trackingServerName",
        computed={"arn": "TrackingServerArn", "trackingServerUrl": "TrackingServerUrl"},
        defaults={"automaticModelRegistration": False, "trackingServerSize": "Small"},
        required=("artifactStoreUri", "roleArn", "trackingServerName"),
        replace_on=frozenset({"mlflowVersion", "roleArn", "trackingServerName"}),
        stateful=True,
        delete_before_replace=True,
        status="TrackingServerStatus",
        good=("Created", "Updated", "Started"),
        passing=("Creating", "Updating", "Starting", "Deleting", "MaintenanceInProgress"),
    ),
)

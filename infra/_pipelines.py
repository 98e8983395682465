"""The pipelines of a loop: what each may touch, and what starts it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.alerting import Alerting
from components.artifact_store import ArtifactStore
from components.container_registry import ContainerRegistry
from components.ml_pipeline import CodeFile, MlPipeline, MlPipelineArgs, PipelineAccess
from components.starts import NewObject
from infra._network import Network
from pipelines.compiled import CompiledUseCase

METRIC_NAMESPACE = "MLOps"


@dataclass(frozen=True, kw_only=True, slots=True)
class Pipelines:
    """What the pipelines of one use case share."""

    use_case: str
    prefix: str
    """``<stack>-<use case>``: stands before the pipelines' names."""
    store: ArtifactStore
    operations_key_arn: pulumi.Input[str]
    feature_groups: Sequence[pulumi.Input[str]]
    model_package_group: pulumi.Input[str]
    endpoint_name: str
    model_name_prefix: str
    network: Network
    images: ContainerRegistry | None
    alerting: Alerting
    compiled: CompiledUseCase
    made_from: Mapping[str, str]
    tags: Mapping[str, str]

    def features(self) -> MlPipeline:
        """Declare the pipeline that each complete batch of raw data starts."""
        store = self.store
        return self._declare(
            "features",
            PipelineAccess(
                reads=[*self._workspace(), self._raw(f"raw/{self.use_case}/")],
                writes=self._workspace(),
                read_key_arns=[store.raw_key_arn],
                feature_key_arn=store.features_key_arn,
                feature_groups=self.feature_groups,
                fills_feature_groups=True,
                metric_namespace=METRIC_NAMESPACE,
                joins_network=self.network.joined,
                image_repository_arns=self._images(),
            ),
            NewObject(
                bucket=store.raw_bucket,
                pattern=f"raw/{self.use_case}/*/_SUCCESS",
                parameter="BatchMarker",
            ),
        )

    def training(self) -> MlPipeline:
        """Declare the pipeline that the retraining gate starts."""
        store = self.store
        return self._declare(
            "training",
            PipelineAccess(
                reads=[
                    *self._workspace(),
                    self._raw(f"raw/{self.use_case}/"),
                    self._raw(f"labels/{self.use_case}/"),
                    self._offline_store(),
                ],
                writes=self._workspace(),
                read_key_arns=[store.raw_key_arn, store.features_key_arn],
                feature_groups=self.feature_groups,
                trains=True,
                model_package_group=self.model_package_group,
                registers=True,
                metric_namespace=METRIC_NAMESPACE,
                joins_network=self.network.joined,
                image_repository_arns=self._images(),
            ),
        )

    def drift(self) -> MlPipeline:
        """Declare the pipeline that the drift monitor's schedule starts."""
        store = self.store
        captured = pulumi.Output.concat(store.capture_bucket, "/")
        return self._declare(
            "drift",
            PipelineAccess(
                reads=[*self._workspace(), self._raw(f"labels/{self.use_case}/"), captured],
                writes=self._workspace(),
                read_key_arns=[store.raw_key_arn, store.capture_key_arn],
                model_package_group=self.model_package_group,
                endpoint_name=self.endpoint_name,
                model_name_prefix=self.model_name_prefix,
                metric_namespace=METRIC_NAMESPACE,
                joins_network=self.network.joined,
                image_repository_arns=self._images(),
            ),
        )

    def batch(self) -> MlPipeline:
        """Declare the pipeline that the schedule of batch scoring starts."""
        store = self.store
        return self._declare(
            "batch",
            PipelineAccess(
                reads=[
                    *self._workspace(),
                    self._raw(f"planned/{self.use_case}/"),
                    self._offline_store(),
                ],
                writes=self._workspace(),
                read_key_arns=[store.raw_key_arn, store.features_key_arn],
                feature_groups=self.feature_groups,
                model_package_group=self.model_package_group,
                endpoint_name=self.endpoint_name,
                model_name_prefix=self.model_name_prefix,
                transform_prefix=f"{self.prefix}-batch",
                metric_namespace=METRIC_NAMESPACE,
                joins_network=self.network.joined,
                image_repository_arns=self._images(),
            ),
        )

    def _declare(
        self, name: str, access: PipelineAccess, on_object: NewObject | None = None
    ) -> MlPipeline:
        compiled = self.compiled.pipelines[name]
        store = self.store
        return MlPipeline(
            f"{self.use_case}-{name}-pipeline",
            MlPipelineArgs(
                pipeline_name=f"{self.prefix}-{name}",
                definition=compiled.definition,
                values={
                    "kms_key_arn": store.artifacts_key_arn,
                    "raw_bucket": store.raw_bucket,
                    "features_bucket": store.features_bucket,
                    "artifacts_bucket": store.artifacts_bucket,
                    "capture_bucket": store.capture_bucket,
                    **self.network.tokens(),
                },
                code=[
                    CodeFile(key=artifact.key, path=artifact.path, sha256=artifact.sha256)
                    for artifact in compiled.artifacts
                ],
                code_bucket=store.artifacts_bucket,
                access=access,
                key_arn=store.artifacts_key_arn,
                queue_key_arn=self.operations_key_arn,
                tags=self.tags,
                made_from=self.made_from,
                alerting=self.alerting,
                on_object=on_object,
            ),
        )

    def _images(self) -> list[pulumi.Input[str]]:
        return [] if self.images is None else list(self.images.repository_arns.values())

    def _workspace(self) -> list[pulumi.Input[str]]:
        """Code, what steps hand on to one another, and models."""
        return [pulumi.Output.concat(self.store.artifacts_bucket, "/")]

    def _raw(self, prefix: str) -> pulumi.Output[str]:
        return pulumi.Output.concat(self.store.raw_bucket, "/", prefix)

    def _offline_store(self) -> pulumi.Output[str]:
        return pulumi.Output.concat(self.store.features_bucket, "/features/", self.use_case, "/")

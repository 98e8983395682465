"""What SageMaker records by itself: jobs, packages, models and endpoints, and what links them.

The graph is brought up to date from what the service holds, when the emulator comes to rest and
before each lineage request; what was recorded stays when the resource goes, as on AWS.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from moto.sagemaker.models import SageMakerModelBackend
from moto.sagemaker.utils import arn_formatter

from infra.emulator.context import Context
from infra.emulator.lineage import component
from infra.emulator.lineage.graph import Entity, Lineage, LineageType
from infra.emulator.sagemaker_api import state

_JOBS = (
    ("training_jobs", "Training"),
    ("processing_jobs", "Processing"),
    ("transform_jobs", "Transform"),
)
_EXECUTION_ID = re.compile(r"pipelines-([a-z0-9]{12})-")
"""How SageMaker names the jobs that a pipeline execution starts."""


def observe(context: Context, backend: SageMakerModelBackend) -> None:
    """Record what is new since the last look."""
    lineage = state(backend, Lineage)
    with lineage.lock:
        recorder = Recorder(lineage, backend, context.clock.now())
        for collection, word in _JOBS:
            for job in list(getattr(backend, collection).values()):
                recorder.job(word, job)
        packages: Any = backend.model_packages
        for package in list(packages.values()):
            recorder.package(package)
        for model in list(backend._models.values()):
            recorder.model(model)
        endpoints: Any = backend.endpoints
        for endpoint in list(endpoints.values()):
            recorder.endpoint(endpoint)


class Recorder:
    """Adds vertices and edges that are not there yet."""

    def __init__(self, lineage: Lineage, backend: SageMakerModelBackend, now: datetime) -> None:
        self._lineage = lineage
        self._backend = backend
        self._now = now

    def job(self, word: str, job: Any) -> None:  # noqa: ANN401 - a job of whoever runs them
        """Record a completed job, what it read and what it wrote."""
        name = getattr(job, "name", None)
        if name is None or getattr(job, "status", None) != "Completed":
            return
        # SageMaker's own names of components have no capitals, whatever the job's has.
        named = f"{name}-aws-{word.lower()}-job".lower()
        arn = self._arn("experiment-trial-component", named)
        if arn in self._lineage.entities:
            return
        description = job.describe()
        self._trial_component(named, word, job)
        source = {"SourceUri": job.arn, "SourceType": f"SageMaker{word}Job"}
        self._add("TrialComponent", arn, named, f"SageMaker{word}Job", source)
        for uri, kind in _inputs(description):
            self._link(self._artifact(uri, kind).arn, arn, "ContributedTo")
        for uri, kind in _outputs(description):
            self._link(arn, self._artifact(uri, kind).arn, "Produced")
        if execution := self._execution_of(name):
            self._link(self._execution(execution).arn, arn, "ContributedTo")

    def package(self, package: Any) -> None:  # noqa: ANN401 - moto's or ours
        """Record a registered model, its data, metrics, group and approval."""
        described = package.response_object
        artifact = self._artifact(package.arn, "ModelPackage")
        if not any(self._lineage.touching(artifact.arn)):
            self._package_sources(artifact, described)
        group = described.get("ModelPackageGroupName")
        status = described.get("ModelApprovalStatus")
        if not group or not status:
            return
        name = f"{group}-{described['ModelPackageVersion']}-approval"
        source = {"SourceUri": package.arn, "SourceType": "ModelPackage"}
        action = self._add("Action", self._arn("action", name), name, "Approval", source)
        if action.properties.get("ModelApprovalStatus") != status:
            action.properties["ModelApprovalStatus"] = status
            action.status = "InProgress" if status == "PendingManualApproval" else "Completed"
            action.modified = self._now
        self._link(artifact.arn, action.arn, "ContributedTo")

    def model(self, model: Any) -> None:  # noqa: ANN401 - moto's
        """Record a model and what it was made of."""
        container = model.primary_container or (model.containers or [{}])[0]
        artifact = self._artifact(model.arn, "SageMakerModel")
        if any(self._lineage.touching(artifact.arn)):
            return
        if package := container.get("ModelPackageName"):
            named = package if package.startswith("arn:") else self._arn("model-package", package)
            self._link(self._artifact(named, "ModelPackage").arn, artifact.arn, "ContributedTo")
        if data := container.get("ModelDataUrl"):
            self._link(self._artifact(data, "Model").arn, artifact.arn, "ContributedTo")
        if image := container.get("Image"):
            self._link(self._artifact(image, "Image").arn, artifact.arn, "ContributedTo")

    def endpoint(self, endpoint: Any) -> None:  # noqa: ANN401 - moto's or ours
        """Record an endpoint and each deployment to it."""
        fleet = getattr(endpoint, "fleet", None)
        if fleet is None:
            return
        source = {"SourceUri": endpoint.arn, "SourceType": "ARN"}
        name = endpoint.endpoint_name
        context = self._add("Context", self._arn("context", name), name, "Endpoint", source)
        config = fleet.config
        action_name = f"{name}-{config.endpoint_config_name}-deployment"
        config_source = {"SourceUri": config.arn, "SourceType": "EndpointConfig"}
        action = self._add(
            "Action",
            self._arn("action", action_name),
            action_name,
            "ModelDeployment",
            config_source,
        )
        action.status = "Completed"
        for variant in config.production_variants:
            model = self._artifact(self._arn("model", variant["ModelName"]), "SageMakerModel")
            self._link(model.arn, action.arn, "ContributedTo")
        self._link(action.arn, context.arn, "AssociatedWith")

    def _package_sources(self, artifact: Entity, described: Mapping[str, Any]) -> None:
        specification = described.get("InferenceSpecification") or {}
        for container in specification.get("Containers") or []:
            for uri, kind in (
                (container.get("ModelDataUrl"), "Model"),
                (container.get("Image"), "Image"),
            ):
                if uri:
                    self._link(self._artifact(uri, kind).arn, artifact.arn, "ContributedTo")
        for uri in _uris(described.get("ModelMetrics")):
            metrics = self._artifact(uri, "ModelMetrics")
            self._link(metrics.arn, artifact.arn, "AssociatedWith")
        artifact.metadata = dict(described.get("MetadataProperties") or {})
        artifact.properties |= described.get("CustomerMetadataProperties") or {}
        generated = artifact.metadata.get("GeneratedBy", "")
        if ":pipeline/" in generated and "/execution/" in generated:
            self._link(self._execution(generated).arn, artifact.arn, "ContributedTo")
        if group := described.get("ModelPackageGroupName"):
            source = {"SourceUri": self._arn("model-package-group", group), "SourceType": "ARN"}
            name = f"{group}-model-package-group"
            context = self._add("Context", self._arn("context", name), name, "ModelGroup", source)
            self._link(artifact.arn, context.arn, "AssociatedWith")

    def _derive(self, artifact: Entity) -> None:
        """Link folders and what lies in them: one job writes a folder, another reads a file."""
        for other in self._lineage.of_type("Artifact"):
            if artifact.uri.startswith(f"{other.uri}/"):
                self._link(other.arn, artifact.arn, "DerivedFrom")
            elif other.uri.startswith(f"{artifact.uri}/"):
                self._link(artifact.arn, other.arn, "DerivedFrom")

    def _execution_of(self, job_name: str) -> str | None:
        found = _EXECUTION_ID.match(job_name)
        if found is None:
            return None
        suffix = f"/execution/{found[1]}"
        for pipeline in self._backend.pipelines.values():
            for arn in getattr(pipeline, "pipeline_executions", None) or {}:
                if str(arn).endswith(suffix):
                    return str(arn)
        for arn in self._backend.pipeline_executions:
            if str(arn).endswith(suffix):
                return str(arn)
        return None

    def _execution(self, execution_arn: str) -> Entity:
        pipeline, _, number = execution_arn.split(":pipeline/")[1].partition("/execution/")
        name = f"{pipeline}-{number}-pipeline-execution"
        source = {"SourceUri": execution_arn, "SourceType": "ARN"}
        return self._add("Context", self._arn("context", name), name, "PipelineExecution", source)

    def _artifact(self, uri: str, kind: str) -> Entity:
        uri = uri.rstrip("/")
        known = self._lineage.by_uri("Artifact", uri)
        if known is not None:
            return known
        number = hashlib.sha256(uri.encode()).hexdigest()[:32]
        name = uri.rsplit("/", 1)[-1]
        arn = self._arn("artifact", number)
        made = self._add("Artifact", arn, name, kind, {"SourceUri": uri})
        self._derive(made)
        return made

    def _add(
        self, kind: LineageType, arn: str, name: str, type_: str, source: dict[str, Any]
    ) -> Entity:
        known = self._lineage.entities.get(arn)
        if known is None:
            known = Entity(kind, arn, name, type_, source, self._now, self._now)
            self._lineage.entities[arn] = known
        return known

    def _link(self, source: str, destination: str, kind: str) -> None:
        if source != destination:
            self._lineage.associate(source, destination, kind, self._now)

    def _trial_component(self, name: str, word: str, job: Any) -> None:  # noqa: ANN401 - see job
        """Let SageMaker Experiments know the job's component too, with its numbers."""
        described = job.describe()
        config = described.get("ExperimentConfig") or {}
        backend = self._backend
        backend.create_trial_component(
            trial_component_name=name,
            trial_name=config.get("TrialName") or "",
            status={
                "PrimaryStatus": "Completed",
                "Message": "Status: Completed, failure reason: null",
            },
            start_time=described.get(f"{word}StartTime"),
            end_time=described.get(f"{word}EndTime"),
            display_name=config.get("TrialComponentDisplayName") or name,
            parameters=component.parameters(described),
            input_artifacts=component.inputs(described),
            output_artifacts=component.outputs(described),
            metadata_properties=None,
        )
        made = backend.trial_components[name]
        made.sources = [{"SourceArn": job.arn, "SourceType": f"SageMaker{word}Job"}]
        made.metrics = component.metrics(getattr(job, "measured", {}))
        made.creation_time = described["CreationTime"]
        made.last_modified_time = described["LastModifiedTime"]
        if (trial := config.get("TrialName")) in backend.trials:
            backend.associate_trial_component(trial, name)

    def _arn(self, kind: str, name: str) -> str:
        backend = self._backend
        return arn_formatter(kind, name, backend.account_id, backend.region_name)


def _inputs(job: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield URI and artifact type of everything a job reads."""
    for channel in job.get("InputDataConfig") or []:
        if uri := ((channel.get("DataSource") or {}).get("S3DataSource") or {}).get("S3Uri"):
            yield uri, "Code" if channel.get("ChannelName") == "code" else "DataSet"
    for entry in job.get("ProcessingInputs") or []:
        if uri := (entry.get("S3Input") or {}).get("S3Uri"):
            yield uri, "Code" if entry.get("InputName") == "code" else "DataSet"
    source = (job.get("TransformInput") or {}).get("DataSource") or {}
    if uri := (source.get("S3DataSource") or {}).get("S3Uri"):
        yield uri, "DataSet"
    if code := (job.get("HyperParameters") or {}).get("sagemaker_submit_directory"):
        yield code.strip('"'), "Code"
    for member, key in (
        ("AlgorithmSpecification", "TrainingImage"),
        ("AppSpecification", "ImageUri"),
    ):
        if image := (job.get(member) or {}).get(key):
            yield image, "Image"


def _outputs(job: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield URI and artifact type of everything a job writes."""
    if uri := (job.get("ModelArtifacts") or {}).get("S3ModelArtifacts"):
        yield uri, "Model"
    for entry in (job.get("ProcessingOutputConfig") or {}).get("Outputs") or []:
        if uri := (entry.get("S3Output") or {}).get("S3Uri"):
            yield uri, "DataSet"
    if uri := (job.get("TransformOutput") or {}).get("S3OutputPath"):
        yield uri, "DataSet"


def _uris(value: Any) -> Iterator[str]:  # noqa: ANN401 - nested JSON
    """Yield every ``S3Uri`` in nested members."""
    if isinstance(value, dict):
        for name, member in value.items():
            if name == "S3Uri" and isinstance(member, str):
                yield member
            else:
                yield from _uris(member)

"""A SageMaker pipeline with its code, its role and what starts it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws

from components._alarm import Watch, watch
from components._iam import trust
from components._iam_pipelines import Reach, run
from components._place import here
from components._starts import Startable, start_on_object, start_on_schedule
from components._tags import REQUIRED, stamp
from components.alerting import Alerting
from components.starts import NewObject, Recurring

MAX_DEFINITION_BYTES = 1_048_576
_TOKEN = re.compile(r"\$\{([a-z0-9_]+)\}")
_TAG_TOKENS = {f"tag_{key}": key for key in sorted(REQUIRED)}


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeFile:
    """A file that a step reads."""

    key: str
    """Object key, which holds the hash of the bytes."""
    path: Path
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PipelineAccess:
    """What the steps touch; everything else is refused to them."""

    reads: Sequence[pulumi.Input[str]]
    """``bucket/prefix`` of objects to read and list."""
    writes: Sequence[pulumi.Input[str]]
    """``bucket/prefix`` of objects to write."""
    read_key_arns: Sequence[pulumi.Input[str]] = ()
    """Customer keys of what is read and lies under another key than the pipeline's own."""
    feature_key_arn: pulumi.Input[str] | None = None
    """Customer key of the groups that records are put into."""
    feature_groups: Sequence[pulumi.Input[str]] = ()
    """Names of the feature groups whose description is read."""
    fills_feature_groups: bool = False
    """Records are put into these groups."""
    trains: bool = False
    """Training and tuning jobs are started."""
    model_package_group: pulumi.Input[str] | None = None
    """Name of the group whose versions are read."""
    registers: bool = False
    """Versions are added to the group."""
    endpoint_name: str | None = None
    """Endpoint whose description is read."""
    model_name_prefix: str | None = None
    """What the names of its models and configurations start with, to read what it serves."""
    transform_prefix: str | None = None
    """What the names of its transform jobs, and of the models made for them, start with."""
    metric_namespace: str | None = None
    """CloudWatch namespace in which metrics are published."""
    image_repository_arns: Sequence[pulumi.Input[str]] = ()
    """Repositories that images are pulled from, beside AWS's own."""
    joins_network: bool = False
    """Jobs run in subnets, and need network interfaces there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MlPipelineArgs:
    """Inputs of :class:`MlPipeline`.

    Raises:
        ValueError: the definition exceeds SageMaker's limit, or has a token without a value.
    """

    pipeline_name: str
    """Starts executions by this name; a change replaces the pipeline and its history."""
    definition: str
    """Pipeline definition JSON, ``${token}`` where a value is only known to AWS."""
    values: Mapping[str, pulumi.Input[str]]
    """Value of each token, but for those that it gives itself: ``${role_arn}``, ``${account_id}``,
    ``${region}``, ``${made_from}`` and, of its tags, ``${tag_team}`` and the like."""
    code: Sequence[CodeFile]
    """What the steps read from ``code_bucket``."""
    code_bucket: pulumi.Input[str]
    """Bucket in which the definition expects the code."""
    access: PipelineAccess
    """What the steps touch."""
    key_arn: pulumi.Input[str]
    """Customer key of what is written, handed on from step to step, and of the jobs' disks."""
    queue_key_arn: pulumi.Input[str]
    """Customer key of the queue for starts that failed; EventBridge must be allowed to use it."""
    tags: Mapping[str, str]
    """Must hold ``project``, ``environment``, ``owner`` and ``team``."""
    made_from: Mapping[str, str]
    """Commit, branch and author; kept with the definition as it was when this was first made."""
    alerting: Alerting | None = None
    """Whom the alarms tell; left out, they tell nobody."""
    max_parallel_steps: int = 4
    """Steps of one execution that run at once."""
    on_object: NewObject | None = None
    """Start when an object arrives; by default no object starts it."""
    schedule: Recurring | None = None
    """Start by the clock; by default no time starts it."""

    def __post_init__(self) -> None:
        if (size := len(self.definition.encode())) > MAX_DEFINITION_BYTES:
            raise ValueError(
                f"definition of {self.pipeline_name} must be at most {MAX_DEFINITION_BYTES} bytes,"
                f" got {size}"
            )
        known = {*self.values, "role_arn", "account_id", "region", "made_from", *_TAG_TOKENS}
        if unknown := sorted(set(_TOKEN.findall(self.definition)) - known):
            raise ValueError(
                f"definition of {self.pipeline_name} must use tokens of {sorted(known)},"
                f" got {unknown}"
            )


class MlPipeline(pulumi.ComponentResource):
    """Steps that run in order of their needs, each in a container of its own.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    pipeline_name: pulumi.Output[str]
    pipeline_arn: pulumi.Output[str]
    role_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: MlPipelineArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:MlPipeline", name, {}, opts)
        tags = stamp(args.tags, component=name)
        place = here()
        role = aws.iam.Role(
            f"{name}-role",
            assume_role_policy=place.apply(lambda at: trust("sagemaker.amazonaws.com", at)),
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        policy = self._policy(name, args, role)
        code = [
            aws.s3.BucketObjectv2(
                f"{name}-{Path(file.key).name}-{file.sha256[:12]}",
                bucket=args.code_bucket,
                key=file.key,
                source=pulumi.FileAsset(str(file.path)),
                # Executions under way still read the code that they started with, other
                # pipelines may share it, and what a model was trained with stays provable.
                opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
            )
            for file in args.code
        ]
        record = record_key(args.definition)
        code.append(
            aws.s3.BucketObjectv2(
                f"{name}-made-from-{record.split('/')[1][:12]}",
                bucket=args.code_bucket,
                key=record,
                content=json.dumps(dict(args.made_from), sort_keys=True),
                content_type="application/json",
                # Named by the definition: a commit that changes nothing else changes nothing here.
                opts=pulumi.ResourceOptions(
                    parent=self, retain_on_delete=True, ignore_changes=["content"]
                ),
            )
        )
        tokens = {
            **args.values,
            **{token: args.tags[key] for token, key in _TAG_TOKENS.items()},
            "made_from": record,
            "role_arn": role.arn,
            "account_id": place.apply(lambda at: at.account_id),
            "region": place.apply(lambda at: at.region),
        }
        pipeline = aws.sagemaker.Pipeline(
            f"{name}-pipeline",
            pipeline_name=args.pipeline_name,
            pipeline_display_name=args.pipeline_name,
            pipeline_definition=pulumi.Output.all(**tokens).apply(
                lambda values: fill(args.definition, values)
            ),
            role_arn=role.arn,
            parallelism_configuration={"max_parallel_execution_steps": args.max_parallel_steps},
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy, *code]),
        )
        self.pipeline_name = pipeline.pipeline_name
        self.pipeline_arn = pipeline.arn
        self.role_arn = role.arn
        startable = Startable(
            pipeline_name=pipeline.pipeline_name,
            pipeline_arn=pipeline.arn,
            key_arn=args.queue_key_arn,
            tags=tags,
            parent=self,
            alerting=args.alerting,
        )
        if args.alerting is not None:
            failed = Watch(
                runbook="pipeline-failed",
                description=f"An execution of {args.pipeline_name} failed",
                namespace="AWS/Sagemaker/ModelBuildingPipeline",
                metric="ExecutionFailed",
                dimensions={"PipelineName": pipeline.pipeline_name},
            )
            watch(f"{name}-failed", failed, args.alerting, tags=tags, parent=self)
        if args.on_object is not None:
            start_on_object(f"{name}-object", args.on_object, startable)
        if args.schedule is not None:
            start_on_schedule(f"{name}-clock", args.schedule, startable)
        self.register_outputs(
            {
                "pipeline_name": self.pipeline_name,
                "pipeline_arn": self.pipeline_arn,
                "role_arn": self.role_arn,
            }
        )

    def _policy(self, name: str, args: MlPipelineArgs, role: aws.iam.Role) -> aws.iam.RolePolicy:
        access = args.access
        document = pulumi.Output.all(
            place=here(),
            role_arn=role.arn,
            key_arn=args.key_arn,
            reads=pulumi.Output.all(*access.reads),
            writes=pulumi.Output.all(*access.writes),
            image_repository_arns=pulumi.Output.all(*access.image_repository_arns),
            read_key_arns=pulumi.Output.all(*access.read_key_arns),
            feature_key_arn=access.feature_key_arn,
            feature_groups=pulumi.Output.all(*access.feature_groups),
            model_package_group=access.model_package_group,
        ).apply(
            lambda known: run(
                known["place"],
                role_arn=known["role_arn"],
                key_arn=known["key_arn"],
                pipeline_name=args.pipeline_name,
                reach=Reach(
                    tags=args.tags,
                    reads=known["reads"],
                    writes=known["writes"],
                    image_repository_arns=known["image_repository_arns"],
                    read_key_arns=known["read_key_arns"],
                    feature_key_arn=known["feature_key_arn"],
                    feature_groups=known["feature_groups"],
                    fills_feature_groups=access.fills_feature_groups,
                    trains=access.trains,
                    model_package_group=known["model_package_group"],
                    registers=access.registers,
                    endpoint_name=access.endpoint_name,
                    model_name_prefix=access.model_name_prefix,
                    transform_prefix=access.transform_prefix,
                    metric_namespace=access.metric_namespace,
                    joins_network=access.joins_network,
                ),
            )
        )
        return aws.iam.RolePolicy(
            f"{name}-policy",
            role=role.name,
            policy=document,
            opts=pulumi.ResourceOptions(parent=self),
        )


def record_key(definition: str) -> str:
    """Return the key of the record of what a definition was made from."""
    return f"code/{hashlib.sha256(definition.encode()).hexdigest()}/made-from.json"


def fill(definition: str, values: Mapping[str, str]) -> str:
    """Replace every ``${token}`` of ``definition`` by its value."""
    return _TOKEN.sub(lambda match: values[match.group(1)], definition)

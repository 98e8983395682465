"""The endpoint that serves versions of the model, and how others take their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components._autoscaling import ScalingPlan, scale, scales
from components._endpoint_signals import named, outcome_topics, rollback_alarms
from components._hosting import (
    asynchronous_config,
    capture_config,
    deployment,
    has_local_storage,
    production_variant,
)
from components._iam import trust
from components._iam_serving import Exchange, ServingReach, host
from components._place import here
from components._tags import stamp
from components.alerting import Alerting
from components.rollout import Rollout
from components.scaling import Scaling
from components.serving_modes import Asynchronous, Serverless
from components.variants import Shadow, Variant


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelEndpointArgs:
    """Inputs of :class:`ModelEndpoint`.

    Raises:
        ValueError: no variant, or one that SageMaker cannot serve so.
    """

    endpoint_name: str
    """Callers know the endpoint by it; a change replaces the endpoint."""
    variants: Sequence[Variant]
    """What answers; either all have a version or none."""
    image_uri: str
    """Image of the container in ECR: the role may pull its repository only. ``${account_id}`` in it
    is the account itself."""
    models: pulumi.Input[str]
    """``bucket/prefix`` below which model artifacts lie; the role may read these only."""
    capture_bucket: pulumi.Input[str]
    """Bucket of captured traffic."""
    capture_prefix: str
    """Where captured traffic starts in it, without slashes at its ends."""
    key_arn: pulumi.Input[str]
    """Customer key of artifacts and of the endpoint's disks."""
    capture_key_arn: pulumi.Input[str]
    """Customer key of captured traffic."""
    log_key_arn: pulumi.Input[str]
    """Customer key of the container's log."""
    tags: Mapping[str, str]
    """Must hold ``project``, ``environment``, ``owner`` and ``team``."""
    mode: Asynchronous | Serverless | None = None
    """By default the endpoint answers at once, on instances."""
    shadow: Shadow | None = None
    """Gets copies of what the one variant is asked."""
    scaling: Scaling = Scaling()  # noqa: RUF009 - frozen
    """How instances follow the traffic, where a variant's counts leave room."""
    alerting: Alerting | None = None
    """Whom the alarms tell; left out, they tell nobody."""
    rollout: Rollout = Rollout()  # noqa: RUF009 - frozen
    """How other versions take over; alarms roll back in any case but a serverless one."""
    data_capture_percent: int = 100
    """0 captures nothing, as only instances that answer at once can."""
    latency_alarm_milliseconds: int = 2000
    """Mean time of the model itself; above it an update is rolled back."""
    log_retention_days: int = 365
    subnet_ids: Sequence[pulumi.Input[str]] = ()
    """Subnets that the containers join; empty leaves them outside a VPC."""
    security_group_ids: Sequence[pulumi.Input[str]] = ()
    """Security groups of the containers in these subnets."""
    made_from: Mapping[str, str] = field(default_factory=dict)
    """Further tags of model, configuration and endpoint: where the served version comes from."""

    def __post_init__(self) -> None:
        if not self.variants:
            raise ValueError("variants must hold one variant or more, got none")
        if len({one.model_package_arn is None for one in self.variants}) > 1:
            raise ValueError("variants must all have a version or all none, got some of each")
        if len(self.variants) > 1 and (self.mode or self.shadow):
            raise ValueError(
                f"variants must be one beside a shadow or mode, got {len(self.variants)}"
            )
        if self.mode is not None and (self.data_capture_percent or self.shadow):
            raise ValueError(
                "mode must be left out with data capture or a shadow, got"
                f" {type(self.mode).__name__}"
            )
        if isinstance(self.mode, Serverless) and self.subnet_ids:
            raise ValueError("subnet_ids must be empty with mode Serverless, got some")
        floor = 0 if isinstance(self.mode, Asynchronous) else 1
        for one in self.variants:
            if one.min_instance_count < floor:
                raise ValueError(f"min_instance_count must be at least {floor}, got 0")


class ModelEndpoint(pulumi.ComponentResource):
    """Versions of the model on instances of their own, replaced blue/green behind alarms.

    The container is isolated from the network and holds no credentials. Role, log and alarms stand
    before the first version, so that delivering one changes SageMaker's resources only.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    endpoint_name: str
    """Known before the endpoint stands."""
    role_arn: pulumi.Output[str]
    alarm_arns: Sequence[pulumi.Output[str]]
    """Of the alarms that roll an update back."""
    model_name_prefix: str
    """What the names of models and endpoint configurations start with."""

    def __init__(
        self, name: str, args: ModelEndpointArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:ModelEndpoint", name, {}, opts)
        tags = stamp(args.tags, component=name)
        log_group = f"/aws/sagemaker/Endpoints/{args.endpoint_name}"
        aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=log_group,
            retention_in_days=args.log_retention_days,
            kms_key_id=args.log_key_arn,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        role = aws.iam.Role(
            f"{name}-role",
            assume_role_policy=here().apply(lambda place: trust("sagemaker.amazonaws.com", place)),
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        topics = outcome_topics(name, args.mode, tags=tags, parent=self)
        policy = aws.iam.RolePolicy(
            f"{name}-policy",
            role=role.name,
            policy=_policy(args, log_group, topics),
            opts=pulumi.ResourceOptions(parent=self),
        )
        alarms = rollback_alarms(
            name,
            args.endpoint_name,
            args.variants,
            latency_milliseconds=args.latency_alarm_milliseconds,
            alerting=args.alerting,
            tags=tags,
            parent=self,
        )
        if args.variants[0].model_package_arn is not None:
            endpoint = self._serve(
                name, args, role, [policy], [alarm.name for alarm in alarms], topics, tags
            )
            for variant in () if isinstance(args.mode, Serverless) else args.variants:
                if scales(variant, args.scaling):
                    scale(
                        ScalingPlan(
                            name=named(name, variant.name),
                            endpoint_name=endpoint.name,
                            known_endpoint_name=args.endpoint_name,
                            scaling=args.scaling,
                            variant=variant,
                            tags=tags,
                            parent=self,
                        )
                    )
        self.endpoint_name = args.endpoint_name
        self.model_name_prefix = f"{name}-"
        self.role_arn = role.arn
        self.alarm_arns = [alarm.arn for alarm in alarms]
        self.register_outputs(
            {
                "endpoint_name": self.endpoint_name,
                "role_arn": self.role_arn,
                "model_package_arn": args.variants[0].model_package_arn,
            }
        )

    def _serve(  # noqa: PLR0913, PLR0917 - what the three resources share
        self,
        name: str,
        args: ModelEndpointArgs,
        role: aws.iam.Role,
        allowed: list[pulumi.Resource],
        alarms: list[pulumi.Output[str]],
        topics: Mapping[str, aws.sns.Topic],
        tags: Mapping[str, str],
    ) -> aws.sagemaker.Endpoint:
        def model(
            logical: str,
            container: aws.sagemaker.ModelPrimaryContainerArgsDict,
            more: Mapping[str, str],
        ) -> pulumi.Output[str]:
            # Models and configurations cannot be edited. Unnamed, Pulumi makes the successor
            # while the endpoint still uses the predecessor, and drops that afterwards.
            return aws.sagemaker.Model(
                logical,
                execution_role_arn=role.arn,
                primary_container=container,
                # SageMaker offers serverless endpoints no isolation.
                enable_network_isolation=not isinstance(args.mode, Serverless),
                vpc_config={
                    "subnets": list(args.subnet_ids),
                    "security_group_ids": list(args.security_group_ids),
                }
                if args.subnet_ids
                else None,
                tags={**tags, **args.made_from, **more},
                # CreateModel checks what the role may do, yet no input mentions the policy.
                opts=pulumi.ResourceOptions(parent=self, depends_on=allowed),
            ).name

        variants = [
            production_variant(
                variant,
                model(
                    f"{named(name, variant.name)}-model",
                    {"model_package_name": variant.model_package_arn or ""},
                    {},
                ),
                args.mode,
            )
            for variant in args.variants
        ]
        shadows: list[aws.sagemaker.EndpointConfigurationShadowProductionVariantArgsDict] = []
        if (shadow := args.shadow) is not None:
            candidate = shadow.candidate
            made = model(
                f"{name}-shadow-model",
                {
                    "image": candidate.image_uri,
                    "model_data_url": candidate.model_data_url,
                    "environment": candidate.environment,
                },
                {"candidate": candidate.model_package_arn},
            )
            shadows.append(
                {
                    "variant_name": shadow.name,
                    "model_name": made,
                    "instance_type": shadow.instance_type,
                    "initial_instance_count": shadow.instance_count,
                    # SageMaker samples by the ratio of the two weights.
                    "initial_variant_weight": args.variants[0].weight
                    * shadow.sampling_percent
                    / 100,
                }
            )
        kinds = [one.instance_type for one in args.variants]
        kinds += [] if args.shadow is None else [args.shadow.instance_type]
        configuration = aws.sagemaker.EndpointConfiguration(
            f"{name}-configuration",
            kms_key_arn=None
            if any(has_local_storage(kind) for kind in kinds if kind)
            else args.key_arn,
            production_variants=variants,
            shadow_production_variants=shadows or None,
            data_capture_config=capture_config(
                args.capture_bucket,
                args.capture_prefix,
                args.capture_key_arn,
                args.data_capture_percent,
            )
            if args.mode is None
            else None,
            async_inference_config=asynchronous_config(args.mode, topics, args.capture_key_arn)
            if isinstance(args.mode, Asynchronous)
            else None,
            tags={**tags, **args.made_from},
            opts=pulumi.ResourceOptions(parent=self),
        )
        return aws.sagemaker.Endpoint(
            f"{name}-endpoint",
            name=args.endpoint_name,
            endpoint_config_name=configuration.name,
            # Deployment guardrails exist for endpoints on instances only.
            deployment_config=None
            if isinstance(args.mode, Serverless)
            else deployment(args.rollout, alarms),
            tags={**tags, **args.made_from},
            opts=pulumi.ResourceOptions(parent=self),
        )


def _policy(
    args: ModelEndpointArgs, log_group: str, topics: Mapping[str, aws.sns.Topic]
) -> pulumi.Output[str]:
    mode = args.mode if isinstance(args.mode, Asynchronous) else None
    exchange = mode and {
        "requests": pulumi.Output.concat(mode.bucket, f"/{mode.requests_prefix}/"),
        "answers": [
            pulumi.Output.concat(mode.bucket, f"/{prefix}/")
            for prefix in (mode.answers_prefix, mode.failures_prefix)
        ],
        "topic_arns": [topic.arn for topic in topics.values()],
        "topic_key_arn": mode.topic_key_arn,
    }
    return pulumi.Output.all(
        place=here(),
        models=args.models,
        capture=pulumi.Output.concat(args.capture_bucket, f"/{args.capture_prefix}/"),
        key_arn=args.key_arn,
        capture_key_arn=args.capture_key_arn,
        exchange=exchange,
    ).apply(
        lambda known: host(
            known["place"],
            ServingReach(
                models=known["models"],
                capture=known["capture"],
                image_uri=args.image_uri,
                key_arn=known["key_arn"],
                capture_key_arn=known["capture_key_arn"],
                log_group=log_group,
                joins_network=bool(args.subnet_ids),
                exchange=Exchange(**known["exchange"]) if known["exchange"] else None,
            ),
        )
    )

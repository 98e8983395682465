"""The endpoint that serves a version of the model, and how another takes its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components._hosting import has_local_storage, traffic
from components._iam import trust
from components._iam_serving import ServingReach, host
from components._place import here
from components._tags import stamp
from components.rollout import Rollout

VARIANT = "live"
ERRORS_PER_MINUTE = 5
"""Failed answers (5XX) in a minute, more of which roll an update back."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelEndpointArgs:
    """Inputs of :class:`ModelEndpoint`.

    Raises:
        ValueError: the instance counts are out of order.
    """

    endpoint_name: str
    """Callers know the endpoint by it; a change replaces the endpoint."""
    model_package_arn: str | None
    """Approved version to serve; ``None`` leaves everything standing but model and endpoint."""
    image_uri: str
    """Image of the container in ECR: the role may pull its repository only."""
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
    instance_type: str
    """SageMaker instance type, GPU families included."""
    tags: Mapping[str, str]
    """Must hold ``components._tags.REQUIRED``."""
    rollout: Rollout = Rollout()  # noqa: RUF009 - frozen
    """How another version takes over; alarms roll back in any case."""
    initial_instance_count: int = 2
    min_instance_count: int = 2
    max_instance_count: int = 2
    """Equal to the minimum, nothing scales."""
    target_invocations_per_minute: int = 600
    """Requests for each instance that autoscaling aims at."""
    data_capture_percent: int = 100
    latency_alarm_milliseconds: int = 2000
    """Mean time of the model itself; above it an update is rolled back."""
    log_retention_days: int = 365
    subnet_ids: Sequence[pulumi.Input[str]] = ()
    """Subnets that the containers join; empty leaves them outside a VPC."""
    security_group_ids: Sequence[pulumi.Input[str]] = ()
    """Security groups of the containers in these subnets."""

    def __post_init__(self) -> None:
        low, high = self.min_instance_count, self.max_instance_count
        if not 1 <= low <= self.initial_instance_count <= high:
            raise ValueError(
                "initial_instance_count must lie between min_instance_count and"
                f" max_instance_count ({low}-{high}), got {self.initial_instance_count}"
            )


class ModelEndpoint(pulumi.ComponentResource):
    """A version of the model on instances of its own, replaced blue/green behind alarms.

    The container is isolated from the network and holds no credentials. Role, log and alarms stand
    before the first version, so that delivering one changes SageMaker's resources only.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    endpoint_name: str
    """Known before the endpoint stands."""
    role_arn: pulumi.Output[str]
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
        policy = aws.iam.RolePolicy(
            f"{name}-policy",
            role=role.name,
            policy=_policy(args, log_group),
            opts=pulumi.ResourceOptions(parent=self),
        )
        alarms = self._alarms(name, args, tags)
        if args.model_package_arn is not None:
            endpoint = self._serve(
                name, args, role, [policy], [alarm.name for alarm in alarms], tags
            )
            if args.max_instance_count > args.min_instance_count:
                self._scale(name, args, endpoint, tags)
        self.endpoint_name = args.endpoint_name
        self.model_name_prefix = f"{name}-"
        self.role_arn = role.arn
        self.register_outputs(
            {
                "endpoint_name": self.endpoint_name,
                "role_arn": self.role_arn,
                "model_package_arn": args.model_package_arn,
            }
        )

    def _alarms(
        self, name: str, args: ModelEndpointArgs, tags: Mapping[str, str]
    ) -> list[aws.cloudwatch.MetricAlarm]:
        microseconds = args.latency_alarm_milliseconds * 1000
        return [
            aws.cloudwatch.MetricAlarm(
                f"{name}-{suffix}",
                name=f"{args.endpoint_name}-{suffix}",
                alarm_description=f"{args.endpoint_name}: {description}",
                namespace="AWS/SageMaker",
                metric_name=metric,
                dimensions={"EndpointName": args.endpoint_name, "VariantName": VARIANT},
                statistic=statistic,
                comparison_operator="GreaterThanThreshold",
                threshold=threshold,
                period=60,
                evaluation_periods=1,
                treat_missing_data="notBreaching",
                tags=tags,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for suffix, metric, statistic, threshold, description in (
                ("errors", "Invocation5XXErrors", "Sum", ERRORS_PER_MINUTE, "calls fail"),
                ("latency", "ModelLatency", "Average", microseconds, "the model is slow"),
            )
        ]

    def _serve(  # noqa: PLR0913, PLR0917 - what the three resources share
        self,
        name: str,
        args: ModelEndpointArgs,
        role: aws.iam.Role,
        allowed: list[pulumi.Resource],
        alarms: list[pulumi.Output[str]],
        tags: Mapping[str, str],
    ) -> aws.sagemaker.Endpoint:
        # Models and configurations cannot be edited. Unnamed, Pulumi makes the successor while
        # the endpoint still uses the predecessor, and drops that afterwards.
        model = aws.sagemaker.Model(
            f"{name}-model",
            execution_role_arn=role.arn,
            primary_container={"model_package_name": args.model_package_arn},
            enable_network_isolation=True,
            vpc_config={
                "subnets": list(args.subnet_ids),
                "security_group_ids": list(args.security_group_ids),
            }
            if args.subnet_ids
            else None,
            tags=tags,
            # CreateModel checks what the role may do, yet no input mentions the policy.
            opts=pulumi.ResourceOptions(parent=self, depends_on=allowed),
        )
        configuration = aws.sagemaker.EndpointConfiguration(
            f"{name}-configuration",
            kms_key_arn=None if has_local_storage(args.instance_type) else args.key_arn,
            production_variants=[
                {
                    "variant_name": VARIANT,
                    "model_name": model.name,
                    "instance_type": args.instance_type,
                    "initial_instance_count": args.initial_instance_count,
                    "initial_variant_weight": 1,
                }
            ],
            data_capture_config={
                "enable_capture": args.data_capture_percent > 0,
                "initial_sampling_percentage": args.data_capture_percent,
                "destination_s3_uri": pulumi.Output.concat(
                    "s3://", args.capture_bucket, "/", args.capture_prefix
                ),
                "kms_key_id": args.capture_key_arn,
                "capture_options": [{"capture_mode": "Input"}, {"capture_mode": "Output"}],
                "capture_content_type_header": {"csv_content_types": ["text/csv"]},
            },
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return aws.sagemaker.Endpoint(
            f"{name}-endpoint",
            name=args.endpoint_name,
            endpoint_config_name=configuration.name,
            deployment_config={
                "auto_rollback_configuration": {
                    "alarms": [{"alarm_name": alarm} for alarm in alarms]
                },
                "blue_green_update_policy": traffic(args.rollout),
            },
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _scale(
        self,
        name: str,
        args: ModelEndpointArgs,
        endpoint: aws.sagemaker.Endpoint,
        tags: Mapping[str, str],
    ) -> None:
        target = aws.appautoscaling.Target(
            f"{name}-scaling",
            service_namespace="sagemaker",
            scalable_dimension="sagemaker:variant:DesiredInstanceCount",
            resource_id=pulumi.Output.concat("endpoint/", endpoint.name, f"/variant/{VARIANT}"),
            min_capacity=args.min_instance_count,
            max_capacity=args.max_instance_count,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.appautoscaling.Policy(
            f"{name}-scaling-policy",
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration={
                "predefined_metric_specification": {
                    "predefined_metric_type": "SageMakerVariantInvocationsPerInstance"
                },
                "target_value": args.target_invocations_per_minute,
                "scale_in_cooldown": 300,
                "scale_out_cooldown": 60,
            },
            opts=pulumi.ResourceOptions(parent=self),
        )


def _policy(args: ModelEndpointArgs, log_group: str) -> pulumi.Output[str]:
    return pulumi.Output.all(
        place=here(),
        models=args.models,
        capture=pulumi.Output.concat(args.capture_bucket, f"/{args.capture_prefix}/"),
        key_arn=args.key_arn,
        capture_key_arn=args.capture_key_arn,
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
            ),
        )
    )

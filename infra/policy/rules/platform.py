"""What this platform asks beside the benchmarks: tags, protection, GPUs, expiry."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from infra.policy.ask import get, is_set, known, missing_tags, tags_of
from infra.policy.instances import accelerated
from infra.policy.model import SAME, Problem, Resource, Rule, Stack, UndecidedError, Unknown, parsed

STATEFUL: Final = frozenset(
    {
        "aws:dynamodb/table:Table",
        "aws:ecr/repository:Repository",
        "aws:kinesis/stream:Stream",
        "aws:kms/key:Key",
        "aws:s3/bucket:Bucket",
        "aws:sagemaker/domain:Domain",
        "aws:sagemaker/endpoint:Endpoint",
        "aws:sagemaker/featureGroup:FeatureGroup",
        "aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer",
        "aws:sagemaker/modelPackageGroup:ModelPackageGroup",
    }
)
"""Types whose replacement or deletion loses data, versions, or answers that people wait for."""
WITH_INSTANCES: Final = (
    *("aws:sagemaker/", "aws-native:sagemaker:", "aws:ec2/"),
    *("aws:scheduler/schedule:", "aws:cloudwatch/eventTarget:"),
)
"""What begins the types that name instance types, or start what does."""
SERVING: Final = frozenset({"aws:sagemaker/endpoint:Endpoint"})
"""Of these, those that hold nothing, yet are missed while they are away."""
TAGGED: Final = frozenset(
    {
        "aws:apigateway/restApi:RestApi",
        "aws:apigateway/stage:Stage",
        "aws:appautoscaling/target:Target",
        "aws:budgets/budget:Budget",
        "aws:budgets/budgetAction:BudgetAction",
        "aws:cloudtrail/trail:Trail",
        "aws:cloudwatch/compositeAlarm:CompositeAlarm",
        "aws:cloudwatch/eventRule:EventRule",
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "aws:codebuild/project:Project",
        "aws:codebuild/reportGroup:ReportGroup",
        "aws:codepipeline/pipeline:Pipeline",
        "aws:dynamodb/table:Table",
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        "aws:ec2/flowLog:FlowLog",
        "aws:ec2/routeTable:RouteTable",
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:ec2/subnet:Subnet",
        "aws:ec2/vpc:Vpc",
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        "aws:ecr/repository:Repository",
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        "aws:iam/policy:Policy",
        "aws:iam/role:Role",
        "aws:iam/user:User",
        "aws:kinesis/stream:Stream",
        "aws:kms/key:Key",
        "aws:lambda/eventSourceMapping:EventSourceMapping",
        "aws:lambda/function:Function",
        "aws:s3/accessPoint:AccessPoint",
        "aws:s3/bucket:Bucket",
        "aws:sagemaker/appImageConfig:AppImageConfig",
        "aws:sagemaker/dataQualityJobDefinition:DataQualityJobDefinition",
        "aws:sagemaker/domain:Domain",
        "aws:sagemaker/endpoint:Endpoint",
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
        "aws:sagemaker/featureGroup:FeatureGroup",
        "aws:sagemaker/flowDefinition:FlowDefinition",
        "aws:sagemaker/hyperParameterTuningJob:HyperParameterTuningJob",
        "aws:sagemaker/image:Image",
        "aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer",
        "aws:sagemaker/model:Model",
        "aws:sagemaker/modelPackageGroup:ModelPackageGroup",
        "aws:sagemaker/monitoringSchedule:MonitoringSchedule",
        "aws:sagemaker/notebookInstance:NotebookInstance",
        "aws:sagemaker/notebookInstanceLifecycleConfiguration:NotebookInstanceLifecycleConfiguration",
        "aws:sagemaker/pipeline:Pipeline",
        "aws:sagemaker/trainingJob:TrainingJob",
        "aws:sagemaker/userProfile:UserProfile",
        "aws:scheduler/scheduleGroup:ScheduleGroup",
        "aws:sns/topic:Topic",
        "aws:sqs/queue:Queue",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    }
)
"""Types that take tags, of those that are declared and those that rules are about."""
NATIVE: Final = "aws-native:sagemaker:"
"""What begins the types of AWS's Cloud Control API that rules are about: all take tags."""
OBJECTS: Final = frozenset(
    {"aws:s3/bucketObject:BucketObject", "aws:s3/bucketObjectv2:BucketObjectv2"}
)
"""Bills and permissions go by their bucket's tags."""


def _tagged(one: Resource, stack: Stack) -> Iterator[Problem]:
    kind = SAME.get(one.type, one.type)
    takes = kind in TAGGED or kind.startswith(NATIVE) or "tags" in one.props
    if takes and kind not in OBJECTS and (missing := missing_tags(one, stack)):
        yield Problem(what=f"tags must hold {', '.join(missing)}", found=sorted(tags_of(one)))


def _in_date(one: Resource, stack: Stack) -> Iterator[Problem]:
    told = tags_of(one).get("expires")
    if not is_set(told):
        return
    try:
        expires = datetime.date.fromisoformat(str(known(told))[:10])
    except ValueError:
        yield Problem(what="tags.expires must be a date, YYYY-MM-DD", found=told)
        return
    if expires < stack.options.today:
        yield Problem(what="tags.expires must not have passed", found=told)


def _protected(one: Resource, _: Stack) -> Iterator[Problem]:
    if not one.protect:
        yield Problem(what="protect must be true", found=False)


def _instance_types(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every instance type below a value, with the name of what it stands in."""
    if isinstance(value, Mapping):
        name = next((str(value[key]) for key in ("Name", "variantName") if value.get(key)), at)
        for key, inner in value.items():
            if key.lower() == "instancetype":
                yield at or name, inner
            else:
                yield from _instance_types(inner, name)
        yield from ((name, given) for given in _given(value) if given.startswith("ml."))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _instance_types(inner, at)


def _given(parameter: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a parameter of a pipeline may be, by default or as what starts it says.

    It may be an instance type under whatever name.
    """
    kinds = {key.lower(): value for key, value in parameter.items()}
    for value in (
        kinds.get("defaultvalue"),
        kinds.get("value"),
        *(kinds.get("enumvalues") or ()),
    ):
        if isinstance(value, str):
            yield value


def _documents(one: Resource) -> Iterator[Any]:
    """Yield what may name instance types: inputs, and the JSON that stands in some of them."""
    yield one.props
    if "pipelineDefinition" in one.props:
        yield one.document("pipelineDefinition")
    for path in ("input", "target.input"):
        text = get(one.props, path)
        if isinstance(text, Unknown) or str(text).startswith("{"):
            yield parsed(text)


def _gpus_are_allowed(one: Resource, stack: Stack) -> Iterator[Problem]:
    if not one.type.startswith(WITH_INSTANCES):
        return
    told = set()
    found = [pair for document in _documents(one) for pair in _instance_types(document)]
    for at, value in found:
        if isinstance(value, str) and accelerated(value) and (at, value) not in told:
            told.add((at, value))
            if not any(fnmatchcase(value, pattern) for pattern in stack.options.gpu_types):
                allowed = ", ".join(stack.options.gpu_types) or "none with GPUs"
                yield Problem(what=f"instance type must be {allowed}", found=value, at=at)
    if any(isinstance(value, Unknown) for _, value in found):
        raise UndecidedError("instanceType")


def _successor_comes_first(one: Resource, _: Stack) -> Iterator[Problem]:
    if one.delete_before_replace:
        yield Problem(
            what="deleteBeforeReplace must be false", found=True, at="deleteBeforeReplace"
        )


REPLACEMENT: Final = "mlops-no-stateful-replacement"
"""Held to a plan's operations by ``infra.plan.losses``; a graph shows what precedes them."""


RULES: Final = (
    Rule(
        id="mlops-required-tags",
        title="Whatever takes tags carries those that costs and permissions go by",
        types=("*",),
        check=_tagged,
        remedy="Hand the component the stack's tags",
    ),
    Rule(
        id="mlops-expiry",
        title="Nothing outlives the date that its tag expires names",
        types=("*",),
        check=_in_date,
        remedy="Destroy the stack, or set a later date in its tags",
    ),
    Rule(
        id="mlops-stateful-protected",
        title="What holds data is protected from deletion by Pulumi",
        types=tuple(sorted(STATEFUL - SERVING)),
        check=_protected,
        remedy="Set deletion_protection to true",
    ),
    Rule(
        id=REPLACEMENT,
        title="What holds data is neither replaced nor deleted",
        types=tuple(sorted(STATEFUL)),
        check=_successor_comes_first,
        remedy="Leave the input that forces it as it is, or migrate what it holds and say so",
        also=("KMS.3",),
    ),
    Rule(
        id="mlops-gpu-types",
        title="Instance types with GPUs are those that the environment allows",
        types=("*",),
        check=_gpus_are_allowed,
        remedy="Choose another type, or add it to policy.gpu_types of the environment",
    ),
)

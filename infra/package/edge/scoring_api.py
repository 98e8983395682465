"""What ``components.scoring_api`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from infra.package.edge.alerting import Alerting
from infra.package.edge.code import FunctionCode


class ScoringApiArgs(TypedDict):
    """Inputs of `ScoringApi`."""

    code: FunctionCode
    """What runs when it is called."""
    key_arn: pulumi.Input[str]
    """Customer key of the function's settings, logs and queue, and of what stands beside it."""
    tags: Mapping[str, str]
    """Must hold `project`, `environment`, `owner` and `team`."""
    alerting: NotRequired[Alerting]
    """Whom the alarms tell; left out, they tell nobody."""
    log_retention_days: NotRequired[int]
    """By default `365`."""
    subnet_ids: NotRequired[Sequence[pulumi.Input[str]]]
    """Subnets that the function joins; empty leaves it outside a VPC."""
    security_group_ids: NotRequired[Sequence[pulumi.Input[str]]]
    """Security groups of the function in these subnets."""
    api_name: str
    """Shown in the console."""
    endpoint_name: str
    """Endpoint to call; while it does not stand, the API answers 503."""
    model_name_prefix: str
    """What the names of models and endpoint configurations start with: answers name the version."""
    feature_groups: Mapping[str, pulumi.Input[str]]
    """Short name of each group to AWS's name."""
    data_key_arn: pulumi.Input[str]
    """Customer key of the online store."""
    log_group_prefix: str
    """Stands before the names of both log groups."""
    requests_per_second: NotRequired[int]
    """Steady rate that callers have together; beyond it they get 429.

    By default `50`."""
    burst_count: NotRequired[int]
    """By default `100`."""
    reserved_concurrency: NotRequired[int]
    """Requests enriched at once.

    By default `20`."""


class ScoringApiOutputs(TypedDict):
    """What ``ScoringApi`` gives."""

    invoke_url: pulumi.Output[str]
    """What `/score` is appended to."""
    execution_arn: pulumi.Output[str]
    """What `execute-api:Invoke` is granted on."""
    function_name: pulumi.Output[str]

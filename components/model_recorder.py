"""What writes down each version of a model: its card, and its run in MLflow."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components._function import FunctionArgs, FunctionPlan, call_on, function
from components._iam_functions import Surroundings
from components._iam_metadata import RecorderReach, write_down
from components._place import Place
from components._tags import stamp


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelRecorderArgs(FunctionArgs):
    """Inputs of :class:`ModelRecorder`.

    Raises:
        ValueError: there is nothing to write.
    """

    use_case: str
    """Folder of ``pipelines/`` whose ``card.py`` states what the model is for."""
    owner: str
    """Who answers for the model, as its cards name them."""
    model_package_group: pulumi.Input[str]
    """Group whose versions are written down."""
    training_pipeline: pulumi.Input[str]
    """Name of the pipeline that registers them."""
    feature_groups: Sequence[pulumi.Input[str]]
    """Names of the groups that they are trained from."""
    raw_bucket: pulumi.Input[str]
    """Bucket of raw data and labels; its objects' versions are listed, none is read."""
    artifacts_bucket: pulumi.Input[str]
    """Bucket of manifests and evaluations."""
    data_key_arn: pulumi.Input[str]
    """Customer key of that bucket, and of the cards."""
    log_group_name: str
    """Log group of the function."""
    objective: str | None = None
    """What the use case is for, as its cards say; by default what ``card.py`` says."""
    model_cards: bool = True
    """Write a model card for each version."""
    tracking_server_arn: pulumi.Input[str] | None = None
    """MLflow tracking server to write runs to; by default none."""

    def __post_init__(self) -> None:
        if not self.model_cards and self.tracking_server_arn is None:
            raise ValueError("model_cards must be true or tracking_server_arn given, got neither")


class ModelRecorder(pulumi.ComponentResource):
    """A function that hears of every change of a version and writes it down elsewhere.

    It changes no version: who approved one is read from who changed it last.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    function_name: pulumi.Output[str]

    def __init__(
        self, name: str, args: ModelRecorderArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:ModelRecorder", name, {}, opts)
        tags = stamp(args.tags, component=name)
        recorder = function(
            name,
            args,
            FunctionPlan(
                description=f"Writes down each version of {args.use_case}",
                environment=_environment(args, tags),
                log_group_name=args.log_group_name,
                reserved_concurrency=1,
                timeout_seconds=300,
                memory_mib=512,
                tags=tags,
                parent=self,
            ),
            lambda place, around: _policy(args, place, around),
        )
        rule = aws.cloudwatch.EventRule(
            f"{name}-version",
            description=f"A version of {args.use_case} was registered or changed",
            event_pattern=pulumi.Output.from_input(args.model_package_group).apply(changed),
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        call_on(name, recorder, rule=rule.name, rule_arn=rule.arn, parent=self)
        self.function_name = recorder.name
        self.register_outputs({"function_name": self.function_name})


def changed(group_name: str) -> str:
    """Return the event pattern of every change of a version in the group."""
    return json.dumps(
        {
            "source": ["aws.sagemaker"],
            "detail-type": ["SageMaker Model Package State Change"],
            "detail": {"ModelPackageGroupName": [group_name]},
        },
        sort_keys=True,
    )


def _environment(
    args: ModelRecorderArgs, tags: Mapping[str, str]
) -> Mapping[str, pulumi.Input[str]]:
    known: dict[str, pulumi.Input[str]] = {
        "USE_CASE": args.use_case,
        "OWNER": args.owner,
        "CARDS": "true" if args.model_cards else "false",
        "KEY_ARN": args.data_key_arn,
        "TAGS": json.dumps([{"Key": key, "Value": tags[key]} for key in sorted(tags)]),
    }
    if args.objective is not None:
        known["OBJECTIVE"] = args.objective
    if args.tracking_server_arn is not None:
        known["TRACKING_SERVER_ARN"] = args.tracking_server_arn
    return known


def _policy(args: ModelRecorderArgs, place: Place, around: Surroundings) -> pulumi.Output[str]:
    return pulumi.Output.all(
        model_package_group=args.model_package_group,
        training_pipeline=args.training_pipeline,
        feature_groups=pulumi.Output.all(*args.feature_groups),
        raw_bucket=args.raw_bucket,
        reads=pulumi.Output.concat(args.artifacts_bucket, "/"),
        data_key_arn=args.data_key_arn,
        tracking_server_arn=args.tracking_server_arn,
    ).apply(
        lambda reach: write_down(
            place,
            around,
            RecorderReach(**reach, tags=args.tags, writes_cards=args.model_cards),
        )
    )

"""Whether what was approved is what is live, and answers.

An update can be reported as done and have switched nothing: SageMaker rolls it back by itself, and
the endpoint is in service again with what it served before
(hashicorp/terraform-provider-aws#48997). So AWS is asked for the version behind each variant, and
each variant for an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from infra.live_versions import LiveVersions, served_versions
from pipelines.shared.serving import sample
from pipelines.shared.serving.variants import MISSING, Variant, configuration, variants
from stacks.serving import Serving

Clients = Callable[[str], Any]
"""Makes a boto3 client of a service's name."""
STALE: Final = (
    "this configuration, or a model of it, was deleted though it serves, and AWS takes no update of"
    " an endpoint without it; create it again under its name"
)
"""Where an update was rolled back unnoticed, what it was to replace is deleted after it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """A variant that answers: what it is to serve beside what it serves."""

    variant: str
    approved: str | None
    """ARN of the version that the stack file chooses of those approved."""
    approved_at: datetime | None = None
    live: str | None
    """ARN of the version behind the variant; ``None`` where there is no such variant."""

    @property
    def differs(self) -> bool:
        """Whether something else is live than is to be."""
        return self.approved != self.live


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """One endpoint beside the registry."""

    endpoint: str
    status: str | None
    """SageMaker's; ``None`` where no endpoint stands."""
    since: datetime | None = None
    """When the endpoint last changed."""
    pairs: tuple[Pair, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What was not checked, and why."""


def check(clients: Clients, versions: LiveVersions, endpoint: str, serving: Serving) -> Release:
    """Compare an endpoint with the registry's group of the same name, and have it answer.

    Raises:
        LookupError: the stack file pins a version that the registry does not have.
        ClientError: AWS does not let registry or endpoint be read.
    """
    sagemaker = clients("sagemaker")
    served = served_versions(versions, endpoint, serving)
    wanted: Mapping[str, str] = {} if served is None else served.variants
    name = configuration(sagemaker, endpoint)
    if name is None:
        return _nothing(sagemaker, endpoint, wanted)
    described = sagemaker.describe_endpoint(EndpointName=endpoint)
    problems, notes = list(_unrest(described)), list[str]()
    live, config = _live(sagemaker, name)
    if config is None:
        problems.append(f"{name}: {STALE}")
    pairs = tuple(_pairs(sagemaker, wanted, live))
    # Where the configuration is gone, what it served cannot be told apart from nothing.
    problems += [_difference(pair) for pair in pairs if pair.differs and config is not None]
    problems += _other_instances(config or {}, serving)
    asynchronous = "AsyncInferenceConfig" in (config or {})
    if asynchronous:
        notes.append("an asynchronous endpoint takes its requests from S3: it was asked nothing")
    for one in () if asynchronous else live:
        wrong, unknown = _answers(clients, endpoint, one, alone=len(live) == 1)
        problems += wrong
        notes += unknown
    return Release(
        endpoint=endpoint,
        status=described["EndpointStatus"],
        since=described.get("LastModifiedTime"),
        pairs=pairs,
        problems=tuple(problems),
        notes=tuple(notes),
    )


def _nothing(sagemaker: Any, endpoint: str, wanted: Mapping[str, str]) -> Release:  # noqa: ANN401 - boto3's
    pairs = tuple(_pairs(sagemaker, wanted, []))
    return Release(
        endpoint=endpoint,
        status=None,
        pairs=pairs,
        problems=tuple(f"no endpoint stands, and {_difference(pair)}" for pair in pairs),
        notes=() if pairs else ("no version was approved yet: nothing is to serve",),
    )


def _unrest(described: Mapping[str, Any]) -> Iterator[str]:
    status, reason = described["EndpointStatus"], described.get("FailureReason")
    # Autoscaling makes an endpoint Updating too, with no deployment under way.
    if status == "Updating" and "PendingDeploymentSummary" not in described:
        return
    if status != "InService":
        yield f"the endpoint is {status}" + (f": {reason}" if reason else "")
    elif reason:
        yield f"the last update was rolled back: {reason}"


def _live(sagemaker: Any, name: str) -> tuple[list[Variant], Mapping[str, Any] | None]:  # noqa: ANN401 - boto3's
    """Return the variants that answer, and their configuration; ``None`` where that is gone."""
    try:
        config = sagemaker.describe_endpoint_config(EndpointConfigName=name)
        return [one for one in variants(sagemaker, config) if not one.shadow], config
    except ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            return [], None
        raise


def _pairs(sagemaker: Any, wanted: Mapping[str, str], live: list[Variant]) -> Iterator[Pair]:  # noqa: ANN401 - boto3's
    served = {one.name: one.package for one in live}
    for variant in dict.fromkeys([*wanted, *served]):
        approved = wanted.get(variant)
        at = None
        if approved is not None:
            package = sagemaker.describe_model_package(ModelPackageName=approved)
            at = package.get("LastModifiedTime") or package.get("CreationTime")
        yield Pair(variant=variant, approved=approved, approved_at=at, live=served.get(variant))


def _difference(pair: Pair) -> str:
    approved, live = version(pair.approved), version(pair.live)
    return f"variant {pair.variant}: version {approved} is to serve, {live} does"


def version(arn: str | None) -> str:
    """Return the number of a version as people say it."""
    return "none" if arn is None else arn.rpartition("/")[2]


def _other_instances(config: Mapping[str, Any], serving: Serving) -> Iterator[str]:
    declared = {one.name: one.instance_type for one in serving.production_variants}
    for one in config.get("ProductionVariants", ()):
        name, runs = one["VariantName"], one.get("InstanceType")
        if name in declared and declared[name] != runs:
            yield f"variant {name}: instances are to be {declared[name]}, got {runs}"


def _answers(
    clients: Clients, endpoint: str, variant: Variant, *, alone: bool
) -> tuple[list[str], list[str]]:
    """Ask a variant what its version was registered with; return what is wrong, and unknown."""
    told = f"variant {variant.name}"
    if variant.package is None:
        return [], [f"{told}: its model is of no registered version, it was asked nothing"]
    package = clients("sagemaker").describe_model_package(ModelPackageName=variant.package)
    uri = package.get("SamplePayloadUrl")
    if uri is None:
        why = f"version {variant.version} was registered without a sample"
        return [], [f"{told}: {why}, it was asked nothing"]
    request = sample.read(_fetch(clients, uri))
    expected = _fetch(clients, sample.answer_uri(uri)).decode()
    try:
        answer = clients("sagemaker-runtime").invoke_endpoint(
            EndpointName=endpoint,
            Body=request,
            ContentType=package["InferenceSpecification"]["SupportedContentTypes"][0],
            CustomAttributes=sample.MARK,
            **({} if alone else {"TargetVariant": variant.name}),
        )
        got = answer["Body"].read().decode()
    except (BotoCoreError, ClientError) as error:
        return [f"{told} does not answer: {error}"], []
    if not sample.same(got, expected):
        return [f"{told} answers {got!r}, where its version's own answer is {expected!r}"], []
    return [], []


def _fetch(clients: Clients, uri: str) -> bytes:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bytes(clients("s3").get_object(Bucket=bucket, Key=key)["Body"].read())

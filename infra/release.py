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
from pipelines.shared.release.versions import Pair, answering, pairs
from pipelines.shared.serving import sample
from pipelines.shared.serving.variants import Variant, configuration
from stacks.serving import Serving

Clients = Callable[[str], Any]
"""Makes a boto3 client of a service's name."""
STALE: Final = (
    "this configuration, or a model of it, was deleted though it serves, and AWS takes no update of"
    " an endpoint without it; create it again under its name"
)
"""Where an update was rolled back unnoticed, what it was to replace is deleted after it."""


@dataclass(frozen=True)
class Dated(Pair):
    """A pair, and when its version was approved."""

    approved_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """One endpoint beside the registry."""

    endpoint: str
    status: str | None
    """SageMaker's; ``None`` where no endpoint stands."""
    since: datetime | None = None
    """When the endpoint last changed."""
    pairs: tuple[Dated, ...] = ()
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
    found, config = answering(sagemaker, name)
    live = [one for one in found if not one.shadow]
    if config is None:
        problems.append(f"{name}: {STALE}")
    compared = tuple(_dated(sagemaker, wanted, live))
    # Where the configuration is gone, what it served cannot be told apart from nothing.
    problems += [pair.difference for pair in compared if pair.differs and config is not None]
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
        pairs=compared,
        problems=tuple(problems),
        notes=tuple(notes),
    )


def _nothing(sagemaker: Any, endpoint: str, wanted: Mapping[str, str]) -> Release:  # noqa: ANN401 - boto3's
    compared = tuple(_dated(sagemaker, wanted, []))
    return Release(
        endpoint=endpoint,
        status=None,
        pairs=compared,
        problems=tuple(f"no endpoint stands, and {pair.difference}" for pair in compared),
        notes=() if compared else ("no version was approved yet: nothing is to serve",),
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


def _dated(sagemaker: Any, wanted: Mapping[str, str], live: list[Variant]) -> Iterator[Dated]:  # noqa: ANN401 - boto3's
    for pair in pairs(wanted, live):
        at = None
        if pair.approved is not None:
            package = sagemaker.describe_model_package(ModelPackageName=pair.approved)
            at = package.get("LastModifiedTime") or package.get("CreationTime")
        yield Dated(variant=pair.variant, approved=pair.approved, live=pair.live, approved_at=at)


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

"""A compiled use case that needs no SageMaker SDK, and the graph of a stack of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from infra.apply.state import EmulatorStore, StackState
from infra.graph.evaluate import evaluate
from infra.graph.model import ResourceGraph
from infra.live_versions import ServedVersions, everywhere
from infra.platform import deploy
from pipelines.compiled import (
    TOKENS,
    Artifact,
    CompiledPipeline,
    CompiledUseCase,
    FeatureGroupSchema,
    LambdaCode,
    network_tokens,
)
from stacks.config import StackConfig
from stacks.layers import load
from stacks.names import parse
from stacks.network import Network
from tests.pretend import Pretend

HERE = Path(__file__)
SHA256 = "5" * 64
PROVIDERS = "pulumi:providers:"
"""Start of the types of what a program reaches others by: nothing of them is created."""
CLUSTER = "kubernetes:"
"""Start of the types of what stands on a cluster."""


@cache
def use_cases(stack: str) -> tuple[str, ...]:
    """Return the use cases of a stack of this project, in the order of its files.

    Those of a short-lived stack are its base's.
    """
    return tuple(load(parse(stack).base).config.use_cases)


def package_arn(stack: str, version: int = 3, *, use_case: str | None = None) -> str:
    """Return a version of a use case's model, of the stack's first one by default."""
    group = f"{stack}-{use_case or use_cases(stack)[0]}"
    return f"arn:aws:sagemaker:us-east-1:123456789012:model-package/{group}/{version}"


def every(config: StackConfig) -> dict[str, CompiledUseCase]:
    """Return what :func:`compiled` is of each use case of a stack."""
    return {name: compiled(config.network, name) for name in config.use_cases}


def live_of(config: StackConfig, live: str | None) -> dict[str, ServedVersions | None]:
    """Return what each use case serves: everywhere the version that an ARN ends in."""
    if live is None:
        return dict.fromkeys(config.use_cases)
    version = int(live.rpartition("/")[2])
    return {
        name: everywhere(package_arn(config.stack, version, use_case=name), settings.serving)
        for name, settings in config.use_cases.items()
    }


def compiled(network: Network | None = None, use_case: str = "flights") -> CompiledUseCase:
    """Return a use case whose definitions use every token, those of ``network`` too.

    The names of its feature groups and streams are those of its schema.
    """
    schema = import_module(f"pipelines.{use_case}.schema")
    streams: Mapping[str, str] = getattr(schema, "STREAMS", {})
    network = network or Network()
    subnets, security_groups = network_tokens(
        subnet_count=network.subnet_count, security_group_count=network.security_group_count
    )
    uses = " ".join(f"${{{token}}}" for token in [*sorted(TOKENS), *subnets, *security_groups])
    stop = {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": uses}}
    definition = json.dumps({"Version": "2020-12-01", "Parameters": [], "Steps": [stop]})
    code = Artifact(key=f"code/{SHA256}/step.py", path=HERE, sha256=SHA256)
    return CompiledUseCase(
        use_case=use_case,
        pipelines={
            name: CompiledPipeline(name=name, definition=definition, artifacts=(code,))
            for name in ("features", "training", "drift", "batch")
        },
        lambdas={
            name: LambdaCode(name=name, handler=f"{name}.handler", files={f"{name}.py": HERE})
            for name in (
                *("scoring", "gate", "recorder", "release", "shadow"),
                *(f"stream-{group}" for group in streams),
            )
        },
        feature_groups=tuple(
            FeatureGroupSchema(
                name=group["name"],
                description=f"About {group['name']}.",
                record_identifier="id",
                event_time="event_time",
                features={"id": "String", "event_time": "String", "value": "Fractional"},
            )
            for group in schema.FEATURE_GROUPS
        ),
        objective=getattr(schema, "OBJECTIVE", "Auc"),
        watches_requests="request" in getattr(schema, "GROUP_OF", {"": "request"}).values(),
        serving_image_uri="683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5",
    )


def graph(
    stack: str, *, live: str | None, root: Path | None = None, standing: bool = False
) -> ResourceGraph:
    """Return what the stack plans to, or with ``standing`` what it would be with known outputs.

    Those of this project's own files are evaluated once in a process: nobody changes a graph.
    """
    own = _graph_of_ours if root is None else _graph
    return own(stack, live, root, standing)


def _graph(stack: str, live: str | None, root: Path | None, standing: bool) -> ResourceGraph:  # noqa: FBT001
    resolved = load(stack, root)
    config = resolved.config
    return evaluate(
        lambda: deploy(config, every(config), live_of(config, live)),
        project="mlops-loop",
        stack=stack,
        config=resolved.pulumi_config,
        registrar=Pretend() if standing else None,
        references=exports if standing else None,
    )


_graph_of_ours = cache(_graph)


def exports(stack: str) -> dict[str, Any]:
    """Return what a stack exports that others refer to."""
    sagemaker = "arn:aws:sagemaker:us-east-1:444455556666"
    return {
        "artifacts_bucket": f"{stack}-artifacts",
        "artifacts_key_arn": f"arn:aws:kms:us-east-1:444455556666:key/{stack}",
        **{
            f"{name}_model_package_group_arn": f"{sagemaker}:model-package-group/{stack}-{name}"
            for name in use_cases(stack)
        },
    }


def pretend_upstream(stack: str, endpoint: str) -> None:
    """Have the stack that ``stack`` takes versions from stand, as far as a reference can tell."""
    config = load(stack).config
    if config.promotion.upstream is None:
        return
    other = f"{config.team}-{config.promotion.upstream}"
    store = EmulatorStore(endpoint)
    with store.locked(other):
        store.save(
            StackState(
                project="mlops-loop",
                stack=other,
                region=config.region,
                outputs=exports(other),
            )
        )

"""A compiled use case that needs no SageMaker SDK, and the graph of a stack of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from infra.apply.state import EmulatorStore, StackState
from infra.graph.evaluate import evaluate
from infra.graph.model import ResourceGraph
from infra.live_versions import everywhere
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
from stacks.layers import load
from stacks.network import Network
from tests.pretend import Pretend

HERE = Path(__file__)
SHA256 = "5" * 64
GROUPS = ("weather", "lateness", "planes")


def package_arn(stack: str, version: int = 3) -> str:
    return f"arn:aws:sagemaker:us-east-1:123456789012:model-package/{stack}-flights/{version}"


def compiled(network: Network | None = None) -> CompiledUseCase:
    """Return a use case whose definitions use every token, those of ``network`` too."""
    network = network or Network()
    subnets, security_groups = network_tokens(
        subnet_count=network.subnet_count, security_group_count=network.security_group_count
    )
    uses = " ".join(f"${{{token}}}" for token in [*sorted(TOKENS), *subnets, *security_groups])
    stop = {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": uses}}
    definition = json.dumps({"Version": "2020-12-01", "Parameters": [], "Steps": [stop]})
    code = Artifact(key=f"code/{SHA256}/step.py", path=HERE, sha256=SHA256)
    return CompiledUseCase(
        use_case="flights",
        pipelines={
            name: CompiledPipeline(name=name, definition=definition, artifacts=(code,))
            for name in ("features", "training", "drift", "batch")
        },
        lambdas={
            name: LambdaCode(name=name, handler=f"{name}.handler", files={f"{name}.py": HERE})
            for name in ("scoring", "gate", "recorder", "release", "shadow", "stream-weather")
        },
        feature_groups=tuple(
            FeatureGroupSchema(
                name=name,
                description=f"About {name}.",
                record_identifier="id",
                event_time="event_time",
                features={"id": "String", "event_time": "String", "value": "Fractional"},
            )
            for name in GROUPS
        ),
        serving_image_uri="683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5",
    )


def graph(
    stack: str, *, live: str | None, root: Path | None = None, standing: bool = False
) -> ResourceGraph:
    """Return what the stack plans to, or with ``standing`` what it would be with known outputs."""
    resolved = load(stack, root)
    config = resolved.config
    return evaluate(
        lambda: deploy(
            config,
            {"flights": compiled(config.network)},
            {"flights": everywhere(live, config.use_cases["flights"].serving)},
        ),
        project="mlops-loop",
        stack=stack,
        config=resolved.pulumi_config,
        registrar=Pretend() if standing else None,
        references=exports if standing else None,
    )


def exports(stack: str) -> dict[str, Any]:
    """Return what a stack exports that others refer to."""
    sagemaker = "arn:aws:sagemaker:us-east-1:444455556666"
    return {
        "artifacts_bucket": f"{stack}-artifacts",
        "artifacts_key_arn": f"arn:aws:kms:us-east-1:444455556666:key/{stack}",
        "flights_model_package_group_arn": f"{sagemaker}:model-package-group/{stack}-flights",
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

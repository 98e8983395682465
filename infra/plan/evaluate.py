"""One stack evaluated from the code alone: nobody is asked, nothing is made, nothing leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from components.variants import Candidate
from infra.graph.evaluate import evaluate
from infra.graph.invokes import ACCOUNT_ID, offline
from infra.graph.model import ResourceGraph
from infra.graph.monitor import WITHHELD
from infra.live_versions import NoVersions
from infra.plan.symbols import Symbolic, arn, unmarked
from infra.program import load
from infra.project import PROJECT
from pipelines.compiled import CompiledUseCase
from stacks.config import StackConfig
from stacks.layers import ResolvedStack
from stacks.layers import load as load_layers

NEUTRAL: Final = {"commit": "planned", "branch": "planned", "author": "planned"}
"""In place of commit, branch and author, which differ between any two revisions."""
GROUP: Final = "aws:sagemaker/modelPackageGroup:ModelPackageGroup"
APPROVED, WAITING = 1, 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluated:
    """A stack as its code declares it, with symbols for what AWS would compute."""

    resolved: ResolvedStack
    compiled: Mapping[str, CompiledUseCase]
    graph: ResourceGraph
    """Inputs are checked: with the provider's defaults, the names it makes, and no secret."""
    symbols: Symbolic


@dataclass(frozen=True, kw_only=True, slots=True)
class _Versions(NoVersions):
    """A registry in use: one version is approved, a newer one waits."""

    region: str
    account_id: str
    waiting: Candidate | None = field(default=None)

    def newest_approved(self, group: str) -> str | None:
        return self.pinned(group, APPROVED)

    def previous_approved(self, group: str) -> str | None:
        return self.pinned(group, APPROVED)

    def pinned(self, group: str, version: int) -> str:
        package = f"arn:aws:sagemaker:{self.region}:{self.account_id}:model-package"
        return f"{package}/{group}/{version}"

    def candidate(self, group: str, version: int | None, *, after: str) -> Candidate | None:  # noqa: ARG002 - part of the protocol
        return Candidate(
            model_package_arn=self.pinned(group, version or WAITING),
            image_uri=f"{self.account_id}.dkr.ecr.{self.region}.amazonaws.com/{group}:planned",
            model_data_url=f"s3://{group}/planned/model.tar.gz",
            environment={},
        )


def evaluate_stack(stack: str, *, root: Path | None = None, model: bool = True) -> Evaluated:
    """Evaluate one stack from the files at ``root``, those of this project by default.

    A model version is taken to be approved, and a newer one to wait for approval; without
    ``model`` there is none yet, and so no endpoint.

    Raises:
        StackError: the stack is unknown or its files break rules.
        CompileError: the SageMaker SDK refuses a pipeline.
        Exception: what the program raises.
    """
    resolved = load_layers(stack, root)
    config = resolved.config
    account = config.accounts.get(config.environment, ACCOUNT_ID)
    versions = _Versions(region=config.region, account_id=account) if model else NoVersions()
    loaded = load(stack, root=root, live_versions=versions)
    program = replace(loaded, made_from=NEUTRAL)
    symbols = Symbolic(region=config.region, account_id=account)
    graph = evaluate(
        program.declare,
        project=PROJECT,
        stack=stack,
        config=program.pulumi_config,
        registrar=symbols,
        invokes=offline(region=config.region, account_id=account),
        references=lambda other: _exports(other, config),
        preview=True,
    )
    return Evaluated(
        resolved=resolved,
        compiled=program.compiled,
        graph=completed(graph, symbols),
        symbols=symbols,
    )


def completed(graph: ResourceGraph, symbols: Symbolic) -> ResourceGraph:
    """Return the graph with the inputs that a provider would have been given, free of marks."""
    secret = dict.fromkeys(graph.secret_outputs, WITHHELD)
    return replace(
        graph,
        resources={
            urn: replace(one, inputs=symbols.inputs.get(urn, unmarked(one.inputs)))
            for urn, one in graph.resources.items()
        },
        outputs={**unmarked(graph.outputs), **secret},
        component_outputs={},
    )


def _exports(other: str, config: StackConfig) -> dict[str, Any]:
    """Return what the stack of another environment exports, as far as this one asks."""
    account = config.accounts.get(config.promotion.upstream or config.environment, ACCOUNT_ID)

    def named(token: str, name: str) -> str:
        return arn(token, name, region=config.region, account_id=account)

    return {
        "artifacts_bucket": f"{other}-artifacts",
        "artifacts_key_arn": named("aws:kms/key:Key", f"{other}-artifacts"),
        **{
            f"{name}_model_package_group_arn": named(GROUP, f"{other}-{name}")
            for name in config.use_cases
        },
    }

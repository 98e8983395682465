"""Jobs of GitLab for the stacks that a pipeline is about, each of a template in ``.gitlab``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

import yaml

from infra.changed import ORDER
from stacks.names import parse

Kind = Literal["change", "deploy", "nightly"]
TEMPLATES: Final = ".gitlab/jobs.yml"
DAYS: Final = "3 days"
"""As long as a short-lived stack stands by itself (``--expires 3d``)."""


def jobs(kind: Kind, stacks: Iterable[str], *, number: int | None = None) -> Mapping[str, Any]:
    """Return a pipeline: previews and stacks for a while, deployments, or what a night looks at.

    ``number`` is the merge request's. A pipeline must have a job; where no stack is touched, it is
    one that says so.
    """
    deployed = [stack for stack in stacks if parse(stack).environment != ORDER[0]]
    made: dict[str, Any] = {}
    for stack in deployed:
        match kind:
            case "change":
                made |= _change(stack, number)
            case "deploy":
                made |= _deploy(stack)
            case "nightly":
                made |= _nightly(stack)
    used = [one for one in ORDER if any(job["stage"] == one for job in made.values())]
    if not made:
        used = [ORDER[0]]
        made = {"nothing": {"stage": ORDER[0], "script": ["echo no stack is touched"]}}
    return {"include": [{"local": TEMPLATES}], "stages": used, **made}


def text(pipeline: Mapping[str, Any]) -> str:
    """Return a pipeline as YAML, with each part written out where it stands."""

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's signature
            return True

    return yaml.dump(dict(pipeline), Dumper=Plain, sort_keys=False)


def _job(template: str, stack: str, **more: object) -> dict[str, Any]:
    variables = {"STACK": stack}
    return {
        "extends": f".{template}",
        "stage": parse(stack).environment,
        "variables": variables,
        **more,
    }


def _change(stack: str, number: int | None) -> dict[str, Any]:
    made = {f"preview {stack}": _job("preview", stack, needs=[])}
    if number is None or parse(stack).environment != "dev":
        return made
    instance = f"mr{number}"
    variables = {"STACK": f"{stack}-{instance}", "BASE": stack, "INSTANCE": instance}
    where = {"name": f"review/{stack}-{instance}"}
    common: dict[str, Any] = {
        "variables": variables,
        "when": "manual",
        "allow_failure": True,
        "needs": [],
        "resource_group": variables["STACK"],
    }
    down = f"down {stack}"
    up = {**where, "on_stop": down, "auto_stop_in": DAYS}
    made[f"up {stack}"] = {**_job("up", stack), **common, "environment": up}
    stop = {**where, "action": "stop"}
    made[down] = {**_job("down", stack), **common, "environment": stop}
    return made


def _deploy(stack: str) -> dict[str, Any]:
    environment = parse(stack).environment
    return {
        # In its stage's turn: it may want what the environment before has just got.
        f"preview {stack}": _job("preview", stack),
        f"deploy {stack}": _job(
            "deploy",
            stack,
            # A manual job that may not fail holds up every later stage until somebody starts it.
            when="manual",
            allow_failure=False,
            needs=[f"preview {stack}"],
            environment={"name": environment, "deployment_tier": _TIERS[environment]},
            resource_group=stack,
        ),
    }


def _nightly(stack: str) -> dict[str, Any]:
    made = {f"drift {stack}": _job("drift", stack, needs=[])}
    if parse(stack).environment == "dev":
        made[f"sweep {stack}"] = _job("sweep", stack, needs=[])
    return made


_TIERS: Final = {"dev": "development", "staging": "staging", "prod": "production"}

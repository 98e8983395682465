"""A report on what drifted, for an issue."""

from __future__ import annotations

from collections.abc import Sequence

from infra.pulumi_cli import Drifted


def report(stack: str, found: Sequence[Drifted]) -> str:
    """Return the report as Markdown: resources and inputs, without their values."""
    rows = "\n".join(f"| `{one.name}` | {'gone' if one.gone else _inputs(one)} |" for one in found)
    return (
        f"In AWS, {len(found)} resource{'s' * (len(found) != 1)} of `{stack}`"
        f" {'is' if len(found) == 1 else 'are'} no longer as deployed.\n\n"
        f"| resource | what differs |\n|---|---|\n{rows}\n\n"
        f"`pulumi refresh --preview-only --diff --stack {stack}` shows the values."
        f" The next deployment puts back what the program declares; `pulumi refresh` first takes"
        f" over into the state what somebody changed on purpose.\n"
    )


def _inputs(one: Drifted) -> str:
    return ", ".join(f"`{name}`" for name in one.inputs).replace("|", "\\|") or "something"

"""The plan on a terminal: the comment's Markdown drawn by rich, with nothing folded."""

from __future__ import annotations

from rich.console import Console
from rich.markdown import Markdown
from rich.text import Text

from infra.plan.plan import Plan, StackPlan
from infra.plan.render import resources, settings
from infra.plan.render.safe import folds, visible
from infra.plan.render.sections import sections


def show(console: Console, plan: Plan) -> None:
    """Print the plan: each stack that changes, and at the end what must be decided."""
    for one in plan.changed:
        _stack(console, one)
    if told := settings.markdown(plan.settings):
        console.rule("[bold]settings[/]", align="left")
        console.print(_unfolded(told))
    unchanged = [one.stack for one in plan.stacks if one.status == "unchanged"]
    if unchanged:
        console.print(Text(visible(f"unchanged: {', '.join(unchanged)}")))
    for name in plan.unmatched:
        console.print(Text(visible(f"acknowledged, yet not lost: {name}"), style="yellow"))
    for note in plan.notes:
        console.print(Text(visible(note)))
    reasons = [(one.stack, reason) for one in plan.stacks for reason in one.reasons]
    if reasons:
        console.print("[bold red]stops[/]: what follows must be decided first", highlight=False)
        # What goes on over lines is set back, so that no name begins a line of its own.
        lines = (visible(f"{stack}: {reason}").replace("\n", "\n    ") for stack, reason in reasons)
        console.print(Text("\n".join(lines)))  # at once: a thousand prints take half a second
        console.print(
            "what may be lost is named with --acknowledge NAME", style="dim", highlight=False
        )
    elif plan.changed:
        console.print("[green]may go on[/]")
    else:
        console.print("nothing changes")


def _stack(console: Console, one: StackPlan) -> None:
    console.rule(Text(visible(one.stack), style="bold"), align="left")
    if one.renames:
        console.print(Markdown("**Looks renamed**\n\n" + resources.renamed(one.renames)))
    for section in sections(one):
        console.print(_unfolded(section))


def _unfolded(section: str) -> Markdown:
    return Markdown("\n\n".join(part.strip("\n") for _, part in folds(section)))

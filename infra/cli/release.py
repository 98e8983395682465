"""``mlops release``: what a revision consists of, written down or compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from infra.cli.root import ROOT
from infra.made_from import RELEASE

if TYPE_CHECKING:
    from collections.abc import Sequence


def release(
    stack: Annotated[
        list[str] | None,
        typer.Option("--stack", "-s", help="May be repeated; all but sandboxes when left out."),
    ] = None,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where the manifest is written.")
    ] = Path(RELEASE),
    check: Annotated[
        Path | None,
        typer.Option("--check", help="Compare with this manifest instead; write nothing."),
    ] = None,
) -> None:
    """Write down what this revision consists of, or check that it is what was released.

    The manifest holds the commit, hashes of the lock and of the program, and for each stack the
    hash of every pipeline definition, code archive and function, and its images, by digest where
    the URI names one. The same sources give the same file, byte for byte.

    A delivery pipeline's checks write it once; each environment's builds compare with
    `--check release.json -s STACK` before they preview and deploy. Exits with 1 and names what
    differs where the build would deploy something else. AWS is asked nothing.
    """
    from infra.cli.errors import told  # noqa: PLC0415 - seconds to import; --help is instant
    from infra.released import compare, read, text  # noqa: PLC0415
    from stacks.names import stacks  # noqa: PLC0415

    console = Console(soft_wrap=True, highlight=False)
    with told(console):
        wanted = stack or [one for one in stacks() if not one.endswith("-sandbox")]
        released = None if check is None else read(check)
        now = _manifest(wanted)
        if released is not None:
            compare(released, now)
            commit = released["made_from"].get("commit", "unknown")
            console.print(f"{', '.join(wanted)}: as released, commit {commit}", markup=False)
            return
        output.write_text(text(now), encoding="utf-8")
        console.print(f"{output}: {', '.join(wanted)}, commit {now['made_from']['commit']}")


def _manifest(wanted: Sequence[str]) -> dict[str, Any]:
    from infra.made_from import made_from  # noqa: PLC0415 - beside the others
    from infra.program import build_settings  # noqa: PLC0415
    from infra.released import manifest  # noqa: PLC0415
    from pipelines.compile import compile_use_case  # noqa: PLC0415
    from stacks.layers import load  # noqa: PLC0415

    configs = {name: load(name, ROOT).config for name in wanted}
    compiled = {
        name: {
            use_case: compile_use_case(use_case, build_settings(config, use_case))
            for use_case in config.use_cases
        }
        for name, config in configs.items()
    }
    return manifest(ROOT, compiled, made_from(ROOT))

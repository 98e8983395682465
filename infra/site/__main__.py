"""Write what the site is built from beside ``docs/``: ``python -m infra.site``."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from infra.policy.rules import RULES
from infra.site import commands, examples, rules, settings

ROOT: Final = Path(__file__).parents[2]
OUT: Final = ROOT / "build" / "docs"


def generated() -> Iterator[tuple[str, str]]:
    """Yield each file's path below ``build/docs`` and its text."""
    schema = json.loads((ROOT / "stacks" / "schema.json").read_text(encoding="utf-8"))
    yield "pages/reference/settings.md", settings.page(schema)
    yield "pages/reference/commands.md", commands.page()
    yield "pages/reference/rules.md", rules.page(RULES)
    yield "pages/components/index.md", examples.overview()
    for module in examples.modules():
        yield f"parts/{module}.md", examples.inventory(module)


def main() -> None:
    """Write all of it anew: what is no longer generated must not stay."""
    shutil.rmtree(OUT, ignore_errors=True)
    for name, text in generated():
        path = OUT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

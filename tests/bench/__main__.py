"""``make bench``: run the benchmarks and write ``docs/benchmarks.md``.

python -m tests.bench [NAME ...]     names: see BENCHES; all by default
"""

from __future__ import annotations

import importlib
import json
import platform
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import psutil
from rich.console import Console

from tests.bench.measure import Line

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "benchmarks.md"
KEPT = ROOT / "docs" / "benchmarks.json"
BENCHES = (
    *("demo", "vision", "graph", "compile", "plan", "policy", "emulator", "drift", "spark"),
    "serving",
)

HEAD = """# Benchmarks

Made by `make bench`; medians, and ratios against a peer or floor measured in the same run. Absolute
times are those of one machine and noisy; the ratios are what is promised.

"""


def main(names: list[str]) -> int:
    """Run the benchmarks named and return 1 where a promise was not held."""
    if unknown := sorted(set(names) - set(BENCHES)):
        raise SystemExit(f"benchmark must be one of {', '.join(BENCHES)}, got {unknown}")
    console = Console()
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    held = True
    for name in names or BENCHES:
        lines: list[Line] = []
        for line in importlib.import_module(f"tests.bench.{name}").run():
            lines.append(line)
            console.print(_row(asdict(line)), highlight=False, markup=False, soft_wrap=True)
        kept[name] = {
            "when": datetime.now(UTC).date().isoformat(),
            "machine": f"{platform.system()} {platform.machine()}, {psutil.cpu_count()} cores, "
            f"{psutil.virtual_memory().total / 2**30:.0f} GiB, Python {platform.python_version()}",
            "lines": [asdict(line) for line in lines],
        }
        held = held and all(line.held in {True, None} for line in lines)
        KEPT.write_text(json.dumps(kept, indent=1, default=bool) + "\n", encoding="utf-8")
        PAGE.write_text(HEAD + "\n".join(map(_section, BENCHES, map(kept.get, BENCHES))))
    return 0 if held else 1


def _section(name: str, kept: dict[str, object] | None) -> str:
    if kept is None:
        return f"## {name}\n\nNot measured yet.\n"
    lines = kept["lines"]
    assert isinstance(lines, list)
    head = f"## {name}\n\n{kept['when']}, {kept['machine']}\n\n"
    table = "| what | measured | beside | ratio | promised | held |\n|---|---|---|---|---|---|\n"
    return head + table + "\n".join(map(_row, lines)) + "\n"


def _row(line: dict[str, object]) -> str:
    held = "" if line["held"] is None else "yes" if line["held"] else "**no**"
    ratio = line["ratio"]
    shown = f"{ratio:.2f}" if isinstance(ratio, float) else ""
    cells = (line["what"], line["measured"], line["floor"], shown, line["bound"], held)
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

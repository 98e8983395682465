"""``python -m infra.package.schema [--write]``: the package's schema, from which SDKs are made."""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import sys
from pathlib import Path
from typing import Any

import pulumi
from pulumi.provider.experimental.analyzer import Analyzer, ComponentDefinition
from pulumi.provider.experimental.schema import generate_schema

from infra.package.generate import described
from infra.package.members import PACKAGE, VERSION, members

GOLDEN = Path(__file__).parent / "schema.json"
COMMAND = "python -m infra.package.schema --write"


class _Analyzer(Analyzer):
    """Reads a component's inputs and outputs from its TypedDicts."""

    def analyze_component(self, component: type[pulumi.ComponentResource]) -> ComponentDefinition:
        """Return the definition of one component."""
        name, module = component.__name__, component.__module__.rpartition(".")[2]
        edge = importlib.import_module(f"infra.package.edge.{module}")
        inputs, _ = self.analyze_type(vars(edge)[f"{name}Args"], is_component_output=False)
        outputs, _ = self.analyze_type(vars(edge)[f"{name}Outputs"], is_component_output=True)
        return ComponentDefinition(
            name=name,
            description=described(component.__doc__ or ""),
            inputs=inputs,
            outputs=outputs,
            inputs_mapping={},
            outputs_mapping={},
            module=component.__module__,
        )


def schema() -> dict[str, Any]:
    """Return the schema of the package's components and of the types that they take."""
    found = _Analyzer(PACKAGE).analyze(list(members().values()))
    made = generate_schema(
        PACKAGE,
        VERSION,
        None,
        found["component_definitions"],
        dict(sorted(found["type_definitions"].items())),
        list(found["dependencies"]),
    )
    tidy: dict[str, Any] = _tidy(made.to_json())
    return tidy


def _tidy(part: Any) -> Any:
    """Take the indentation of docstrings away, which Markdown would read as code."""
    if isinstance(part, dict):
        return {
            key: inspect.cleandoc(value)
            if key == "description" and isinstance(value, str)
            else _tidy(value)
            for key, value in part.items()
        }
    return [_tidy(one) for one in part] if isinstance(part, list) else part


def text() -> str:
    """Return the schema as the golden file has it."""
    return json.dumps(schema(), indent=2) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Write the golden file, or tell that it is not up to date."""
    parser = argparse.ArgumentParser(prog="python -m infra.package.schema", description=__doc__)
    parser.add_argument("--write", action="store_true", help="rewrite the golden file")
    options = parser.parse_args(arguments)
    if options.write:
        GOLDEN.write_text(text())
    elif GOLDEN.read_text() != text():
        sys.stderr.write(f"{GOLDEN.name} must be up to date; {COMMAND}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

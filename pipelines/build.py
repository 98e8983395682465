"""Build a use case's pipelines with the SageMaker SDK: ``python -m pipelines.build``.

Run by :mod:`pipelines.compile` in a process of its own. Writes into a folder ``manifest.json``,
a definition for each pipeline, and the files that the definitions refer to.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.compile import ROOT
from pipelines.packing import tarred, zipped
from pipelines.settings import BuildSettings
from pipelines.shared.jobs import Code

SHARED = "pipelines.shared.training"
"""What starts a step on every accelerator of a job: ``steps.pyz torchrun STEP``."""

REQUEST = "request"
"""In ``GROUP_OF``: a feature that a request brings itself."""


def main(argv: Sequence[str]) -> None:
    """Build into a folder."""
    use_case, settings, target = argv
    build(use_case, BuildSettings.from_json(settings), Path(target))


def build(use_case: str, settings: BuildSettings, folder: Path) -> None:
    """Write the compiled use case."""
    module: Any = importlib.import_module(f"pipelines.{use_case}.definitions")
    schema: Any = importlib.import_module(f"pipelines.{use_case}.schema")
    tabular = hasattr(schema, "DECLARED")
    code = pack(use_case, folder, tabular=tabular)
    pipelines = {}
    for name, made in module.definitions(settings, code).items():
        stated = {key: one for key, one in json.loads(made).items() if one is not None}
        canonical = json.dumps(stated, sort_keys=True, separators=(",", ":"))
        (folder / f"{name}.json").write_text(canonical)
        pipelines[name] = [
            [key, Path(key).name, sha256] for key, sha256 in code.files if key in canonical
        ]
    manifest = {
        "use_case": use_case,
        "pipelines": pipelines,
        "lambdas": lambdas(use_case, getattr(schema, "STREAMS", {}), tabular=tabular),
        "feature_groups": [dict(group) for group in schema.FEATURE_GROUPS],
        "serving_image_uri": module.serving_image(settings),
        "serving_environment": dict(module.SERVING_ENVIRONMENT),
        "objective": getattr(schema, "OBJECTIVE", "Auc"),
        "watches_requests": REQUEST in getattr(schema, "GROUP_OF", {"": REQUEST}).values(),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, sort_keys=True))


def pack(use_case: str, folder: Path, *, tabular: bool = False) -> Code:
    """Write the step code as an archive that Python runs, and as one for script mode.

    The steps of a ``tabular`` use case, on one table, are those of ``pipelines.shared.tabular``.
    """
    names = [
        "pipelines/__init__.py",
        *_python(f"pipelines/{use_case}", deep=False, only={"__init__.py", "schema.py"}),
        *_python(f"pipelines/{use_case}/steps"),
        # What a request may hold is one rule, whether it is asked by itself or in a batch.
        *_python(f"pipelines/{use_case}/lambdas", only={"__init__.py", "flights.py"}),
        "pipelines/shared/__init__.py",
        *_python("pipelines/shared/drift"),
        *_python("pipelines/shared/training"),
        *_python("pipelines/shared/spark"),
        *_python("pipelines/shared/steps"),
        *_python("pipelines/shared/scoring", only={"__init__.py", "errors.py", "lines.py"}),
        *_python("pipelines/shared/serving"),
    ]
    if tabular:
        names += [f"pipelines/{use_case}/features.py", *_python("pipelines/shared/tabular")]
    files = {name: (ROOT / name).read_bytes() for name in names}
    package = f"pipelines.{use_case}.steps"
    run = (
        "import runpy\nimport sys\n\nname = sys.argv.pop(1)\n"
        f"package = '{SHARED}' if name == 'torchrun' else '{package}'\n"
        "runpy.run_module(f'{package}.{name}', run_name='__main__')\n"
    )
    train = f"from {package}.train import main\n\nif __name__ == '__main__':\n    main()\n"
    if tabular:
        run = (
            "import sys\n\nfrom pipelines.shared.tabular.runner import run\n\n"
            f"run('{use_case}', sys.argv[1], sys.argv[2:])\n"
        )
        train = run.replace("sys.argv[1], sys.argv[2:]", "'train', sys.argv[1:]")
    # Imported, not run as a main module: workers import the functions that it sends them.
    spark = (
        "import sys\nfrom importlib import import_module\n\n"
        f"import_module(f'{package}.{{sys.argv[1]}}').main(sys.argv[2:])\n"
    )
    steps = zipped({**files, "__main__.py": run.encode()})
    bodies = {
        "steps.pyz": steps,
        "sourcedir.tar.gz": tarred({**files, "train.py": train.encode()}),
        "steps.zip": steps,
        "spark.py": spark.encode(),
    }
    keys = {}
    for name, body in bodies.items():
        sha256 = hashlib.sha256(body).hexdigest()
        (folder / name).write_bytes(body)
        keys[name] = (f"code/{sha256}/{name}", sha256)
    return Code(
        steps=keys["steps.pyz"][0],
        source=keys["sourcedir.tar.gz"][0],
        library=keys["steps.zip"][0],
        program=keys["spark.py"][0],
        files=tuple(keys.values()),
    )


def lambdas(
    use_case: str, streams: Mapping[str, str], *, tabular: bool = False
) -> dict[str, dict[str, Any]]:
    """Return the handlers, with the files that each needs beside it.

    ``streams`` are those of feature groups that a stream feeds, by group.
    """
    packages = ["pipelines/__init__.py", "pipelines/shared/__init__.py"]
    mine = [f"pipelines/{use_case}/__init__.py", f"pipelines/{use_case}/schema.py"]
    if tabular:
        own = {"__init__.py", "declared.py", "scoring.py", "evidence.py"}
        mine += _python("pipelines/shared/tabular", deep=False, only=own)
    return {
        "scoring": {
            "handler": f"pipelines.{use_case}.lambdas.scoring.handle",
            "files": [
                *packages,
                *mine,
                *_python(f"pipelines/{use_case}/lambdas"),
                *_python("pipelines/shared/scoring"),
                *_python("pipelines/shared/serving"),
            ],
        },
        "recorder": {
            "handler": "pipelines.shared.recorder.handler.handle",
            "files": [
                *packages,
                *mine,
                f"pipelines/{use_case}/card.py",
                *_python("pipelines/shared/lineage"),
                *_python("pipelines/shared/recorder"),
                *_python("pipelines/shared/serving"),
            ],
        },
        "release": {
            "handler": "pipelines.shared.release.handler.handle",
            "files": [
                *packages,
                *_python("pipelines/shared/release"),
                *_python("pipelines/shared/serving"),
            ],
        },
        "gate": {
            "handler": "pipelines.shared.gate.handler.handle",
            "files": [
                *packages,
                "pipelines/shared/decisions.py",
                *_python("pipelines/shared/gate"),
            ],
        },
        "shadow": {
            "handler": "pipelines.shared.shadow.handler.handle",
            "files": [
                *packages,
                *mine,
                f"pipelines/{use_case}/evidence.py",
                "pipelines/shared/decisions.py",
                *_python("pipelines/shared/serving"),
                *_python("pipelines/shared/shadow"),
            ],
        },
        **{
            f"stream-{group}": {
                "handler": handler,
                "files": [
                    *packages,
                    *mine,
                    *_python(f"pipelines/{use_case}/lambdas"),
                    *_python("pipelines/shared/scoring"),
                    *_python("pipelines/shared/stream"),
                ],
            }
            for group, handler in streams.items()
        },
    }


def _python(folder: str, *, deep: bool = True, only: set[str] | None = None) -> list[str]:
    found = (ROOT / folder).rglob("*.py") if deep else (ROOT / folder).glob("*.py")
    return sorted(
        path.relative_to(ROOT).as_posix() for path in found if only is None or path.name in only
    )


if __name__ == "__main__":
    main(sys.argv[1:])

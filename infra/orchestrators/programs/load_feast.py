"""Loads Feast repositories by Feast's own reader: ``python load_feast.py ANSWER.json FOLDER...``.

Run by the Python that has Feast; imports nothing of this project.
"""

import json
import os
import sys
from pathlib import Path

import feast
from feast.repo_config import load_repo_config
from feast.repo_operations import parse_repo


def main(answer: str, *folders: str) -> None:
    """Write each repository's views, or its error."""
    views: dict[str, list[str]] = {}
    errors: dict[str, str] = {}
    for folder in folders:
        place = Path(folder)
        os.chdir(place)
        sys.path.insert(0, folder)
        try:
            load_repo_config(place, place / "feature_store.yaml")
            for module in ("features", "sync"):
                sys.modules.pop(module, None)
            views[folder] = sorted(view.name for view in parse_repo(place).feature_views)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the repository's
            errors[folder] = f"{type(error).__name__}: {error}"
        sys.path.remove(folder)
    said = {"version": feast.__version__, "views": views, "errors": errors}
    Path(answer).write_text(json.dumps(said), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])

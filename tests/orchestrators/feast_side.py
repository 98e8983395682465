"""Feast's side: uses generated repositories; runs in an environment of its own.

    python feast_side.py ASKED.json ANSWERS.json

Brings the offline stores over, applies, and answers the features of the rows as they were, and
those that are served online after a materialization.
"""

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from feast import FeatureStore


def main(asked: str, answers: str) -> None:
    """Answer for each repository."""
    question = json.loads(Path(asked).read_text())
    said = {place: answer(Path(place), question) for place in question["repositories"]}
    Path(answers).write_text(json.dumps(said))


def answer(repository: Path, question: dict[str, Any]) -> dict[str, Any]:
    """Use one repository from its beginning."""
    told = run(repository, sys.executable, "sync.py")
    run(repository, str(Path(sys.executable).with_name("feast")), "apply")
    store = FeatureStore(repo_path=str(repository))
    rows = pd.DataFrame(question["rows"])
    rows["event_timestamp"] = pd.to_datetime(rows["event_timestamp"], utc=True)
    found = store.get_historical_features(entity_df=rows, features=question["features"]).to_df()
    names = [one.partition(":")[2] for one in question["features"]]
    begin, end = (datetime.fromisoformat(one) for one in question["materialize"])
    store.materialize(begin, end)
    served = store.get_online_features(
        features=question["features"], entity_rows=question["online"]
    ).to_dict()
    return {
        "synced": told.splitlines(),
        "historical": plain(found.sort_values("row")[names]),
        "online": {name: served[name] for name in names},
        "types": {view.name: types(view) for view in store.list_feature_views()},
    }


def plain(table: pd.DataFrame) -> dict[str, list[float | None]]:
    """Return columns of numbers as JSON has them."""
    return {
        str(name): [None if pd.isna(one) else float(one) for one in table[name]] for name in table
    }


def types(view: Any) -> dict[str, str]:
    """Return a view's features with their types."""
    return {one.name: str(one.dtype) for one in view.features}


def run(folder: Path, *command: str) -> str:
    """Return what a command says.

    Raises:
        RuntimeError: it fails.
    """
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command}: {done.stdout}\n{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main(*sys.argv[1:])

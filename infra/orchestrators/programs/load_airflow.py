"""Loads a folder of DAGs by Airflow's own loader: ``python load_airflow.py ANSWER.json FOLDER``.

Run by the Python that has Airflow; imports nothing of this project.
"""

import json
import sys
from pathlib import Path

from airflow import __version__
from airflow.dag_processing.dagbag import DagBag
from airflow.plugins_manager import ensure_plugins_loaded


def main(answer: str, folder: str) -> None:
    """Write the DAGs that were found, and each file's error."""
    ensure_plugins_loaded()
    bag = DagBag(dag_folder=folder)
    said = {
        "version": __version__,
        "dags": sorted(bag.dags),
        "errors": {
            file: error.strip().splitlines()[-1] for file, error in bag.import_errors.items()
        },
    }
    Path(answer).write_text(json.dumps(said), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])

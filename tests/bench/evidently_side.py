"""Evidently's side of the drift benchmark; runs in an environment of its own (pandas below 3).

    python evidently_side.py DATA.npz METHODS ROUNDS

prints one JSON object: for each method the seconds of each round and the value of each feature.
"""

import json
import sys
import time
import warnings

import numpy as np
import pandas as pd

warnings.simplefilter("ignore")

from evidently import DataDefinition, Dataset, Report  # noqa: E402 - after the warnings are off
from evidently.metrics import ValueDrift  # noqa: E402


def main(path: str, methods: str, rounds: str) -> None:
    """Measure each method on both sides of the file."""
    with np.load(path) as data:
        names = sorted(key[2:] for key in data.files if key.startswith("r_"))
        reference = pd.DataFrame({name: data[f"r_{name}"] for name in names})
        current = pd.DataFrame({name: data[f"c_{name}"] for name in names})
    definition = DataDefinition(numerical_columns=names)
    sides = [Dataset.from_pandas(side, data_definition=definition) for side in (current, reference)]
    found = {}
    for method in methods.split(","):
        seconds = []
        for _ in range(int(rounds)):
            report = Report([ValueDrift(column=name, method=method) for name in names])
            began = time.perf_counter()
            result = report.run(*sides)
            metrics = result.dict()["metrics"]
            seconds.append(time.perf_counter() - began)
        values = {name: float(metric["value"]) for name, metric in zip(names, metrics)}  # noqa: B905
        found[method] = {"seconds": seconds, "values": values}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""What the shared steps must know of a use case: the names of its columns, and what is good."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Objective:
    """The figure by which versions are compared; more is better."""

    name: str
    """Of the figure in reports and in a version's metadata: ``auc``, beside ``champion_auc``."""
    metric: str
    """Of CloudWatch's: ``Auc``, beside ``AucDrop``."""
    floor: float
    """What a model reaches that has learnt nothing: the first version's gain is counted from it."""
    score: Callable[[Any, Any], float]
    """Of labels and predictions, two arrays as long."""


@dataclass(frozen=True)
class Task:
    """One supervised task on rows that have a name and a time."""

    use_case: str
    rows: str
    """What the rows are, in words: ``flights``."""
    identifier: str
    """Column that names a row, in traffic and in labels."""
    time: str
    """Column of the moment that a row is about: splits are by it."""
    label: str
    known_at: str
    """Column of label files: when the label became known."""
    features: Sequence[str]
    """Columns that the model is given, in order."""
    categorical: Sequence[str]
    """Those of them that hold no numbers; ``PREDICTION`` too, where it is a class."""
    group_of: Mapping[str, str]
    """Feature to the feature group that it comes from, or ``request``."""
    objective: Objective
    classes: Sequence[object] | None = None
    """What a label may be; ``None`` for a number."""
    answers: Sequence[str] = ()
    """What the model says beside ``PREDICTION``, such as how sure it is: columns of traffic and of
    the baseline, whose drift is drift of the prediction."""
    class_names: Sequence[str] = ()
    """What label files call the classes, in their order; empty where they hold the classes."""

    @property
    def labels_prefix(self) -> str:
        """Where the ground truth lies in the raw bucket, a folder for each batch."""
        return f"labels/{self.use_case}/"

    def numbers(self, labels: Any) -> Any:  # noqa: ANN401 - a pandas series
        """Return labels as they are learnt, ``float64``: a named class by its place.

        Raises:
            ValueError: a label is no number, or no class has its name.
        """
        if not self.class_names:
            return labels.astype("float64")
        places = {name: float(place) for place, name in enumerate(self.class_names)}
        texts = labels.astype(str)
        if strange := sorted(set(texts.unique()) - places.keys()):
            raise ValueError(f"{self.label} must be one of {list(places)}, got {strange[:3]}")
        return texts.map(places).astype("float64")


PREDICTION = "prediction"
"""Name of the model's answer beside the features: in joined traffic and in the baseline."""
LABELS_FILE = "/labels.csv"
"""End of the keys of label files; their columns are identifier, ``known_at`` and label."""

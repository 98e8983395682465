"""The plays that there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from infra.demo.script import Script, Words

if TYPE_CHECKING:
    from infra.demo.cameras import Cameras
    from infra.demo.year import Year


def _year() -> Year:
    from infra.demo.year import Year  # noqa: PLC0415 - pandas takes a second

    return Year()


def _cameras() -> Cameras:
    from infra.demo.cameras import Cameras  # noqa: PLC0415 - so does scikit-learn

    return Cameras()


def auc(truth: Mapping[str, Any], said: Mapping[str, Any]) -> float:
    """Return the area under the ROC curve on the rows that were labelled and answered."""
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415 - as above

    rows = [row for row in truth if row in said]
    return float(roc_auc_score([truth[row] for row in rows], [said[row] for row in rows]))


def accuracy(truth: Mapping[str, Any], said: Mapping[str, Any]) -> float:
    """Return the share of rows whose label was said, of those that were labelled and answered."""
    rows = [row for row in truth if row in said]
    return sum(bool(truth[row] == said[row]) for row in rows) / len(rows)


def _probabilities(answer: str) -> dict[str, float]:
    pairs = (line.split(",") for line in answer.splitlines() if line)
    return {flight: float(probability) for flight, probability in pairs}


def _digits(answer: str) -> dict[str, int]:
    found = {}
    for line in answer.splitlines():
        image, *shares = line.split(",")
        values = [float(share) for share in shares]
        found[image] = values.index(max(values))
    return found


FLIGHTS = Script(
    use_case="flights",
    stack="flights-sandbox",
    year=2013,
    last_month=12,
    broken_month=9,
    words=Words(
        title="Will it land late? A year of the loop on New York's flights",
        rows="flights",
        figure="AUC",
        figure_long="Area under the ROC curve",
        metadata="auc",
        stood="frozen after February",
        period="March to December",
    ),
    load=_year,
    identifier="flight_id",
    prediction=lambda one: one["probability"],
    answered=_probabilities,
    measure=auc,
)
DIGITS = Script(
    use_case="digits",
    stack="vision-sandbox",
    year=2025,
    last_month=6,
    broken_month=5,
    words=Words(
        title="Which digit is it? The loop on images, and a camera that is replaced",
        rows="images",
        figure="accuracy",
        figure_long="Accuracy",
        metadata="accuracy",
        stood="frozen after February",
        period="March to June",
    ),
    load=_cameras,
    identifier="image_id",
    prediction=lambda one: one["digit"],
    answered=_digits,
    measure=accuracy,
    environment="torch",
)
SCRIPTS: Mapping[str, Script] = {one.use_case: one for one in (FLIGHTS, DIGITS)}

"""Starts the steps of a use case on one table: ``steps.pyz STEP``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from pipelines.shared.tabular.declared import TABLE, Declared

Step = Callable[[Sequence[str]], None]


def run(use_case: str, step: str, argv: Sequence[str]) -> None:
    """Run a step of a use case, whose schema holds ``DECLARED``.

    Raises:
        ValueError: there is no such step.
    """
    declared: Declared = import_module(f"pipelines.{use_case}.schema").DECLARED
    if step not in STEPS:
        raise ValueError(f"step must be one of {sorted(STEPS)}, got {step!r}")
    STEPS[step](declared)(argv)


def _shared(name: str) -> Any:  # noqa: ANN401 - a module
    return import_module(f"pipelines.shared.steps.{name}")


def _own(name: str) -> Any:  # noqa: ANN401 - a module
    return import_module(f"pipelines.shared.tabular.steps.{name}")


def _task(declared: Declared) -> Any:  # noqa: ANN401 - see pipelines.shared.tabular.task
    return import_module("pipelines.shared.tabular.task").task(declared)


def _extract(declared: Declared) -> Step:
    del declared
    return partial(_shared("features_extract").run, names=[TABLE])


def _validate(declared: Declared) -> Step:
    shared = _shared("features_validate")
    rules = import_module("pipelines.shared.tabular.task").rules(declared)

    def check(folder: Path) -> Any:  # noqa: ANN401 - violations
        return shared.broken(folder, {TABLE: rules})

    return partial(shared.run, check=check)


def _engineer(declared: Declared) -> Step:
    engineer = import_module(f"pipelines.{declared.use_case}.features").engineer
    return partial(_own("features_engineer").run, declared=declared, engineer=engineer)


def _ingest(declared: Declared) -> Step:
    return partial(
        _shared("features_ingest").run,
        groups=declared.feature_groups(""),
        use_case=declared.use_case,
        first=TABLE,
    )


def _evaluate(declared: Declared) -> Step:
    models = _own("training_evaluate").models(declared)
    return partial(_shared("training_evaluate").run, task=_task(declared), models=models)


def _join(declared: Declared) -> Step:
    parse = partial(_own("drift_join").parse, declared=declared)
    return partial(_shared("drift_join").run, task=_task(declared), parse=parse)


def _with_task(name: str) -> Callable[[Declared], Step]:
    return lambda declared: partial(_shared(name).run, task=_task(declared))


def _with_columns(name: str) -> Callable[[Declared], Step]:
    return lambda declared: partial(_own(name).run, declared=declared)


STEPS: dict[str, Callable[[Declared], Step]] = {
    "features_extract": _extract,
    "features_validate": _validate,
    "features_transform": _with_columns("features_transform"),
    "features_engineer": _engineer,
    "features_ingest": _ingest,
    "training_extract": _with_columns("training_extract"),
    "training_validate": _with_task("training_validate"),
    "training_split": _with_task("training_split"),
    "train": _with_columns("train"),
    "training_evaluate": _evaluate,
    "drift_join": _join,
    "drift_compare": _with_task("drift_compare"),
}
"""Each returns what runs a step, given the declared columns; imports come with it alone."""

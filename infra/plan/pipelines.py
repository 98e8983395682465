"""SageMaker pipelines as pipelines: steps, what they wait for, their arguments and their code.

Objects of code are named by the hash of their bytes; here a hash is never the change: the code is
compared file by file, and told for the steps that run it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from infra.plan._code import Archives, CodeChange, archives, compare_code, reached
from infra.plan._steps import RECORD, Edge, Step, followed, moved, renames, steps, strings
from infra.plan._values import Change, changes, items, loaded, mapping, plain, whole


@dataclass(frozen=True, kw_only=True, slots=True)
class StepChange:
    """One step that is not what it was."""

    name: str
    type: str
    """As SageMaker calls it: ``Processing``, ``Condition``."""
    change: Literal["added", "removed", "renamed", "changed"]
    was: str | None = None
    """The name before; ``None`` where it kept it. Steps that only follow a new name are equal."""
    gained: tuple[Edge, ...] = ()
    """What it waits for, reads from, or is a branch of, and did not before."""
    lost: tuple[Edge, ...] = ()
    arguments: tuple[Change, ...] = ()
    """What SageMaker would be asked otherwise; nothing for a step added or removed."""
    code: tuple[str, ...] = ()
    """Changed files that the step runs, by their names within the archive."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PipelineChange:
    """One pipeline that is not what it was."""

    use_case: str
    pipeline: str
    change: Literal["added", "removed", "changed"]
    steps: tuple[StepChange, ...] = ()
    parameters: tuple[Change, ...] = ()
    """By name: type, default and what else is declared of each."""
    settings: tuple[Change, ...] = ()
    """What the definition says beside parameters and steps."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pipelines:
    """What a change does to the pipelines of one stack."""

    pipelines: tuple[PipelineChange, ...] = ()
    code: tuple[CodeChange, ...] = ()
    """Each changed file once, with the steps that run it."""

    def __bool__(self) -> bool:
        """Tell whether anything changed."""
        return bool(self.pipelines or self.code)


def compare(base: Mapping[str, Any], head: Mapping[str, Any]) -> Pipelines:
    """Compare the pipelines of two revisions.

    Both are ``{use case: {pipeline: {"definition": parsed JSON, "code": {key: {file: text}}}}}``;
    a key is that of the code's object, with or without the hash in it.
    """
    found: list[PipelineChange] = []
    code: list[CodeChange] = []
    for use_case in sorted({*map(str, base), *map(str, head)}):
        before, after = _read(base.get(use_case)), _read(head.get(use_case))
        files = compare_code(
            use_case,
            [one.archives for one in before.values()],
            [one.archives for one in after.values()],
        )
        runs: dict[str, list[str]] = {one.file: [] for one in files}
        for name in sorted({*before, *after}):
            one = _compared(use_case, name, before.get(name), after.get(name), runs)
            found += [one] if one is not None else []
        code += [replace(one, steps=tuple(runs[one.file])) for one in files]
    return Pipelines(pipelines=tuple(found), code=tuple(code))


def says_more(old: object, new: object) -> bool:
    """Tell whether two definitions, as JSON, differ in more than the hashes of their code."""
    before, after = (mapping(plain(loaded(one))) for one in (old, new))
    return any(read(before) != read(after) for read in (_unhashed, _parameters, _beside))


def read_steps(definition: object) -> Mapping[str, Step]:
    """Return the steps of a definition, parsed JSON, by name, those within branches too."""
    return steps(mapping(plain(definition)))


def _unhashed(definition: Mapping[str, Any]) -> dict[str, Step]:
    return {name: replace(step, objects={}) for name, step in steps(definition).items()}


@dataclass(frozen=True, slots=True)
class _Pipeline:
    definition: Mapping[str, Any]
    steps: Mapping[str, Step]
    archives: Archives


_NOTHING: Final = _Pipeline({}, {}, {})


def _read(use_case: object) -> dict[str, _Pipeline]:
    found = {}
    for name, pipeline in mapping(use_case).items():
        definition = mapping(plain(mapping(pipeline).get("definition")))
        code = archives(mapping(pipeline).get("code"))
        found[whole(str(name))] = _Pipeline(definition, steps(definition), code)
    return found


def _compared(
    use_case: str,
    name: str,
    before: _Pipeline | None,
    after: _Pipeline | None,
    runs: dict[str, list[str]],
) -> PipelineChange | None:
    """Compare one pipeline; ``runs`` takes, by changed file, the steps that run it."""
    old, new = before or _NOTHING, after or _NOTHING
    told = [*_steps(name, old, new, runs)]
    parameters = tuple(changes(_parameters(old.definition), _parameters(new.definition)))
    settings = tuple(changes(_beside(old.definition), _beside(new.definition)))
    if before and after and not (told or parameters or settings):
        return None
    return PipelineChange(
        use_case=use_case,
        pipeline=name,
        change="changed" if before and after else "added" if after else "removed",
        steps=tuple(told),
        parameters=parameters,
        settings=settings,
    )


def _steps(
    name: str, old: _Pipeline, new: _Pipeline, runs: dict[str, list[str]]
) -> Iterator[StepChange]:
    names = renames(old.steps, new.steps)
    before = {names.get(was, was): step for was, step in old.steps.items()}
    for one in [*new.steps, *(one for one in before if one not in new.steps)]:
        was, step = before.get(one), new.steps.get(one)
        ran = _ran(was, old.archives) | _ran(step, new.archives)
        files = tuple(sorted(runs.keys() & ran))
        for file in files:
            runs[file].append(f"{name}/{one}")
        if step is None and was is not None:
            edges = tuple(sorted(was.edges))
            yield StepChange(name=one, type=was.type, change="removed", lost=edges, code=files)
        elif was is None and step is not None:
            edges = tuple(sorted(step.edges))
            yield StepChange(name=one, type=step.type, change="added", gained=edges, code=files)
        elif was is not None and step is not None:
            told = _changed(was, step, names, files, [*_unseen(was, step, old, new)])
            yield from [told] if told is not None else []


def _changed(
    was: Step, step: Step, names: Mapping[str, str], files: tuple[str, ...], unseen: list[Change]
) -> StepChange | None:
    edges = moved(was.edges, names)
    before = {"Type": was.type, **followed(was.content, names)}
    told = StepChange(
        name=step.name,
        type=step.type,
        change="changed" if step.name == was.name else "renamed",
        was=None if step.name == was.name else was.name,
        gained=tuple(sorted(step.edges - edges)),
        lost=tuple(sorted(edges - step.edges)),
        arguments=(*changes(before, {"Type": step.type, **step.content}), *unseen),
        code=files,
    )
    return told if told.was or told.gained or told.lost or told.arguments or files else None


def _unseen(was: Step, step: Step, old: _Pipeline, new: _Pipeline) -> Iterator[Change]:
    """Yield objects of code that are others though no file of them can be shown to differ."""
    for name in sorted(was.objects.keys() & step.objects.keys() - {RECORD}):
        if was.objects[name] != step.objects[name] and (
            old.archives.get(name) == new.archives.get(name)
        ):
            known = "the same files" if name in new.archives else "files that are not known here"
            yield Change(path=f"code {name}", old="an object", new=f"another, of {known}")


def _ran(step: Step | None, known: Archives) -> set[str]:
    """Return the files that a step runs, under each name that a changed one may have."""
    if step is None:
        return set()
    found: set[str] = set()
    for archive, files in known.items():
        if any(one.rpartition("/")[2] == archive for one in strings(step.content)):
            ran = reached(files, _words(step.content))
            found |= {*ran, *(f"{archive}/{file}" for file in ran)}
    return found


def _words(content: object) -> Iterator[str]:
    """Yield what names a program, or a module of it, in the commands of a step's containers."""
    for key, value in mapping(content).items():
        if key == "ContainerEntrypoint":
            yield from (one.rpartition("/")[2] for one in strings(value))
        elif key == "ContainerArguments":  # data, but for the first, which a program may run
            yield from list(strings(value))[:1]
        elif key == "sagemaker_program" and isinstance(value, str):
            yield value.strip('"').rpartition("/")[2]
        else:
            for one in items(value):
                yield from _words(one)


def _parameters(definition: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, one in enumerate(items(definition.get("Parameters"))):
        name = mapping(one).get("Name")
        if isinstance(name, str) and name not in found:
            found[name] = {key: item for key, item in one.items() if key != "Name"}
        else:
            found[f"parameter {number + 1}"] = one
    return found


def _beside(definition: Mapping[str, Any]) -> dict[str, Any]:
    return {key: one for key, one in definition.items() if key not in {"Parameters", "Steps"}}

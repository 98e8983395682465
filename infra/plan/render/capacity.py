"""The changes of running capacity, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from infra.plan._runs import Job, Run
from infra.plan._standing import Standing
from infra.plan.capacity import CapacityChange, RunChange, Stored, Totals
from infra.plan.render.safe import capped, counted, inline, listed

MAX_LINES: Final = 40


def markdown(section: CapacityChange) -> str:
    """Return the section, its first line a summary; nothing where no capacity changed."""
    if not section:
        return ""
    lines = [_standing(one.old, one.new) for one in section.standing]
    lines += [line for one in section.runs for line in _run(one)]
    lines += [_stored(one.old, one.new) for one in section.storage]
    if section.head.unknown:
        names = listed([inline(name) for name in section.head.unknown])
        lines.append(f"- not counted, since type or number is not known: {names}")
    return f"**Capacity**: {_summary(section)}\n\n" + "\n".join(capped(lines, MAX_LINES))


def _summary(section: CapacityChange) -> str:
    was, now = section.was, section.now
    told = [f"{_moved(_instances(was), _instances(now))} serving"]
    if was.gpus_most or now.gpus_most or was.gpu_hours_standing or now.gpu_hours_standing:
        hours = _moved(f"{was.gpu_hours_standing:g}", f"{now.gpu_hours_standing:g}")
        told.append(f"GPU-hours standing a month {hours}")
    if section.runs:
        told.append(f"runs of {counted(len(section.runs), 'pipeline')} changed")
    if section.storage:
        told.append(f"storage of {counted(len(section.storage), 'resource')} changed")
    return ", ".join(told)


def _instances(totals: Totals) -> str:
    most = f" (up to {totals.instances_most})" if totals.instances_most > totals.instances else ""
    return f"{counted(totals.instances, 'instance')}{most}"


def _moved(old: str, new: str) -> str:
    return old if old == new else f"{old} → {new}"


def _standing(old: Standing | None, new: Standing | None) -> str:
    one = new or old
    name = f"{one.kind} {inline(one.name)}" if one else ""
    return f"- {name}: {_moved(_stands(old), _stands(new))}"


def _stands(one: Standing | None) -> str:
    if one is None:
        return "none"
    most = f" to {one.most}" if one.most != one.count else ""
    gpus = f", {counted(one.gpus, 'GPU')} each" if one.gpus else ""
    volume = f", {one.volume_gib} GiB each" if one.volume_gib else ""
    return f"{one.count}{most} x {inline(one.size)}{gpus}{volume}"


def _run(change: RunChange) -> Iterator[str]:
    one = change.new or change.old
    if one is None:
        return
    was = change.old or change.new
    hours = _moved(_hours(was), _hours(change.new))
    often = _moved(_often(was), _often(change.new))
    if change.new is None:
        yield f"- a run of {inline(one.pipeline)}: gone"
        return
    new = "new, " if change.old is None else ""
    yield f"- a run of {inline(one.pipeline)}: {new}{hours}; {often}"
    before = {(job.step, job.usage): job for job in (change.old.jobs if change.old else ())}
    for job in change.new.jobs:
        old = before.get((job.step, job.usage))
        if old != job and change.old is not None:
            yield f"  - {inline(job.step)}: {_moved(_job(old), _job(job))}"
    if change.new.unknown:
        names = listed([inline(name) for name in change.new.unknown])
        yield f"  - known only when it runs: {names}"


def _hours(one: Run | None) -> str:
    if one is None:
        return "nothing"
    gpus = sum(job.gpu_hours or 0 for job in one.jobs)
    told = f"at most {sum(job.instance_hours or 0 for job in one.jobs):.4g} instance-hours"
    told += f", {gpus:.4g} GPU-hours" if gpus else ""
    if endless := [inline(job.step) for job in one.jobs if job.instance_hours is None]:
        told += f", and {listed(endless)} without a limit"
    return told


def _often(one: Run | None) -> str:
    if one is None or one.per_month is None:
        return "by no schedule"
    return f"{one.per_month:.3g} times a month"


def _job(job: Job | None) -> str:
    if job is None:
        return "none"
    jobs = f"{job.jobs} jobs of " if job.jobs != 1 else ""
    gpus = f", {counted(job.gpus, 'GPU')} each" if job.gpus else ""
    ends = "" if job.max_hours is None else f", {job.max_hours:.4g} h at most"
    spot = ", spot" if job.spot else ""
    return f"{jobs}{job.instances} x {inline(job.instance_type)}{gpus}{ends}{spot}"


def _stored(old: Stored | None, new: Stored | None) -> str:
    one = new or old
    name = f"{one.kind} {inline(one.name)}" if one else ""
    return f"- {name}: {_moved(_kept(old), _kept(new))}"


def _kept(one: Stored | None) -> str:
    if one is None:
        return "none"
    size = f"{one.gib} GiB, " if one.gib is not None else ""
    kept = "kept" if one.kept_days is None else f"kept {one.kept_days:.4g} days"
    return f"{size}{kept}"

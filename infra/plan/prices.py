"""What capacity costs, where a price file says so: no price is ever invented."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from infra.plan._runs import HOURS_PER_MONTH, Run
from infra.plan._standing import PODS
from infra.plan._values import loaded, mapping, plain, text
from infra.plan.capacity import Capacity, CapacityChange

if TYPE_CHECKING:
    from infra.price_lists import PriceList

FORMAT: Final = 1
OLD_DAYS: Final = 90
MAX_FILE_BYTES: Final = 4 << 20
MAX_USD: Final = 10_000.0
"""An hour; nothing of AWS's that is counted here costs a tenth of it."""


_NAME: Final = re.compile(r"[a-z0-9-]{1,40}")
"""Of a region: a change's own settings say it, and it becomes a path."""


class PriceFileError(ValueError):
    """A price file is not what ``mlops prices refresh`` writes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prices:
    """What ``mlops prices refresh`` kept of AWS's price lists, for one region."""

    region: str
    read: date
    """Day on which the lists were read."""
    lists: Mapping[str, str]
    """Version of each list, by service."""
    usd_per_hour: Mapping[str, float]
    """On demand, by usage type without the region's prefix."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What things of one kind that stand cost a month, in US dollars."""

    kind: str
    base: float
    head: float
    head_most: float
    """With autoscaling at its maximum."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunCost:
    """What one run of a pipeline costs at most, in US dollars."""

    pipeline: str
    base: float | None
    """``None`` where there was no such pipeline."""
    head: float | None
    open_ended: tuple[str, ...]
    """Steps of ``head`` that nothing ends, with their price an hour: they come on top."""
    per_month: float | None
    """Runs that the clock starts, in ``head``."""
    unpriced: bool = False
    """Something in ``head`` has no price: it comes on top."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Money:
    """What a change costs."""

    changes: bool
    """What stands, or what runs start, is another."""
    priced: bool
    """There is a price file; without one there is no figure."""
    source: str
    """Of the prices, with version and date, or why there is none."""
    kinds: tuple[Cost, ...] = ()
    base: float = 0.0
    """A month, of what stands at least; what has no price left out."""
    head: float = 0.0
    head_most: float = 0.0
    runs: tuple[RunCost, ...] = ()
    unpriced: tuple[str, ...] = ()
    """What of ``head`` the price file has no price for: it costs something all the same."""
    budget: float | None = None
    """The stack's, a month."""
    over_budget: bool = False
    """What stands costs more than the budget before anything ran: the change must not go on."""
    warnings: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is a difference, or something to heed."""
        return self.changes or self.over_budget


def file_of(region: str, root: Path) -> Path:
    """Return where the prices of a region lie."""
    return root / "stacks" / "prices" / f"{region}.json"


def load(region: str, root: Path) -> Prices | None:
    """Return the prices of a region; ``None`` where no file has them, or it can be no region.

    Raises:
        PriceFileError: the file is not what ``mlops prices refresh`` writes.
    """
    path = file_of(region, root)
    if not _NAME.fullmatch(region) or not path.is_file():
        return None
    if path.stat().st_size > MAX_FILE_BYTES:
        raise PriceFileError(f"{path.name} must be at most {MAX_FILE_BYTES} bytes")
    return read(path.read_text(encoding="utf-8", errors="replace"), region=region)


def read(written: str, *, region: str) -> Prices:
    """Return the prices that a file holds.

    Raises:
        PriceFileError: it is not what ``mlops prices refresh`` writes.
    """
    found = mapping(plain(loaded(written)))
    if found.get("format") != FORMAT or found.get("region") != region:
        raise PriceFileError(
            f"{region}.json must have format {FORMAT} and region {region!r};"
            f" write it anew: mlops prices refresh -r {region}"
        )
    try:
        day = date.fromisoformat(text(found.get("read")))
    except ValueError as error:
        raise PriceFileError(f"{region}.json: read must be a date") from error
    for usage, usd in mapping(found.get("prices")).items():
        if isinstance(usd, bool) or not isinstance(usd, int | float) or not 0 < usd <= MAX_USD:
            raise PriceFileError(
                f"{region}.json: prices.{usage} must be above 0 and at most {MAX_USD:g},"
                f" got {usd!r:.40}"
            )
    return Prices(
        region=region,
        read=day,
        lists={
            offer: text(mapping(one).get("version"))
            for offer, one in mapping(found.get("lists")).items()
        },
        usd_per_hour={k: float(v) for k, v in mapping(found.get("prices")).items()},
    )


def compare(
    capacity: CapacityChange,
    prices: Prices | None,
    *,
    region: str,
    budget: float | None,
    today: date,
) -> Money:
    """Return what a change of capacity costs.

    ``budget`` is the stack's in US dollars a month, ``None`` without one.
    """
    changes = bool(capacity.standing or capacity.runs)
    if prices is None:
        why = f"no prices of {region}; mlops prices refresh -r {region} reads AWS's lists"
        return Money(changes=changes, priced=False, source=why, budget=budget)
    unpriced: set[str] = set()
    kinds = tuple(_kinds(capacity, prices, unpriced))
    head = sum(one.head for one in kinds)
    age = (today - prices.read).days
    old = f"the prices are {age} days old: mlops prices refresh -r {region}"
    return Money(
        changes=changes,
        priced=True,
        source=", ".join(
            [
                f"AWS's price lists of {prices.region}, on demand, read {prices.read}",
                *(f"{offer} {version}" for offer, version in sorted(prices.lists.items())),
            ]
        ),
        kinds=kinds,
        base=sum(one.base for one in kinds),
        head=head,
        head_most=sum(one.head_most for one in kinds),
        runs=tuple(_runs(capacity, prices, unpriced)),
        unpriced=tuple(sorted(unpriced)),
        budget=budget,
        over_budget=budget is not None and head > budget,
        warnings=(old,) if age > OLD_DAYS else (),
    )


def _kinds(capacity: CapacityChange, prices: Prices, unpriced: set[str]) -> Iterator[Cost]:
    base = _by_kind(capacity.base, prices, set())
    head = _by_kind(capacity.head, prices, unpriced)
    for kind in sorted({*base, *head}):
        least, most = head.get(kind, (0.0, 0.0))
        yield Cost(kind=kind, base=base.get(kind, (0.0, 0.0))[0], head=least, head_most=most)


def _by_kind(
    capacity: Capacity, prices: Prices, unpriced: set[str]
) -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    for one in capacity.standing:
        if one.kind == PODS and one.most:
            unpriced.add(f"{one.kind} {one.size}")  # their nodes cost, whoever has them
        if not one.usage or not one.most:
            continue
        usd = _hourly(one.usage, one.size, prices)
        if usd is None:
            unpriced.add(f"{one.kind} {one.size}")
            continue
        least, most = found.get(one.kind, (0.0, 0.0))
        month = usd * HOURS_PER_MONTH
        found[one.kind] = (least + one.count * month, most + one.most * month)
    return found


def _hourly(usage: str, size: str, prices: Prices) -> float | None:
    if usage == "Mlflow":
        return _named(size, prices)
    return prices.usd_per_hour.get(f"{usage}:{size}" if size.startswith("ml.") else usage)


def _named(size: str, prices: Prices) -> float | None:
    """Return the one price whose usage type names MLflow and the size, if there is one only."""
    found = {
        usd
        for usage, usd in prices.usd_per_hour.items()
        if "mlflow" in usage.lower() and size.lower() in usage.lower()
    }
    return found.pop() if len(found) == 1 else None


def _runs(capacity: CapacityChange, prices: Prices, unpriced: set[str]) -> Iterator[RunCost]:
    base = {run.pipeline: run for run in capacity.base.runs}
    head = {run.pipeline: run for run in capacity.head.runs}
    for pipeline in sorted({*base, *head}):
        was, now = base.get(pipeline), head.get(pipeline)
        without = set[str]()
        yield RunCost(
            pipeline=pipeline,
            base=_run(was, prices, set()),
            head=_run(now, prices, without),
            open_ended=tuple(_open_ended(now, prices)),
            per_month=now.per_month if now else None,
            unpriced=bool(without),
        )
        unpriced |= without


def _run(run: Run | None, prices: Prices, unpriced: set[str]) -> float | None:
    if run is None:
        return None
    total = 0.0
    for job in run.jobs:
        usd = _hourly(job.usage, job.instance_type, prices)
        if usd is None:
            unpriced.add(f"{job.usage} {job.instance_type}")
        elif job.instance_hours is not None:
            total += usd * job.instance_hours
    return total


def _open_ended(run: Run | None, prices: Prices) -> Iterator[str]:
    for job in run.jobs if run else ():
        if job.instance_hours is None:
            usd = _hourly(job.usage, job.instance_type, prices)
            told = "" if usd is None else f", {usd * job.instances * job.jobs:.2f} USD an hour"
            yield f"{job.step}{told}"


def written(lists: Sequence[PriceList], *, region: str, today: date) -> str:
    """Return the file that keeps these lists' prices; :func:`read` reads it."""
    kept = {
        "format": FORMAT,
        "region": region,
        "read": today.isoformat(),
        "lists": {one.offer: {"version": one.version, "published": one.published} for one in lists},
        "prices": dict(sorted({k: v for one in lists for k, v in one.prices.items()}.items())),
    }
    return json.dumps(kept, indent=1) + "\n"

"""AWS's public price lists, read as they stream in and cut to what running capacity needs.

A list is a file per service and region that anybody may read: five rows about the list, then a row
for each price (docs.aws.amazon.com, "Reading the service price list file for an AWS service").
"""

from __future__ import annotations

import csv
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Final

import requests

BASE: Final = "https://pricing.us-east-1.amazonaws.com"
OFFERS: Final = ("AmazonSageMaker", "AmazonVPC", "AmazonKinesis")
"""EC2's list, which has NAT gateways, is left out: it takes hundreds of megabytes."""
REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-\d{1,2}")
MAX_BYTES: Final = 1 << 29
MAX_LINE_BYTES: Final = 1 << 18
MAX_SECONDS: Final = 900
TIMEOUT_SECONDS: Final = (10, 60)
"""To connect, and for each part of the answer."""
_CHUNK: Final = 1 << 16
_WANTED: Final = re.compile(
    r"(Host|AsyncInf|Train|Processing|Tsform|Notebk):ml\.[\w.-]+"
    r"|VpcEndpoint-Hours|Storage-ShardHour|OnDemand-StreamHour|[\w:.-]*mlflow[\w:.-]*",
    re.IGNORECASE,
)
_REGION_PREFIX: Final = re.compile(r"[A-Z]{2,4}\d{0,2}-")
"""Usage types begin with a short name of the region, in us-east-1 of some services with none."""
_COLUMNS: Final = ("TermType", "Unit", "PricePerUnit", "Currency", "usageType")


class PriceListError(Exception):
    """A price list cannot be had, or is none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PriceList:
    """One service's prices in one region."""

    offer: str
    version: str
    published: str
    """When AWS published it, as the list says it."""
    prices: Mapping[str, float]
    """US dollars an hour on demand, by usage type without the region's prefix."""
    ambiguous: Sequence[str] = field(default=())
    """Usage types with more than one price: which one holds the list alone does not say."""


def read(offer: str, region: str, *, base: str = BASE) -> PriceList:
    """Download one list and return the prices that running capacity needs.

    Raises:
        PriceListError: there is no network or no such list, or it is not in AWS's format.
    """
    url = f"{base.rstrip('/')}/offers/v1.0/aws/{offer}/current/{region}/index.csv"
    try:
        with requests.get(url, stream=True, timeout=TIMEOUT_SECONDS) as answer:
            if answer.status_code in {403, 404}:  # S3 says 403 for what does not exist
                raise PriceListError(
                    f"{offer} has no price list for region {region!r}:"
                    f" {url} answered {answer.status_code}"
                )
            if not answer.ok:
                raise PriceListError(f"{url} answered {answer.status_code}, try again later")
            return parse(_lines(answer.iter_content(_CHUNK), url), offer=offer, url=url)
    except requests.RequestException as error:
        raise PriceListError(f"{url} cannot be read: {type(error).__name__}: {error}") from error


def parse(lines: Iterator[str], *, offer: str, url: str) -> PriceList:
    """Read the lines of a list.

    Raises:
        PriceListError: they are not in AWS's format, or hold no price that is needed.
    """
    rows = csv.reader(lines)
    try:
        about, header = _head(rows)
        if about.get("OfferCode") != offer or not about.get("Version"):
            raise PriceListError(f"{url} must be the price list of {offer}, got {about!r:.200}")
        if missing := [name for name in _COLUMNS if name not in header]:
            raise PriceListError(f"{url} must have the columns {missing}, got {header!r:.200}")
        places = [header.index(name) for name in _COLUMNS]
        found: dict[str, set[float]] = {}
        for row in rows:
            if len(row) != len(header):
                raise PriceListError(
                    f"{url} must have {len(header)} columns in each row, got {len(row)}"
                )
            _take([row[place] for place in places], found)
    except csv.Error as error:
        raise PriceListError(f"{url} must be CSV: {error}") from error
    if not found:
        raise PriceListError(f"{url} must hold on-demand prices in USD that are needed, holds none")
    return PriceList(
        offer=offer,
        version=about["Version"],
        published=about.get("Publication Date", ""),
        prices={usage: min(prices) for usage, prices in found.items() if len(prices) == 1},
        ambiguous=tuple(sorted(usage for usage, prices in found.items() if len(prices) > 1)),
    )


def _head(rows: Iterator[list[str]]) -> tuple[dict[str, str], list[str]]:
    """Return what the first rows say of the list, and the names of its columns."""
    about: dict[str, str] = {}
    for row in rows:
        if row[:1] == ["SKU"]:
            return about, row
        if len(about) > 10:  # noqa: PLR2004 - twice as many as there are
            break
        if len(row) > 1:
            about[row[0]] = row[1]
    return about, []


def _take(row: Sequence[str], found: dict[str, set[float]]) -> None:
    term, unit, price, currency, usage = row
    usage = _REGION_PREFIX.sub("", usage, count=1)
    if term != "OnDemand" or currency != "USD" or not _WANTED.fullmatch(usage):
        return
    if "hr" not in unit.lower() and "hour" not in unit.lower():
        return
    try:
        usd = float(price)
    except ValueError:
        return
    if isfinite(usd) and usd > 0:  # a free tier's price is nobody's in the end
        found.setdefault(usage, set()).add(usd)


def _lines(chunks: Iterator[bytes], url: str) -> Iterator[str]:
    """Yield lines with their ends, and stop where the list is longer than any is."""
    size, rest = 0, b""
    began = time.monotonic()
    for chunk in chunks:
        size += len(chunk)
        *whole, rest = (rest + chunk).split(b"\n")
        if size > MAX_BYTES:
            raise PriceListError(f"{url} must be at most {MAX_BYTES} bytes, is longer")
        if time.monotonic() - began > MAX_SECONDS:
            raise PriceListError(f"{url} must come within {MAX_SECONDS} seconds, takes longer")
        if len(rest) > MAX_LINE_BYTES:
            raise PriceListError(f"{url} must have lines of at most {MAX_LINE_BYTES} bytes")
        yield from (f"{line.decode(errors='replace')}\n" for line in whole)
    if rest:
        yield rest.decode(errors="replace")

"""Which pages the site's navigation names; read by the build and by the tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from typing import Any


def expanded(nav: Any, pages: Iterable[str]) -> Any:
    """Return the navigation with each pattern (``adr/*``) replaced by the pages it stands for."""
    pages = sorted(set(pages))
    rest = [page for page in pages if page not in set(named(nav))]

    def walk(node: Any) -> Any:
        match node:
            case dict():
                return {title: walk(below) for title, below in node.items()}
            case list():
                return [one for item in node for one in flat(item)]
            case _:
                return node

    def flat(item: Any) -> list[Any]:
        if isinstance(item, str) and "*" in item:
            return [page for page in rest if fnmatch(page, item)]
        return [walk(item)]

    return walk(nav)


def named(nav: Any) -> Iterator[str]:
    """Yield every page and pattern of a navigation."""
    match nav:
        case dict():
            for below in nav.values():
                yield from named(below)
        case list():
            for item in nav:
                yield from named(item)
        case str():
            yield nav


def missing(nav: Any, pages: Iterable[str]) -> list[str]:
    """Return the pages that no reader would find."""
    pages = set(pages)
    return sorted(pages - set(named(expanded(nav, pages))))

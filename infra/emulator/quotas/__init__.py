"""Service Quotas of SageMaker: how many instances of each type may run for what."""

from __future__ import annotations

from moto.servicequotas.responses import ServiceQuotasResponse

from infra.emulator.context import Context
from infra.emulator.patches import replace
from infra.emulator.quotas.api import methods
from infra.emulator.quotas.book import Book

_books: dict[int, Book] = {}


def install(context: Context) -> None:
    """Answer Service Quotas' calls about SageMaker until the emulator stops."""
    book = _books[id(context)] = Book(context.clock.now)
    context.on_stop.append(lambda: _books.__delitem__(id(context)))
    for name, method in methods(book).items():
        replace(context, ServiceQuotasResponse, name, method)


def book(context: Context) -> Book | None:
    """Return the quotas of this emulator; ``None`` where the part is not installed."""
    return _books.get(id(context))

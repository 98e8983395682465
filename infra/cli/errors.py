"""Errors a person can act on: said in a few lines, without a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from infra.apply.down import ProtectedError
from infra.apply.state import StateError
from infra.demo.errors import DemoError
from infra.emulator.launch import StartError
from infra.emulator.remote import AdminError
from infra.explore.errors import ExploreError
from infra.feature_schemas import SchemaChangeError
from infra.new.errors import NewError
from infra.orchestrators.errors import ExportError
from infra.promote import PromotionError
from infra.released import ReleaseError
from pipelines.compile import CompileError
from stacks.errors import StackError

EXPECTED = (
    AdminError,
    BotoCoreError,
    DemoError,
    ExploreError,
    ExportError,
    ClientError,
    CompileError,
    NewError,
    PromotionError,
    ProtectedError,
    ReleaseError,
    StackError,
    StartError,
    StateError,
    LookupError,
    SchemaChangeError,
)


@contextmanager
def told(console: Console) -> Iterator[None]:
    """Print an expected error as it is and exit with 1; let all others through."""
    try:
        yield
    except EXPECTED as error:
        console.print(f"[red]{type(error).__name__}[/]", end=" ")
        console.print(str(error), markup=False, highlight=False)
        raise typer.Exit(1) from error

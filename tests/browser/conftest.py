"""The machine's own Chromium, and the page over an emulator with some history.

Runs in ``.venv-browser``: what is served runs in a process of the project's own environment.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv" / "bin" / "python"
NAMES = ("chromium", "chromium-browser", "google-chrome")
SHOTS = ROOT / "build" / "browser"


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Serve the page."""
    with subprocess.Popen(
        [PYTHON, "-m", "tests.ui.stand"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        told = process.stdout.readline().strip()
        assert told.startswith("http"), told
        yield told
        process.communicate("")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Return the browser; a test skips where the machine has none."""
    api = pytest.importorskip("playwright.sync_api", reason="make test-browser has Playwright")
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"there is none of {', '.join(NAMES)} on PATH")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


class Watched:
    """A page of the browser, with what it complained of and whom it asked."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.asked: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))

    def _console(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)


@pytest.fixture
def opened(chromium: Any) -> Iterator[Any]:
    """Return what opens a page of a width, in a scheme."""
    contexts = []

    def open_page(width: int = 1280, scheme: str = "light", **options: Any) -> Watched:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, **options
        )
        contexts.append(context)
        return Watched(context.new_page())

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def paths(chromium: Any, address: str) -> dict[str, str]:
    """Return the path of one page of each kind, by name."""
    found = {"front": "/"}
    sections = ("pipelines", "endpoint", "drift", "alarms", "decisions", "registry", "lineage")
    found |= {name: f"/flights/{name}" for name in (*sections, "experiments")}
    page = chromium.new_page()
    for name, start, part in (
        ("pipeline", "/flights/pipelines", "/flights/pipelines/training"),
        ("run", "/flights/pipelines/training", "/flights/pipelines/training/"),
        ("alarm", "/flights/alarms", "/flights/alarms/"),
        ("decision", "/flights/decisions", "/flights/decisions/"),
        ("version", "/flights/registry", "/flights/registry/"),
    ):
        page.goto(f"{address}{start}")
        link = page.locator(f'main a[href^="{part}"]').first
        found[name] = str(link.get_attribute("href"))
    page.close()
    return found | {"missing": "/flights/nothing"}

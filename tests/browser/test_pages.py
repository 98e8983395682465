"""What only a browser can tell of the page: widths, colours, keyboard, scripts, other hosts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import SHOTS, Watched

pytestmark = pytest.mark.browser
Opener = Callable[..., Watched]
KINDS = (
    *("front", "pipelines", "pipeline", "run", "endpoint", "drift", "alarms", "alarm"),
    *("decisions", "decision", "registry", "version", "lineage", "experiments", "missing"),
)
GRAVE = frozenset({"serious", "critical"})


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_fits_its_width_and_breaks_no_serious_rule_of_axe(
    opened: Opener, address: str, paths: dict[str, str], width: int, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    watched = opened(width, scheme)
    page = watched.page
    SHOTS.mkdir(parents=True, exist_ok=True)
    found: list[str] = []
    for kind in KINDS:
        page.goto(f"{address}{paths[kind]}")
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        page.screenshot(path=SHOTS / f"{kind}-{width}-{scheme}.png", full_page=True)
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        found += [f"{kind}: {over} px too wide"] if over > 0 else []
        for one in axe.run(page).response["violations"]:
            if one["impact"] in GRAVE:
                where = ", ".join(str(node["target"]) for node in one["nodes"][:3])
                found.append(f"{kind}: {one['id']}: {one['help']}: {where}")
    assert found == []
    complaints = [one for one in watched.complaints if "404" not in one]  # the missing page's own
    assert complaints == []


def test_no_page_asks_another_host(opened: Opener, address: str, paths: dict[str, str]) -> None:
    watched = opened()
    for kind in KINDS:
        watched.page.goto(f"{address}{paths[kind]}")
    assert len(watched.asked) > len(KINDS)
    assert [url for url in watched.asked if not url.startswith(address)] == []


def test_the_tour_is_possible_by_keyboard_alone(opened: Opener, address: str) -> None:
    page = opened().page
    page.goto(address)
    page.keyboard.press("Tab")
    assert focused(page)["text"] == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    for name, heading in (
        ("All figures of this decision", "Decision of"),
        ("Registry", "Versions of flights"),
        ("Lineage", "Lineage of what is live"),
        ("Pipelines", "Pipelines of flights"),
        ("training", "Pipeline training"),
        ("Drift", "Drift of flights"),
    ):
        tab_to(page, name)
        page.keyboard.press("Enter")
        page.wait_for_load_state()
        assert heading in page.locator("h1").inner_text()


def test_what_has_the_focus_is_seen(opened: Opener, address: str) -> None:
    for scheme in ("light", "dark"):
        page = opened(scheme=scheme).page
        page.goto(address)
        for _ in range(12):
            page.keyboard.press("Tab")
            if focused(page)["text"]:
                assert focused(page)["outline"] == "solid"


def test_both_answers_are_on_the_first_screen(opened: Opener, address: str) -> None:
    page = opened().page
    page.goto(address)
    for question in (
        "Why was the last retraining refused?",
        "What data was the live model trained on?",
    ):
        title = page.get_by_role("heading", name=question)
        answer = page.locator("section.answer", has=title).locator(".lead")
        box = answer.bounding_box()
        assert box["y"] + box["height"] <= 900, "no need to scroll"


def test_the_page_refreshes_itself_and_can_be_paused(opened: Opener, address: str) -> None:
    watched = opened()
    page = watched.page
    page.goto(address)
    read_at = page.locator("#read-at")
    before = read_at.inner_text()
    read_at.filter(has_not_text=before).wait_for()
    pause = page.get_by_role("button", name="Pause")
    pause.click()
    assert pause.get_attribute("aria-pressed") == "true"
    assert page.locator("#said").inner_text() == "Refreshing is paused"
    page.reload()
    assert page.locator("#pause").get_attribute("aria-pressed") == "true", "it is remembered"


def test_what_is_open_or_in_focus_outlives_a_refresh(opened: Opener, address: str) -> None:
    page = opened().page
    page.goto(f"{address}/flights/drift")
    details = page.locator("details").first
    details.locator("summary").click()
    page.evaluate("document.querySelector('main h3').textContent = 'old'")  # to differ
    before = page.locator("#read-at").inner_text()
    page.locator("#reload").focus()
    page.keyboard.press("Enter")
    page.locator("#read-at").filter(has_not_text=before).wait_for()
    assert page.locator("main h3").first.inner_text() != "old"
    assert details.get_attribute("open") is not None
    assert focused(page)["text"] == "Read again"


def test_a_page_whose_server_ended_says_since_when_it_is_old(opened: Opener, address: str) -> None:
    page = opened().page
    page.goto(address)
    page.route("**/*", lambda route: route.abort())
    page.locator("#reload").click()
    told = page.locator("#stale")
    told.wait_for(state="visible")
    assert re.search(r"Nothing new since \d\d:\d\d:\d\d UTC", told.inner_text())


def test_without_scripts_every_page_still_says_the_same(
    opened: Opener, address: str, paths: dict[str, str]
) -> None:
    plain, scripted = opened(java_script_enabled=False).page, opened().page
    for kind in ("front", "run", "drift"):
        for page in (plain, scripted):
            page.goto(f"{address}{paths[kind]}")
        texts = [page.locator("main").inner_text() for page in (plain, scripted)]
        without, with_scripts = (re.sub(r"\d+ (s|min|h) ago|just now", "", one) for one in texts)
        assert without == with_scripts
    assert not plain.locator("#pause").is_visible(), "nothing would happen"
    assert plain.locator("#reload").is_visible()


def test_a_print_leaves_out_what_paper_cannot_do(opened: Opener, address: str) -> None:
    page = opened().page
    page.goto(address)
    page.emulate_media(media="print")
    assert not page.locator("#pause").is_visible()
    assert not page.locator(".top nav").is_visible()
    assert page.locator(".lead").first.is_visible()


def focused(page: Any) -> dict[str, str]:
    told: dict[str, str] = page.evaluate(
        "(() => { const one = document.activeElement, style = getComputedStyle(one);"
        " return { text: one === document.body ? '' : one.textContent.trim(),"
        " outline: style.outlineStyle }; })()"
    )
    return told


def tab_to(page: Any, name: str) -> None:
    """Press Tab until what is in focus bears the name."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if focused(page)["text"] == name:
            return
    raise AssertionError(f"{name} is not reached by keyboard")

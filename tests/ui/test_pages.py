"""The page over a stack with some months behind it: what a person finds, and that nothing moves."""

from __future__ import annotations

import html
import json
import re
import socket
from collections.abc import Iterator

import pytest
import requests

from infra.apply.state import EmulatorStore
from infra.ui.guard import HEADERS
from infra.ui.read_only import READS
from tests.emulator.pipelines.helpers import definition
from tests.people import support as people
from tests.ui.conftest import Site
from tests.ui.history import (
    DRIFT_RUNS,
    HOSTILE,
    LIVE,
    REFUSED,
    ROLE,
    STACK,
    VERSIONS,
    executions,
    fail,
    stand,
)
from tests.ui.serving import served

IAM = {
    ("s3", "HeadObject"): "s3:GetObject",
    ("s3", "ListObjectVersions"): "s3:ListBucketVersions",
    ("s3", "ListObjectsV2"): "s3:ListBucket",
    ("resourcegroupstaggingapi", "GetResources"): "tag:GetResources",
}
"""What IAM calls operations that it does not call by their own names."""
SECTIONS = (
    *("pipelines", "endpoint", "drift", "alarms", "decisions", "registry", "lineage"),
    "experiments",
)


def words(page: str) -> str:
    """Return a page's text as a reader meets it."""
    main = page[page.index("<main") : page.index("</main>")]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", main)))


def panel(page: str, name: str) -> str:
    """Return the text of one part of a page."""
    _, found, rest = page.partition(f'data-panel="{name}"')
    assert found, f"no part {name}"
    return words(f"<main>{rest.partition('</section>')[0]}</main>")


def links(page: str) -> Iterator[str]:
    for found in re.findall(r'href="(/[^"#]*)', page):
        yield html.unescape(found)


@pytest.fixture
def denied(site: Site) -> Iterator[set[str]]:
    yield site.denied
    site.denied.clear()


@pytest.fixture(scope="module")
def front(site: Site) -> str:
    return site.text("/")


def test_the_front_page_says_why_the_last_retraining_was_refused(front: str) -> None:
    said = panel(front, "flights-refused")
    assert "The newest data is broken" in said
    assert REFUSED in said
    assert "data_quality" in said
    assert "29 June 2013" in said
    assert "retrain" in said, "what was decided since"


def test_the_front_page_says_what_the_live_model_was_trained_on(front: str) -> None:
    said = panel(front, "flights-live")
    assert f"Version {LIVE}: 81,234 rows, from 1 January 2013 to 31 March 2013" in said
    assert "3 objects, 1 replaced or gone since" in said
    assert "0123456789ab on main" in said


def test_a_link_beside_each_answer_leads_to_its_detail(site: Site, front: str) -> None:
    answer = front.partition('data-panel="flights-refused"')[2].partition("</section>")[0]
    decision = next(link for link in links(answer) if "/decisions/" in link)
    detail = words(site.text(decision))
    assert "new labels, counted up to the minimum 27,020" in detail
    assert "data quality alarm that was on data-quality" in detail
    assert '/flights/lineage"' in front


def test_the_front_page_says_what_stands_and_what_it_was_made_from(front: str) -> None:
    said = panel(front, "standing")
    assert "2 resources" in said
    assert "0123456789ab on main" in said
    assert f"dashboards {STACK}" in said
    assert "auc-drop" in panel(front, "alarms")


def test_a_version_that_was_approved_and_is_not_live_is_told(site: Site, front: str) -> None:
    assert f"version {VERSIONS} is to serve, {LIVE} does" in words(front)
    assert f"version {VERSIONS}: not live" in panel(site.text("/flights/endpoint"), "served")
    assert f"serves version {LIVE}, approved last is version {VERSIONS}" in words(
        site.text("/flights/lineage")
    )


def test_a_failed_run_shows_step_reason_parameters_and_the_end_of_its_log(site: Site) -> None:
    sagemaker = site.emulator.context.client("sagemaker", "us-east-1")
    newest = executions(sagemaker, "training")[0].rpartition("/")[2]
    page = site.text(f"/flights/pipelines/training/{newest}")
    said = words(page)
    assert "batch 2013-06 has no column origin" in panel(page, "log")
    assert "reading broken" in panel(page, "log")
    assert "Extract" in panel(page, "why")
    assert "Batch broken" in panel(page, "parameters")
    assert "<svg" in page.partition('class="picture"')[2]
    assert "Failed, " in said, "the picture tells what became of each step"


def test_what_a_condition_answered_is_told_where_a_run_ended_well(site: Site) -> None:
    sagemaker = site.emulator.context.client("sagemaker", "us-east-1")
    first = executions(sagemaker, "training")[-1].rpartition("/")[2]
    assert "answered no" in words(site.text(f"/flights/pipelines/training/{first}"))


def test_a_pipeline_that_never_ran_says_so(site: Site) -> None:
    assert "Never ran" in panel(site.text("/flights/pipelines"), "batch")


def test_long_histories_come_in_pages(site: Site) -> None:
    first = site.text("/flights/pipelines/drift")
    older = next(link for link in links(first) if "after=" in link)
    runs = [set(re.findall(r"/drift/([0-9a-z]+)\"", page)) for page in (first, site.text(older))]
    assert not runs[0] & runs[1]
    assert len(runs[0] | runs[1]) == DRIFT_RUNS
    decisions = site.text("/flights/decisions")
    older = next(link for link in links(decisions) if "after=" in link)
    assert "day 70" in words(site.text(older))
    assert "day 70" not in words(decisions)
    versions = site.text("/flights/registry")
    assert f"/registry/{VERSIONS}" in versions
    older = next(link for link in links(versions) if "after=" in link)
    assert '/registry/1"' in site.text(older)


def test_decisions_can_be_narrowed_to_a_kind(site: Site) -> None:
    said = words(site.text("/flights/decisions?kind=shadow"))
    assert "version 12 beside version 11" in said
    assert "cool_down" not in said


def test_drift_is_drawn_with_its_thresholds_and_told_in_words(site: Site) -> None:
    page = site.text("/flights/drift?days=30")
    assert "alarms above 0.25" in page
    told = page.partition('aria-label="Features, worst of each group (PSI). ')[2].partition('"')[0]
    assert "weather: newest 81.92" in told
    assert "9 of 12 above the threshold 0.25" in told
    rows = panel(page, "features")
    assert rows.index("temp") < rows.index("seats"), "the worst first"


def test_traffic_is_drawn_from_cloudwatch(site: Site) -> None:
    page = site.text("/flights/endpoint?days=30")
    assert 'aria-label="Requests. live: newest 20, between 20 and 31."' in page
    assert "live mean: newest 12 ms" in page


def test_alarms_tell_how_they_came_to_their_state(site: Site) -> None:
    page = site.text("/flights/alarms")
    assert "data-quality came to be OK" in panel(page, "history")
    one = words(site.text("/flights/alarms/data-quality"))
    assert one.index("came to be OK") < one.index("came to be ALARM"), "newest first"


def test_a_version_tells_metrics_approver_and_data(site: Site) -> None:
    row = words(site.text("/flights/registry"))
    assert "0.7123" in row
    assert "by hand, by root" in row
    said = words(site.text(f"/flights/registry/{LIVE}"))
    assert "replaced since" in said
    assert "s3://raw/flights/batch=2013-02/flights.csv" in said


def test_text_of_others_is_shown_and_not_obeyed(site: Site, front: str) -> None:
    pipeline = site.text("/flights/pipelines/features")
    run = next(link for link in links(pipeline) if link.startswith("/flights/pipelines/features/"))
    for page in (front, site.text(run)):
        assert "<script>alert" not in page
        assert HOSTILE in html.unescape(page)


@pytest.fixture(scope="module")
def walked(site: Site) -> set[tuple[str, str]]:
    """Services and operations that every kind of page asks, found by following links."""
    site.calls.clear()
    seen: set[str] = set()
    waiting = ["/"]
    while waiting:
        path = waiting.pop()
        shape = re.sub(r"[0-9a-f]{12}|\d+|(?<=/decisions/)[^?]+|(?<=after=).+", "N", path)
        if shape in seen or path.startswith("/static"):
            continue
        seen.add(shape)
        waiting += links(site.text(path))
    assert len(seen) > 25, seen
    return set(site.calls)


def test_only_reading_calls_leave_the_process(walked: set[tuple[str, str]]) -> None:
    operations = {operation for _, operation in walked}
    assert len(operations) > 20, operations
    assert {one for one in operations if not one.startswith(READS)} == set()


def test_an_ml_engineer_may_ask_all_that_the_page_asks(walked: set[tuple[str, str]]) -> None:
    """By the actions' names alone; which resources these reach, tests of people tell."""
    asked = {IAM.get(call, ":".join(call)) for call in walked} - {"sts:GetCallerIdentity"}
    policy = json.loads(
        people.graph(people.PEOPLED[0])["people-ml-engineer-policy"].inputs["policy"]
    )
    granted = {action for one in policy["Statement"] for action in one["Action"]}
    assert sorted(asked - granted) == []


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", ["/", "/flights/decisions", "/static/ui.css", "/nowhere"])
def test_what_would_change_something_is_refused(site: Site, method: str, path: str) -> None:
    answer = requests.request(method, f"{site.address}{path}", timeout=60)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1"]
)
def test_a_name_that_is_not_this_machines_is_refused(site: Site, host: str) -> None:
    port = site.address.rpartition(":")[2]
    answer = site.get("/", headers={"Host": host.format(port=port)})
    assert answer.status_code == 421
    assert STACK not in answer.text


def test_the_server_answers_on_this_machine_alone(site: Site) -> None:
    port = int(site.address.rpartition(":")[2])
    with pytest.raises(OSError), socket.create_connection(("127.0.0.2", port), timeout=5):  # noqa: PT011 - the system's words
        pass


def test_no_other_site_may_read_frame_or_embed_a_page(site: Site) -> None:
    for path in ("/", "/static/ui.js", "/nowhere"):
        answer = site.get(path, headers={"Origin": "https://evil.example"})
        assert answer.headers.items() >= HEADERS.items()
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_nothing_is_loaded_from_elsewhere(site: Site) -> None:
    for path in ("/", *(f"/flights/{section}" for section in SECTIONS)):
        page = site.text(path)
        loaded = re.findall(r'<(?:script|link|img|iframe|source)[^>]*(?:src|href)="([^"]*)"', page)
        assert loaded
        assert [one for one in loaded if not one.startswith("/static/")] == []
        assert "style=" not in page, "the policy lets in no style of an element's own"


@pytest.mark.parametrize(
    "path", ["/nowhere", "/flights/nothing", "/other/drift", "/flights/registry/999"]
)
def test_a_page_that_is_not_there_says_so_in_words(site: Site, path: str) -> None:
    answer = site.get(path)
    said = words(answer.text)
    assert answer.status_code in {404, 200}
    assert "no page" in said or "must be one of ['flights'], got 'other'" in said or "999" in said


def test_a_value_that_a_page_does_not_take_says_so(site: Site) -> None:
    answer = site.get("/flights/drift?days=5")
    assert answer.status_code == 400
    assert "days" in words(answer.text)


def test_a_refused_api_takes_its_part_along_and_no_other(site: Site, denied: set[str]) -> None:
    denied.add("DescribeAlarms")
    page = site.text("/")
    assert "may not call DescribeAlarms" in panel(page, "alarms")
    assert f"Version {LIVE}" in panel(page, "flights-live")
    denied.update({"DescribeEndpoint", "ListTables"})
    page = site.text("/")
    assert "may not call DescribeEndpoint" in panel(page, "flights-live")
    assert "may not call ListTables" in panel(page, "flights-refused")
    assert "2 resources" in panel(page, "standing")


def test_without_an_emulator_the_page_says_how_to_start_one() -> None:
    with served(lambda: None) as address:
        said = words(requests.get(address, timeout=60).text)
    assert f"mlops up -s {STACK}" in said
    assert "--aws" in said


def test_an_emulator_that_went_away_is_told() -> None:
    with served(lambda: "http://127.0.0.1:9") as address:
        said = words(requests.get(f"{address}/flights/drift", timeout=60).text)
    assert "no emulator answers at http://127.0.0.1:9" in said


def test_a_stack_that_has_only_just_come_to_stand_is_told_without_a_complaint(
    site: Site,
) -> None:
    url, bare = site.emulator.endpoint_url, "vision-sandbox"
    stand(url, bare)
    sagemaker = site.emulator.context.client("sagemaker", "us-east-1")
    sagemaker.create_pipeline(
        PipelineName=f"{bare}-digits-training",
        RoleArn=ROLE,
        PipelineDefinition=definition(fail("Nothing")),
    )
    try:
        with served(lambda: url, stack=bare) as address:
            for path in ("", *(f"digits/{section}" for section in SECTIONS)):
                answer = requests.get(f"{address}/{path}", timeout=60)
                assert answer.status_code == 200, path
                if path != "digits/decisions":  # no gate stands here, and the page says so
                    assert 'class="trouble"' not in answer.text, (path, words(answer.text))
                if not path:
                    said = words(answer.text)
                    assert "keeps no decisions" in said
                    assert "No model is live yet" in said
                    assert "training never ran" in said
    finally:
        store = EmulatorStore(url)
        with store.locked(bare):
            store.remove(bare)


def test_a_stack_that_does_not_stand_is_told_with_what_does(site: Site) -> None:
    url = site.emulator.endpoint_url
    with served(lambda: url, stack="flights-dev") as address:
        said = words(requests.get(address, timeout=60).text)
    assert "flights-dev does not stand" in said
    assert f"what stands is {STACK}" in said

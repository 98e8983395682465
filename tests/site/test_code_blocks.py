"""Every code block of README and docs/ runs, or is checked as far as it can be without AWS."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from typer.testing import CliRunner

from infra.cli.main import app
from stacks.config import Environment
from stacks.errors import StackError
from stacks.layers import SETTINGS, load
from tests.site.blocks import BLOCKS, PAGES, ROOT, SPANS, Block, blocks_of
from tests.site.commands import UnknownError, check, lines_of

SHELLS = {"sh", "bash", "console"}
LANGUAGES = {*SHELLS, "python", "yaml", "json", "text", "ts", "typescript"}
ELSEWHERE = {
    ("docs/serving.md", "yaml"): "tests/unit/config/test_serving_docs.py",
    ("docs/package.md", "yaml"): "tests/package/test_schema.py",
    ("docs/package.md", "ts"): "tests/package/test_schema.py",
}
"""Blocks that a test of their own runs, or holds equal to the files that it runs."""
NOT_RUN = {"docs/features.md": 1, "docs/spark.md": 1}
"""By page, how many blocks say why they are compiled only."""
INSTANT = ("config", "--help")
"""Commands that need neither an emulator nor an account nor time."""
ANSWERED = """
import boto3
boto3.setup_default_session(
    region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
)
class Answer:  # instead of AWS, once its model has taken the request
    status_code = 200
boto3.DEFAULT_SESSION.events.register("before-call.*", lambda **_: (Answer, {}))
"""


def of(*languages: str) -> list[Block]:
    return [
        one
        for one in BLOCKS
        if one.language in languages and (one.page, one.language) not in ELSEWHERE
    ]


def made_before(block: Block) -> frozenset[str]:
    """Return the stacks that the page's blocks make, up to this one."""
    found = set()
    for one in BLOCKS:
        if one.page == block.page and one.line <= block.line and one.language in SHELLS:
            for words in lines_of(one.text):
                if words[1:3] == ["stack", "new"]:
                    found.add(f"{words[3]}-{words[words.index('--as') + 1]}")
                if words[1:3] == ["new", "use-case"]:
                    found |= {f"{words[3]}-{one}" for one in get_args(Environment)}
    return frozenset(found)


def put(project: Path, stack: str, key: str, values: Any) -> None:
    """Merge settings into the stack's own file, below ``key``."""
    path = project / "stacks" / f"Pulumi.{stack}.yaml"
    whole = yaml.safe_load(path.read_text())
    for part in reversed(key.split(".") if key else []):
        values = {part: values}
    whole["config"][SETTINGS] = merged(whole["config"][SETTINGS] or {}, values)
    path.write_text(yaml.safe_dump(whole))


def merged(under: Any, over: Any) -> Any:
    if not isinstance(under, dict) or not isinstance(over, dict):
        return over
    both = {key: merged(under[key], over[key]) for key in under.keys() & over.keys()}
    return {**under, **over, **both}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks", ignore=shutil.ignore_patterns("*.pyc"))
    return tmp_path


def test_every_block_says_what_it_is() -> None:
    assert not [f"{one}: {one.language!r}" for one in BLOCKS if one.language not in LANGUAGES]


def broken_lists(text: str) -> list[int]:
    """Return the lines that GitHub takes as part of a list's item, and the site does not."""
    lines = text.splitlines()
    return [
        number
        for number, (before, line) in enumerate(pairwise(["", *lines]), 1)
        if not before.strip() and re.match(r" {1,3}\S", line)
    ]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_belongs_to_a_list_is_indented_by_four(path: Path) -> None:
    assert not broken_lists(path.read_text(encoding="utf-8"))


def test_what_falls_out_of_a_list_is_found() -> None:
    assert broken_lists("1. first\n\n   more\n\n2. second\n\n    more\n") == [3]


def test_blocks_are_tested_elsewhere_where_it_is_said_so() -> None:
    for (page, language), test in ELSEWHERE.items():
        assert [one for one in BLOCKS if (one.page, one.language) == (page, language)]
        assert page.rpartition("/")[2] in (ROOT / test).read_text(encoding="utf-8")


def test_what_cannot_run_is_counted_and_says_why() -> None:
    assert Counter(one.page for one in BLOCKS if one.note == "not run") == NOT_RUN


@pytest.mark.parametrize("block", of("python"), ids=str)
def test_python_runs(block: Block) -> None:
    if block.text.startswith("--8<--"):
        included = block.text.split('"')[1]
        assert included.startswith("docs/examples/"), "test_examples.py runs these alone"
        assert (ROOT / included).is_file()
        return
    compile(block.text, str(block), "exec")
    if block.note == "not run":
        imported(block)
        return
    if "import" not in block.text:
        exec(compile(f"{given(block)}\n{block.text}", str(block), "exec"), {})  # noqa: S102
        return
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join([ANSWERED, given(block), block.text])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def given(block: Block) -> str:
    return block.said if block.note == "given" else ""


def imported(block: Block) -> None:
    """Check that what a block takes from modules, and calls of them, is there."""
    tree = ast.parse(block.text)
    there: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            exec(compile(ast.Module([node], []), str(block), "exec"), there)  # noqa: S102 - an import
    for one in ast.walk(tree):
        if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name):
            module = there.get(one.value.id)
            assert module is None or hasattr(module, one.attr), ast.unparse(one)


@pytest.mark.parametrize("block", of("json"), ids=str)
def test_json_is_json(block: Block) -> None:
    json.loads(block.text)


@pytest.mark.parametrize("block", of("yaml"), ids=str)
def test_settings_are_taken_by_the_stack_that_the_page_names(block: Block, project: Path) -> None:
    assert block.note == "settings", f"{block}: say before it <!-- settings: STACK KEY -->"
    stack, _, key = block.said.partition(" ")
    put(project, stack, key, yaml.safe_load(block.text))
    assert load(stack, project)


@pytest.mark.parametrize("block", of(*SHELLS), ids=str)
def test_a_command_is_one_that_its_program_takes(block: Block) -> None:
    made = made_before(block)
    for words in lines_of(block.text):
        check(words, made=made)
        if words[0].removeprefix(".venv/bin/") == "mlops" and set(INSTANT) & set(words):
            done = CliRunner().invoke(app, words[1:])
            assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("place", "span"),
    [
        (place, span)
        for place, span in SPANS
        if span.split(" ")[0].removeprefix(".venv/bin/") in {"aws", "make", "mlops", "pulumi"}
        and len(span.split()) > 1
        and "…" not in span
    ],
)
def test_a_command_within_a_sentence_exists(place: str, span: str) -> None:
    assert place
    for words in lines_of(span):
        check(words, whole=False)


@pytest.mark.parametrize(
    "shell",
    [
        "mlops nothing",
        "mlops verify --nope",
        "mlops verify -s flights-moon",
        "mlops promote",
        "make nothing",
        "pulumi nothing",
        "pulumi up --stack flights-moon",
        "aws nothing list",
        "aws sagemaker list-nothing",
        "aws sagemaker describe-endpoint --nope x",
        "python -m infra.nothing",
        "curl https://example.com",
    ],
)
def test_a_command_that_does_not_exist_is_found(shell: str) -> None:
    with pytest.raises(UnknownError):
        check(lines_of(shell)[0])


def test_settings_that_break_a_rule_are_found(project: Path) -> None:
    put(project, "flights-prod", "use_cases.flights.serving", {"weight": 3})
    with pytest.raises(StackError):
        load("flights-prod", project)


def test_a_comment_speaks_of_the_block_right_after_it() -> None:
    first = "<!-- given: a = 1 -->\n```python\na\n```\n\n"
    second = "<!-- not run: b -->\n\nwords\n\n```python\nc\n```\n"
    found = [(one.note, one.said) for one in blocks_of("page", first + second)]
    assert found == [("given", "a = 1"), ("", "")]

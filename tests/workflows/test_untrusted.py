"""What a fork's code may write into its plan, and what is left of it in a comment."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.forge.untrusted import LONGEST, UntrustedError, bounded, harmless, read

ROOT = Path(__file__).parents[2]
ACTS = {
    "a mention": ("thanks @someone, @org/team", r"@\w"),
    "a mention spelt as an entity": ("&#64;someone &commat;someone", r"&(#64|commat)"),
    "an issue": ("fixes #12, GH-12, owner/repo#12", r"#\d|GH-\d"),
    "a merge request, label, milestone": ("!12 ~bug %next $3", r"[!~%$]\w"),
    "an image": ("![x](https://tracker.example/a.png)", r"\]\(|https:"),
    "a link": ("[approve](javascript:alert(1)) [x][y] [z]: u", r"\]\(|\]\[|\]:|javascript:"),
    "a bare link": ("https://evil.example www.evil.example", r"https:|www\."),
    "a bare link after what Markdown lets stand before": (
        "_https://e.example *www.e.example ~ftp:x",
        r"https:|www\.|ftp:",
    ),
    "a link that Markdown takes a backslash from": (
        "https\\://e.example https:\\/\\/e www\\.e.example",
        r"https\\?:|:\\?/|www\\?\.",
    ),
    "a link of any scheme, as GitLab has it": ("irc://evil.example", "://"),
    "a picture drawn of text": ("```mermaid\ngraph TD\n```\n> ~~~ geojson\n~~~", r"(```|~~~) ?\w"),
    "a label by its name": ('~"a label" %"a milestone"', '[~%]"'),
    "a tag": ("<img src=x onerror=y><a href='z'>q</a><!-- mlops: plan -->", r"<[a-z!/]|-->"),
    "a command of GitLab": ("/approve\n  /merge\n", r"(?m)^\s*/\w"),
    "text that runs backwards": ("safe\u202e\u2066\u200b\x1b[31m", "[\u202e\u2066\u200b\x1b]"),
}


@pytest.mark.parametrize(("text", "acts"), ACTS.values(), ids=ACTS)
def test_what_acts_becomes_text(text: str, acts: str) -> None:
    assert re.search(acts, text), "the text does what it is said to"
    assert not re.search(acts, harmless(text))


def test_what_tells_stays_as_it_is() -> None:
    plan = (
        "# Plan\n\n| stack | changes |\n|---|---|\n| flights-dev | 3 |\n\n<details>\n"
        "<summary>all</summary>\n\n```diff\n- a &lt; b\n+ c\n```\n</details>\n"
        "- **replaced** `x-y`\n"
    )
    assert harmless(plan) == plan


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("@#!~%$&/<>-[]()ab1:; \nGHw.https_\\`")))
def test_nothing_acts_whatever_is_written(text: str) -> None:
    told = harmless(text)
    assert not re.search(r"[@#!~%$]\w|\]\(|<!--|:\\?/\\?/|(?m:^\s*/\w)", told)
    assert harmless(told.replace("\u2060", "")) == told


LONG = (
    "\n",
    " ",
    "\t\n",
    "`",
    "~",
    "``` ",
    "<b ",
    "<",
    "&",
    "](",
    "-",
    ":",
    "https",
    "/",
    "[",
    "\\",
)


def test_no_text_takes_long_to_make_harmless() -> None:
    """Of patterns that look back, 128 KiB of some of these take many minutes."""
    code = f"""if True:
        from infra.forge.untrusted import harmless
        for one in {LONG!r}:
            for before in ("", "```", "<b"):
                harmless(before + one * (131_072 // len(one)))
    """
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)


def test_a_long_text_is_cut_and_says_where_the_rest_is() -> None:
    assert bounded("x" * LONGEST, "there") == "x" * LONGEST
    cut = bounded("x" * (LONGEST + 1), "there it is")
    assert len(cut) == LONGEST
    assert cut.endswith("x\n\n… cut: there it is.\n")


@pytest.mark.parametrize("what", ["missing", "link", "folder", "pipe", "long", "binary", "empty"])
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, what: str) -> None:
    file = tmp_path / "plan.md"
    match what:
        case "link":
            (tmp_path / "secret").write_text("token")
            file.symlink_to(tmp_path / "secret")
        case "folder":
            file.mkdir()
        case "pipe":
            os.mkfifo(file)
        case "long":
            file.write_bytes(b"x" * (4 * LONGEST + 1))
        case "binary":
            file.write_bytes(b"\xff\xfe")
        case "empty":
            file.write_text(" \n")
    with pytest.raises(UntrustedError, match=r"plan\.md must (be|hold)"):
        read(file)

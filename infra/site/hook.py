"""MkDocs' hook: adds the generated pages, opens patterns of the navigation, looks for hosts.

It runs in the site's own environment, where nothing of the project's is installed.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Final

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

from infra.site import hosts, nav

GENERATED: Final = Path("build/docs/pages")
"""Where ``python -m infra.site`` writes pages, laid out as below ``docs/``."""
_MENTION: Final = re.compile(r"(?<!\[)`docs/([\w/-]+\.md)`")
_ROLE: Final = re.compile(r":(?:class|func|meth|attr|data|mod|exc|obj):(?=<code>)")
"""What docstrings write for Sphinx stands bare on the site."""


def on_config(config: Any) -> None:
    """On GitHub, say where the site will stand: its error page finds its style by that alone."""
    owner, _, name = os.environ.get("GITHUB_REPOSITORY", "").partition("/")
    if name and not config["site_url"]:
        config["site_url"] = f"https://{owner}.github.io/{name}/"


def on_files(files: Files, config: Any) -> Files:
    """Add what was generated, then name the pages that patterns stand for."""
    for path in sorted(GENERATED.rglob("*.md")):
        name = path.relative_to(GENERATED).as_posix()
        files.append(File.generated(config, name, content=path.read_text(encoding="utf-8")))
    pages = [file.src_uri for file in files.documentation_pages()]
    config["nav"] = nav.expanded(config["nav"], pages)
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Link what is mentioned as a page of ``docs/``; strict mode finds one that is not there."""
    here = Path(page.file.src_uri).parent

    def link(found: re.Match[str]) -> str:
        target = os.path.relpath(found[1], here)
        return found[0] if found[1] == page.file.src_uri else f"[{found[0]}]({target})"

    return _MENTION.sub(link, markdown)


def on_page_content(html: str, **_: Any) -> str:
    """Take Sphinx's roles off the code that they mark."""
    return _ROLE.sub("", html)


def on_post_build(config: Any) -> None:
    """Refuse a site that asks another host for anything.

    Raises:
        PluginError: a page or a style sheet does.
    """
    if found := list(hosts.offenders(Path(config["site_dir"]))):
        raise PluginError("the site must load nothing from another host, got " + "; ".join(found))

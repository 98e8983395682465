"""Text that a fork's code may have written, made harmless before a bot posts it under its name."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Final

LONGEST: Final = 65_536
"""Characters that GitHub takes in a comment or an issue; GitLab takes more."""
_FILE_BYTES: Final = 4 * LONGEST
_APART: Final = "\u2060"
"""Word joiner: invisible, and what it stands in is a name no more."""
_TAGS: Final = r"/?(?:details|summary|br|sub|sup|b|i)\s*/?>"
"""HTML that a plan is folded with; any other is shown as text."""
_ENTITIES: Final = r"(?:lt|gt|amp|quot|nbsp|#124);"
_APART_AFTER: Final = (
    (rf"<(?!{_TAGS})(?=[A-Za-z/!?])", f"<{_APART}"),
    (rf"&(?!{_ENTITIES})(?=[#\w])", f"&{_APART}"),  # an entity may spell an @
    (r"@(?=\w)", f"@{_APART}"),
    (r"([#!~%$])(?=[\w\"])", rf"\1{_APART}"),
    (r"(?i)(?<![a-z0-9])(GH)-(?=\d)", rf"\1{_APART}-"),
    (r"\](?=[(\[:])", f"]{_APART}"),
    (r"(?i)(?<![a-z0-9])(https?|ftp|mailto|javascript|data)(?=\\?:)", rf"\1{_APART}"),
    (r":(?=\\?/\\?/)", f":{_APART}"),  # GitLab links any scheme
    (r"(?i)(?<![a-z0-9])(www)(?=\\?\.)", rf"\1{_APART}"),
    (r"((?<!`)`{3,}+|(?<!~)~{3,}+)([ \t]*+)(?=\w)(?!diff\b)", rf"\1\2{_APART}"),  # as mermaid is
    (r"(?m)^([ \t]*+)/(?=\w)", rf"\1{_APART}/"),
    (r"--(?=>)", f"--{_APART}"),
)
"""What a name, a reference, a tag, a link, a picture or a command is parted by.

None looks twice at what it has passed: of a stranger's text that would take hours.
"""


class UntrustedError(ValueError):
    """A file is not a text that may be posted."""


def read(path: Path) -> str:
    """Return the text of a regular file of at most 256 KiB; no link is followed.

    Raises:
        UntrustedError: there is none, or it is a link, too long, empty, or not UTF-8.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise UntrustedError(f"{path} must be a file, got {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise UntrustedError(f"{path} must be a regular file")
    with os.fdopen(handle, "rb") as file:
        content = file.read(_FILE_BYTES + 1)
    return check(content, str(path))


def check(content: bytes, what: str) -> str:
    """Return the text that ``content`` is.

    Raises:
        UntrustedError: it is too long, empty, or not UTF-8.
    """
    if len(content) > _FILE_BYTES:
        raise UntrustedError(f"{what} must be at most {_FILE_BYTES} bytes, got more")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise UntrustedError(f"{what} must be UTF-8, got {error.reason}") from error
    if not text.strip():
        raise UntrustedError(f"{what} must hold a text, got none")
    return text


def harmless(text: str) -> str:
    """Return the text without what acts rather than tells.

    Nobody is mentioned, nothing referred to, loaded or drawn, no link hidden behind other words, no
    marker of ours imitated, and no line is a command of GitLab (``/approve``). A backslash within,
    which Markdown takes away, changes none of that.
    """
    text = "".join(one for one in text if one in "\n\t" or one.isprintable())
    for pattern, behind in _APART_AFTER:
        text = re.sub(pattern, behind, text)
    return text


def bounded(text: str, whole: str) -> str:
    """Return at most :data:`LONGEST` characters; ``whole`` says where all of a cut text is."""
    note = f"\n\n… cut: {whole}.\n"
    return text if len(text) <= LONGEST else text[: LONGEST - len(note)] + note

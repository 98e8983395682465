"""The code of pipeline steps: what changed in it, and which files a step runs."""

from __future__ import annotations

import difflib
import hashlib
import posixpath
import re
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from infra.plan._values import mapping, whole
from pipelines.compiled import Artifact, CompiledPipeline

MAX_DIFF_LINES: Final = 400
"""Of one file; the rest is counted."""
MAX_COMPARED_LINES: Final = 1_500
"""Of one file, between its unchanged beginning and end: comparing takes their product or more."""
MAX_ALL_COMPARED_LINES: Final = 8_000
"""Of all files of a use case, so that no change takes minutes to compare."""
MAX_FILE_BYTES: Final = 1_000_000
MAX_DOTS: Final = 20
"""Of a module's name; a longer one is none."""
CONTEXT: Final = 3
_HUNK: Final = re.compile(r"([-+])(\d+)")
_IMPORT: Final = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]{0,5000}\)|[^\n]*)"
    r"|import[ \t]+([^\n]*))",
    re.M,
)

Files = Mapping[str, str]
Archives = Mapping[str, Files]
"""By the archive's name, as its key ends: the text of each file in it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeChange:
    """One file of a use case's step code that is not what it was."""

    use_case: str
    file: str
    """Name within the archive; the archive's name before it where archives differ in the file."""
    change: Literal["added", "removed", "changed"]
    added: int
    """Lines."""
    removed: int
    """Lines."""
    diff: tuple[str, ...]
    """Hunks of a unified diff, at most ``MAX_DIFF_LINES`` lines."""
    omitted: int = 0
    """Lines of the diff that were left out."""
    steps: tuple[str, ...] = ()
    """``pipeline/step`` of those that run it, as far as import statements tell."""


def read_code(pipeline: CompiledPipeline) -> dict[str, dict[str, str]]:
    """Return the text of the code that a compiled pipeline refers to, by key and file.

    What is no text has its other bytes spelled out; files beyond 1 MB tell size and hash only.

    Raises:
        OSError: an artifact cannot be read.
    """
    return {
        artifact.key: {name: _text(body) for name, body in _members(artifact)}
        for artifact in pipeline.artifacts
    }


def _members(artifact: Artifact) -> Iterator[tuple[str, bytes]]:
    path = artifact.path
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as zipped:
            yield from ((one.filename, zipped.read(one)) for one in zipped.infolist())
    elif tarfile.is_tarfile(path):
        with tarfile.open(path) as packed:
            for one in packed:
                if (file := packed.extractfile(one)) is not None:
                    yield one.name, file.read()
    else:
        yield posixpath.basename(artifact.key), path.read_bytes()


def _text(body: bytes) -> str:
    if len(body) > MAX_FILE_BYTES:
        return f"({len(body)} bytes, SHA-256 {hashlib.sha256(body).hexdigest()})\n"
    return body.decode(errors="backslashreplace")


def archives(code: object) -> dict[str, dict[str, str]]:
    """Return the archives of a snapshot's ``code`` by name."""
    return {
        posixpath.basename(str(key)): {
            whole(str(name)): whole(str(body)) for name, body in mapping(files).items()
        }
        for key, files in mapping(code).items()
    }


def compare_code(
    use_case: str, before: Sequence[Archives], after: Sequence[Archives]
) -> list[CodeChange]:
    """Return each file that changed, once however many archives hold it."""
    old, new = _united(before), _united(after)
    found: list[CodeChange | None] = []
    left_lines = MAX_ALL_COMPARED_LINES

    def changed(file: str, was: str | None, now: str | None) -> CodeChange | None:
        nonlocal left_lines
        one = _changed(use_case, file, was, now, most=min(left_lines, MAX_COMPARED_LINES))
        left_lines -= one.added + one.removed if one else 0
        return one

    for file in sorted({*old, *new}):
        left, right = old.get(file, {}), new.get(file, {})
        if left == right:
            continue
        texts = {(left.get(archive), right.get(archive)) for archive in {*left, *right}}
        if len(texts) == 1 or len({*left.values()}) == len({*right.values()}) == 1:
            found.append(changed(file, _any(left), _any(right)))
        else:
            found += [
                changed(f"{archive}/{file}", left.get(archive), right.get(archive))
                for archive in sorted({*left, *right})
                if left.get(archive) != right.get(archive)
            ]
    return [one for one in found if one is not None]


def _united(several: Sequence[Archives]) -> dict[str, dict[str, str]]:
    """Return the text of each file in each archive; equal archives of pipelines are one."""
    found: dict[str, dict[str, str]] = {}
    for one in several:
        for archive, files in one.items():
            for file, text in files.items():
                found.setdefault(file, {})[archive] = text
    return found


def _any(texts: Mapping[str, str]) -> str | None:
    return next(iter(texts.values()), None)


def _changed(
    use_case: str, file: str, old: str | None, new: str | None, *, most: int
) -> CodeChange | None:
    if old == new:
        return None  # it lies in another archive now
    diff, added, removed = unified(_lines(old), _lines(new), most)
    kind: Literal["added", "removed", "changed"] = "changed"
    if old is None or new is None:
        kind = "added" if old is None else "removed"
    return CodeChange(
        use_case=use_case,
        file=file,
        change=kind,
        added=added,
        removed=removed,
        diff=tuple(diff[:MAX_DIFF_LINES]),
        omitted=max(0, len(diff) - MAX_DIFF_LINES),
    )


def _lines(text: str | None) -> list[str]:
    return (text or "").removesuffix("\n").split("\n") if text else []


def unified(
    old: Sequence[str], new: Sequence[str], most: int = MAX_COMPARED_LINES
) -> tuple[list[str], int, int]:
    """Return the hunks of a unified diff, and how many lines it adds and removes.

    Where more than ``most`` lines lie between the beginning and the end that both share, all of
    them are replaced.
    """
    start = end = 0
    shorter = min(len(old), len(new))
    while start < shorter and old[start] == new[start]:
        start += 1
    while end < shorter - start and old[-1 - end] == new[-1 - end]:
        end += 1
    if max(len(old), len(new)) - start - end > most:
        left, right = old[start : len(old) - end], new[start : len(new) - end]
        header = f"@@ -{start + 1},{len(left)} +{start + 1},{len(right)} @@"
        replaced = [*(f"-{line}" for line in left), *(f"+{line}" for line in right)]
        return [header, *replaced], len(right), len(left)
    first = max(0, start - CONTEXT)
    beyond = max(0, end - CONTEXT)
    hunks = difflib.unified_diff(
        old[first : len(old) - beyond], new[first : len(new) - beyond], n=CONTEXT, lineterm=""
    )
    lines = [_shifted(line, first) for line in list(hunks)[2:]]  # without the files' names
    added = sum(line.startswith("+") for line in lines)
    return lines, added, sum(line.startswith("-") for line in lines)


def _shifted(line: str, lines: int) -> str:
    """Count a hunk's lines from the file's beginning."""
    if not line.startswith("@@"):
        return line
    return _HUNK.sub(lambda found: f"{found[1]}{int(found[2]) + lines}", line)


def reached(files: Files, words: Iterable[str]) -> frozenset[str]:
    """Return the files that run where a command line of ``words`` starts the archive.

    Import statements are followed. Where no word names a file, or a module, all files may run.
    """
    modules = _modules(files)
    named = set(words)
    begin = {
        file
        for file in files
        if {posixpath.basename(file), posixpath.basename(file).removesuffix(".py")} & named
    }
    if not begin:
        return frozenset(files)
    waiting = [*begin, *({"__main__.py"} & files.keys())]
    found: set[str] = set()
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found.add(file)
        waiting += [modules[one] for one in _imported(file, files[file]) if one in modules]
    return frozenset(found)


def _modules(files: Files) -> dict[str, str]:
    return {
        file.removesuffix(".py").removesuffix("/__init__").replace("/", "."): file
        for file in files
        if file.endswith(".py")
    }


@lru_cache(maxsize=4096)
def _imported(file: str, text: str) -> frozenset[str]:
    """Return the modules that a file may import, and the packages around them and around itself."""
    here = file.removesuffix(".py").split("/")[:-1]
    found = {".".join(here)}
    for source, names, plainly in _IMPORT.findall(text):
        if plainly:
            found |= {one.split(" as ")[0].strip() for one in plainly.split(",")}
            continue
        dots = len(source) - len(source.lstrip("."))
        above = here[: len(here) - dots + 1] if dots else []
        module = ".".join([*above, *filter(None, [source.lstrip(".")])])
        listed = names.strip("()").replace("\n", " ").split(",")
        found |= {module, *(f"{module}.{_name(one)}" for one in listed)}
    found = {one for one in found if one.count(".") <= MAX_DOTS}
    around = {one.rsplit(".", count)[0] for one in found for count in range(1, one.count(".") + 1)}
    return frozenset(found | around)


def _name(imported: str) -> str:
    return imported.partition("#")[0].strip().split(" as ")[0].strip()

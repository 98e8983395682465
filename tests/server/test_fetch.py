"""A model's archive is unpacked within its folder and within bounds, or not at all."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from pipelines.server.fetch import MAX_MEMBERS, UNFINISHED, FetchError, fetch, unpack
from pipelines.server.settings import Settings

URL = "s3://models/a/model.tar.gz"
GOOD = {"weights.json": b"[1]", "code/inference.py": b"x = 1\n"}


def archive(files: dict[str, bytes], *more: tarfile.TarInfo, mode: str = "w:gz") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as tar:  # type: ignore[call-overload]
        for name, body in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
        for member in more:
            tar.addfile(member)
    return buffer.getvalue()


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


@pytest.fixture
def put(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bytes], Any]]:
    """Return a function that puts the model's archive."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="models")
        yield lambda body: s3.put_object(Bucket="models", Key="a/model.tar.gz", Body=body)


def told(settings: Callable[..., Settings], **more: str) -> Settings:
    return settings(None, MODEL_DATA_URL=URL, **more)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "cannot be unpacked"),
        (b"no archive", "cannot be unpacked"),
        (archive(GOOD)[:-20], "cannot be unpacked"),
        (archive({"weights": bytes(range(256)) * 4000})[:2000], "cannot be unpacked"),
        (archive(GOOD)[:40] + b"\0\1\2\3" + archive(GOOD)[44:], "cannot be unpacked"),
        (archive({"../outside": b"x"}), "outside the destination"),
        (archive({"/etc/outside": b"x"}), None),
        (archive({}, link("out", "../../etc")), "outside the destination"),
        (archive({}, link("out", "/etc/passwd")), "absolute path"),
        (archive({}, link("out", "../../x", tarfile.LNKTYPE)), "outside the destination"),
        (archive({}, link("device", "", tarfile.CHRTYPE)), "special file"),
        (archive({"bomb": bytes(3 * 2**20)}), "must unpack to at most 2 MiB"),
        (archive({f"{i}": bytes(2**20) for i in range(3)}), "must unpack to at most 2 MiB"),
    ],
    ids=[
        "empty", "text", "cut", "cut within", "damaged", "upwards", "absolute", "link up",
        "absolute link", "hard link", "device", "bomb", "bomb of several",
    ],
)  # fmt: skip
def test_an_archive_that_is_none_or_leads_outside_is_refused(
    tmp_path: Path, body: bytes, reason: str | None
) -> None:
    target = tmp_path / "within/model"
    target.mkdir(parents=True)
    if reason is None:  # an absolute path is taken as one below the folder
        unpack(io.BytesIO(body), target, most=2 * 2**20, name=URL)
        assert (target / "etc/outside").read_bytes() == b"x"
    else:
        with pytest.raises(FetchError, match=reason):
            unpack(io.BytesIO(body), target, most=2 * 2**20, name=URL)
    assert [one.name for one in tmp_path.rglob("*outside")] == (["outside"] if not reason else [])


def test_an_archive_of_too_many_files_is_refused(tmp_path: Path) -> None:
    body = archive({str(number): b"" for number in range(MAX_MEMBERS + 1)}, mode="w")
    with pytest.raises(FetchError, match=f"at most {MAX_MEMBERS} files"):
        unpack(io.BytesIO(body), tmp_path, most=2**20, name=URL)


def test_an_object_that_is_too_large_is_not_downloaded(
    put: Any, settings: Callable[..., Settings]
) -> None:
    put(bytes(2 * 2**20))
    with pytest.raises(FetchError, match=r"must be at most 1 MiB, got 2.0"):
        fetch(told(settings, MAX_MODEL_MIB="1"))


def test_an_object_that_is_not_there_is_told(put: Any, settings: Callable[..., Settings]) -> None:
    del put
    with pytest.raises(FetchError, match=f"{URL} cannot be read: .*NoSuchKey"):
        fetch(told(settings))


def test_another_digest_is_refused(put: Any, settings: Callable[..., Settings]) -> None:
    put(archive(GOOD))
    with pytest.raises(FetchError, match="must have the digest abc"):
        fetch(told(settings, MODEL_DATA_SHA256="abc"))


def test_an_empty_folder_is_filled(put: Any, settings: Callable[..., Settings]) -> None:
    body = archive(GOOD)
    put(body)
    given = told(settings, MODEL_DATA_SHA256=hashlib.sha256(body).hexdigest().upper())
    fetch(given)
    files = {one.relative_to(given.model_dir).as_posix() for one in given.model_dir.rglob("*.*")}
    assert files == set(GOOD)


def test_a_folder_that_has_a_model_is_left_alone(
    put: Any, settings: Callable[..., Settings]
) -> None:
    put(archive(GOOD))
    given = told(settings)
    given.model_dir.mkdir()
    (given.model_dir / "mine").touch()
    fetch(given)
    assert [one.name for one in given.model_dir.iterdir()] == ["mine"]


def test_what_an_earlier_start_left_half_done_is_done_again(
    put: Any, settings: Callable[..., Settings]
) -> None:
    put(archive(GOOD))
    given = told(settings)
    (given.model_dir / UNFINISHED).mkdir(parents=True)
    (given.model_dir / "code").mkdir()
    (given.model_dir / "left").touch()
    fetch(given)
    assert sorted(one.name for one in given.model_dir.iterdir()) == ["code", "weights.json"]

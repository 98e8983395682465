from __future__ import annotations

import zipfile
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pytest

from infra.graph.assets import Archive, Asset, is_asset, opened
from infra.graph.evaluate import evaluate


def test_an_asset_of_a_program_opens_to_its_file(tmp_path: Path) -> None:
    (tmp_path / "step.py").write_text("print()")

    def program() -> None:
        aws.s3.BucketObjectv2(
            "code", bucket="b", source=pulumi.FileAsset(str(tmp_path / "step.py"))
        )

    graph = evaluate(program, project="p", stack="s")
    source = graph["code"].inputs["source"]
    assert is_asset(source)
    assert opened(source).read() == b"print()"


def test_an_archive_of_a_program_opens_to_its_members() -> None:
    def program() -> None:
        code = pulumi.AssetArchive(
            {
                "handler.py": pulumi.StringAsset("def handle(): ..."),
                "lib": pulumi.AssetArchive({"a.py": pulumi.StringAsset("")}),
            }
        )
        aws.lambda_.Function("gate", code=code, role="arn:r")

    archive = opened(evaluate(program, project="p", stack="s")["gate"].inputs["code"])
    assert isinstance(archive, Archive)
    assert list(archive.files()) == ["handler.py", "lib/a.py"]


def test_the_same_files_are_the_same_archive_wherever_they_lie(tmp_path: Path) -> None:
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "a.py").write_text("1")
    one, two = Archive(path=str(tmp_path / "one")), Archive(path=str(tmp_path / "two"))
    assert one.read() == two.read()
    assert one.sha256() == two.sha256() == Archive(members={"a.py": Asset(text="1")}).sha256()


def test_another_content_or_name_is_another_archive() -> None:
    archives = [
        Archive(members={"a.py": Asset(text="1")}),
        Archive(members={"a.py": Asset(text="2")}),
        Archive(members={"b.py": Asset(text="1")}),
    ]
    assert len({archive.sha256() for archive in archives}) == 3


def test_a_zip_file_is_sent_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "code.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.py", "1")
    archive = Archive(path=str(path))
    assert archive.read() == path.read_bytes()
    assert archive.files() == {"a.py": b"1"}


def test_fails_on_a_remote_asset() -> None:
    def program() -> None:
        aws.s3.BucketObjectv2("o", bucket="b", source=pulumi.RemoteAsset("https://a.example/x"))

    source = evaluate(program, project="p", stack="s")["o"].inputs["source"]
    with pytest.raises(ValueError, match="must be a file or text, got a remote one"):
        opened(source)


def test_fails_on_what_is_no_asset() -> None:
    with pytest.raises(ValueError, match="asset must be"):
        opened({"path": "x"})

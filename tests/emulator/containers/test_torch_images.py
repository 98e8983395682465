"""Images that need torch: where they run, and with which Python; they run in tests/torch."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.emulator.containers import images, own_server, shims
from infra.emulator.containers.images import family_of
from infra.emulator.containers.model import UnknownImageError
from pipelines.server import tag

ACCOUNT = "763104351884.dkr.ecr.us-east-1.amazonaws.com"
IMAGES = [
    f"{ACCOUNT}/pytorch-training:2.10.0-cpu-py313",
    f"{ACCOUNT}/pytorch-inference:2.6.0-gpu-py312",
    tag.image("123456789012.dkr.ecr.eu-central-1.amazonaws.com", "vision-dev"),
]


@pytest.mark.parametrize("image", IMAGES)
def test_without_torch_they_are_refused_with_the_remedy(
    image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "ROOT", tmp_path)
    with pytest.raises(UnknownImageError, match="torch is not installed: make torch"):
        family_of(image)


@pytest.mark.parametrize("image", IMAGES)
def test_with_torch_they_share_its_python(
    image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = tmp_path / ".venv-torch/lib/python3.11/site-packages"
    packages.mkdir(parents=True)
    python = tmp_path / ".venv-torch/bin/python"
    python.parent.mkdir()
    python.touch()
    monkeypatch.setattr(images, "ROOT", tmp_path)
    family = family_of(image)
    assert (family.name, family.python) == ("pytorch", python)
    assert shims.packages(family) == [str(packages)]
    tools = shims.write(tmp_path / "bin", family)
    assert f'exec "{python}"' in (tools / "python").read_text()


def test_our_server_finds_its_own_modules_and_no_others(tmp_path: Path) -> None:
    environment = own_server.write(tmp_path)
    assert environment == {"PYTHONPATH": str(tmp_path)}
    assert {one.name for one in (tmp_path / "pipelines").iterdir()} == {"__init__.py", "server"}

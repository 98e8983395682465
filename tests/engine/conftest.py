"""Pulumi's engine with the emulator behind the provider."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.emulator.server import Emulator
from tests.engine.cli import Cli

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Run one emulator for the tests of a module; each module begins empty."""
    with Emulator(workspace=tmp_path_factory.mktemp("workspace")) as running:
        yield running


@pytest.fixture(scope="module")
def provider_port(emulator: Emulator) -> Iterator[int]:
    """Serve the types of AWS to engines, on a free port, as the command does."""
    with served(emulator, "aws") as port:
        yield port


@pytest.fixture(scope="module")
def kubernetes_port(emulator: Emulator) -> Iterator[int]:
    """Serve the types of Kubernetes, beside the other."""
    with served(emulator, "kubernetes") as port:
        yield port


@contextmanager
def served(emulator: Emulator, package: str) -> Iterator[int]:
    """Run a provider in a process of its own, and yield its port.

    The emulator forks, which a process that speaks gRPC had better not.
    """
    command = [sys.executable, "-m", "infra.engine", "--endpoint", emulator.endpoint_url]
    command += ["--package", package]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as provider:
        assert provider.stdout is not None
        yield int(json.loads(provider.stdout.readline())["port"])
        provider.terminate()


@pytest.fixture(scope="module")
def pulumi(
    emulator: Emulator,
    provider_port: int,
    kubernetes_port: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[Path, str], Cli]:
    """Return the command line for a project and a stack, with a backend of the module's own."""
    backend = tmp_path_factory.mktemp("backend")
    environment = {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": emulator.endpoint_url,
        "AWS_SECRET_ACCESS_KEY": "local",
        "PULUMI_BACKEND_URL": f"file://{backend}",
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_DEBUG_PROVIDERS": f"aws:{provider_port},kubernetes:{kubernetes_port}",
        "PULUMI_HOME": str(tmp_path_factory.mktemp("home")),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }

    def cli(project: Path, stack: str) -> Cli:
        return Cli(project=project, stack=stack, environment=environment)

    return cli


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of this project: the engine writes into stack files, tests edit them."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    copy = tmp_path / "checkout"
    for name in filter(None, listed.stdout.decode().split("\0")):
        source, target = ROOT / name, copy / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    (copy / ".venv").symlink_to(sys.prefix)
    return copy


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the command line, and skip it where there is none."""
    missing = [name for name in ("pulumi", "pulumi-language-python") if not shutil.which(name)]
    for item in items:
        if "pulumi" not in getattr(item, "fixturenames", ()):
            continue
        item.add_marker(pytest.mark.engine)
        if missing:
            item.add_marker(pytest.mark.skip(reason=f"not on PATH: {', '.join(missing)}"))

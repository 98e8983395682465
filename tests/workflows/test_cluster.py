"""A job has a kubeconfig that leads to its stack's cluster, or ends in words."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest
import yaml

from infra.kubernetes import kubeconfig
from infra.kubernetes.kubeconfig import TEXT, KubeconfigError, provide
from stacks.kubernetes import Kubernetes
from stacks.layers import load
from tests.workflows.github import ROOT, names, workflow

SECRET = "s3cr3t"  # noqa: S105 - of this test


@pytest.fixture
def cluster() -> Kubernetes:
    found = load("vision-dev").config.kubernetes
    assert found is not None
    return found


def text(*contexts: str) -> str:
    users = [{"name": "u", "user": {"token": SECRET}}]
    return yaml.safe_dump({"contexts": [{"name": one} for one in contexts], "users": users})


def test_a_secret_becomes_a_file_that_nobody_else_reads(
    tmp_path: Path, cluster: Kubernetes
) -> None:
    path = tmp_path / "build/kubeconfig.yaml"
    told = {"KUBECONFIG": str(path), TEXT: text("other", cluster.context)}
    assert provide("vision-dev", cluster, told) == (
        f"vision-dev: context {cluster.context} is in {path}"
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert provide("vision-dev", cluster, {**told, TEXT: text(cluster.context)})
    assert path.read_text() == text(cluster.context)


@pytest.mark.parametrize(
    ("held", "told"),
    [
        (None, "where there is none"),
        (text("a", "b"), "where there are a, b"),
        ("[", "must be a kubeconfig"),
        ("contexts: 7", "must be a kubeconfig"),
        ("", "must be a kubeconfig"),
    ],
)
def test_what_leads_nowhere_is_told_and_nothing_of_it_shown(
    tmp_path: Path, cluster: Kubernetes, held: str | None, told: str
) -> None:
    path = tmp_path / "kubeconfig"
    if held is not None:
        path.write_text(held)
    with pytest.raises(KubeconfigError, match=told) as raised:
        provide("vision-dev", cluster, {"KUBECONFIG": str(path)})
    assert SECRET not in str(raised.value)


def test_several_files_are_looked_through(tmp_path: Path, cluster: Kubernetes) -> None:
    (tmp_path / "a").write_text(text("other"))
    (tmp_path / "b").write_text(text(cluster.context))
    assert provide("v", cluster, {"KUBECONFIG": f"{tmp_path}/none:{tmp_path}/a:{tmp_path}/b"})


def test_what_the_stack_names_is_never_written(tmp_path: Path, cluster: Kubernetes) -> None:
    own = tmp_path / "own"
    own.write_text(text("mine"))
    named = cluster.model_copy(update={"kubeconfig": str(own), "context": "mine"})
    told = {"KUBECONFIG": str(tmp_path / "job"), TEXT: text("other")}
    provide("v", named, told)
    assert own.read_text() == text("mine")


@pytest.mark.parametrize(("stack", "ends"), [("flights-dev", 0), ("vision-dev", 2)])
def test_make_tells_it(tmp_path: Path, stack: str, ends: int) -> None:
    done = subprocess.run(
        ["make", "-s", "cluster"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "STACK": stack, "KUBECONFIG": str(tmp_path / "none")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == ends, done.stderr
    said = done.stdout + done.stderr
    assert ("has no cluster" if ends == 0 else 'see "Who deploys" in docs/kubernetes.md') in said


def test_no_job_reaches_pulumi_without_it() -> None:
    """All that takes a role: what comes before it sees no cluster."""
    asked = 0
    for name in names():
        for job in workflow(name)["jobs"].values():
            ran = [step.get("run", "") for step in job.get("steps", ())]
            uses = " ".join(step.get("uses", "") for step in job.get("steps", ()))
            if "pulumi/actions" in uses:
                asked += 1
                (step,) = (one for one in job["steps"] if one.get("run") == "make cluster")
                assert step["env"] == {TEXT: "${{ secrets.KUBECONFIG }}"}
                assert job["env"]["KUBECONFIG"].startswith("${{ github.workspace }}/build/")
                before = ran[: ran.index("make cluster")]
                assert all("make" not in one or "setup" in one for one in before)
    assert asked >= 6
    assert kubeconfig.TEXT in (ROOT / "Makefile").read_text()

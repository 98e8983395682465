"""Builds, as CodeBuild's API shows them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.emulator.server import Emulator
from tests.emulator.support import REGION, archive, gone, role

PARTS = ("credentials", "admin", "codebuild")


def project(emulator: Emulator, name: str, *commands: str, **settings: Any) -> None:
    """Create a project whose inline buildspec runs these commands in phase ``build``."""
    lines = "".join(f"      - {json.dumps(command)}\n" for command in commands)
    buildspec = settings.pop(
        "buildspec", f"version: 0.2\nphases:\n  build:\n    commands:\n{lines}"
    )
    emulator.context.client("codebuild", REGION).create_project(
        **{
            "name": name,
            "source": {"type": "NO_SOURCE", "buildspec": buildspec},
            "artifacts": {"type": "NO_ARTIFACTS"},
            "environment": {
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/standard:7.0",
                "computeType": "BUILD_GENERAL1_SMALL",
                "environmentVariables": [{"name": "COLOUR", "value": "red"}],
            },
            "serviceRole": settings.pop("serviceRole", None) or role(emulator, f"{name}-build"),
            **settings,
        }
    )


def build(emulator: Emulator, name: str, **overrides: Any) -> dict[str, Any]:
    """Start a build and return it once it has ended."""
    client = emulator.context.client("codebuild", REGION)
    started = client.start_build(projectName=name, **overrides)["build"]
    assert started["buildStatus"] == "IN_PROGRESS"
    return ended(emulator, started["id"])


def ended(emulator: Emulator, build_id: str) -> dict[str, Any]:
    emulator.settle(timeout=60)
    client = emulator.context.client("codebuild", REGION)
    found: dict[str, Any] = client.batch_get_builds(ids=[build_id])["builds"][0]
    assert found["buildComplete"]
    return found


def log_of(emulator: Emulator, found: dict[str, Any]) -> list[str]:
    client = emulator.context.client("logs", REGION)
    events = client.get_log_events(
        logGroupName=found["logs"]["groupName"],
        logStreamName=found["logs"]["streamName"],
        startFromHead=True,
    )
    return [event["message"] for event in events["events"]]


def phases(found: dict[str, Any]) -> dict[str, str | None]:
    return {phase["phaseType"]: phase.get("phaseStatus") for phase in found["phases"]}


def test_a_failing_command_fails_the_build_with_the_last_lines_of_its_log(
    emulator: Emulator,
) -> None:
    project(emulator, "failing", "echo before", "echo why >&2; (exit 7)", "echo never")
    found = build(emulator, "failing")
    assert found["buildStatus"] == "FAILED"
    assert phases(found)["BUILD"] == "FAILED"
    failed = next(phase for phase in found["phases"] if phase["phaseType"] == "BUILD")
    context = failed["contexts"][0]
    assert context["statusCode"] == "COMMAND_EXECUTION_ERROR"
    assert "Reason: exit status 7" in context["message"]
    assert context["message"].endswith("\nwhy")
    assert "never" not in log_of(emulator, found)


def test_commands_share_one_shell_across_phases(emulator: Emulator, workspace: Path) -> None:
    (workspace / "inner").mkdir()
    spec = (
        "version: 0.2\nphases:\n"
        "  install:\n    commands: ['cd inner', 'VALUE=kept']\n"
        "  build:\n    commands: ['echo $VALUE in $(basename $PWD)']\n"
    )
    project(emulator, "shell", buildspec=spec)
    assert "kept in inner" in log_of(emulator, build(emulator, "shell"))


def test_a_failed_install_skips_the_rest_but_a_failed_build_still_runs_post_build(
    emulator: Emulator,
) -> None:
    spec = (
        "version: 0.2\nphases:\n"
        "  install:\n    commands: ['[ $COLOUR = red ]']\n"
        "  build:\n    commands: ['false']\n"
        "  post_build:\n    commands: ['echo succeeding=$CODEBUILD_BUILD_SUCCEEDING']\n"
    )
    project(emulator, "phased", buildspec=spec)
    found = build(emulator, "phased")
    assert found["buildStatus"] == "FAILED"
    assert "succeeding=0" in log_of(emulator, found)
    other = build(
        emulator, "phased", environmentVariablesOverride=[{"name": "COLOUR", "value": "blue"}]
    )
    assert phases(other)["INSTALL"] == "FAILED"
    assert "BUILD" not in phases(other)


def test_a_command_that_exits_the_shell_fails_the_build(emulator: Emulator) -> None:
    project(emulator, "exiting", "exit 3")
    assert build(emulator, "exiting")["buildStatus"] == "FAILED"


def test_a_build_calls_aws_as_its_service_role(emulator: Emulator) -> None:
    code = 'import boto3; print(boto3.client("sts").get_caller_identity()["Arn"])'
    project(emulator, "caller", f"python -c '{code}'")
    found = build(emulator, "caller")
    assert found["buildStatus"] == "SUCCEEDED"
    assert any(":assumed-role/caller-build/" in line for line in log_of(emulator, found))


def test_variables_come_from_parameters_too(emulator: Emulator) -> None:
    emulator.context.client("ssm", REGION).put_parameter(
        Name="/shade", Value="dark", Type="SecureString"
    )
    project(emulator, "parameters", "echo it is $SHADE")
    variable = {"name": "SHADE", "value": "/shade", "type": "PARAMETER_STORE"}
    found = build(emulator, "parameters", environmentVariablesOverride=[variable])
    assert "it is dark" in log_of(emulator, found)
    missing = {**variable, "value": "/none"}
    found = build(emulator, "parameters", environmentVariablesOverride=[missing])
    assert phases(found)["DOWNLOAD_SOURCE"] == "FAILED"


def test_a_source_in_s3_is_unpacked_with_its_buildspec(emulator: Emulator) -> None:
    s3 = emulator.context.client("s3", REGION)
    s3.create_bucket(Bucket="sources")
    s3.put_object(Bucket="sources", Key="source.zip", Body=archive(code="print('from s3')"))
    spec = "version: 0.2\nphases:\n  build:\n    commands: ['python code.py']\n"
    project(
        emulator,
        "sourced",
        source={"type": "S3", "location": "sources/source.zip", "buildspec": spec},
    )
    assert "from s3" in log_of(emulator, build(emulator, "sourced"))


def test_another_kind_of_source_is_refused(emulator: Emulator) -> None:
    source = {"type": "GITHUB", "location": "https://example.com/a.git"}
    project(emulator, "github", source=source)
    with pytest.raises(ClientError, match="builds sources of types"):
        build(emulator, "github")


def test_a_buildspec_that_is_not_valid_fails_before_any_command(emulator: Emulator) -> None:
    project(emulator, "invalid", buildspec="version: 0.2\nphases:\n  deploy: {}\n")
    found = build(emulator, "invalid")
    assert phases(found)["DOWNLOAD_SOURCE"] == "FAILED"
    message = found["phases"][-3]["contexts"][0]["message"]
    assert message == "YAML_FILE_ERROR: unknown phases ['deploy']"


def test_an_unknown_project_is_not_found(emulator: Emulator) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        build(emulator, "nowhere")


def test_a_stopped_build_ends_with_all_it_started(emulator: Emulator, workspace: Path) -> None:
    client = emulator.context.client("codebuild", REGION)
    project(emulator, "stopped", "sleep 60 & echo $! > pid; wait")
    build_id = client.start_build(projectName="stopped")["build"]["id"]
    marker = workspace / "pid"
    deadline = time.monotonic() + 30
    while not (marker.exists() and marker.read_text().strip()) and time.monotonic() < deadline:
        time.sleep(0.02)
    client.stop_build(id=build_id)
    found = ended(emulator, build_id)
    assert (found["buildStatus"], phases(found)["BUILD"]) == ("STOPPED", "STOPPED")
    assert gone(int(marker.read_text()))


def test_builds_beyond_the_limit_wait_their_turn(emulator: Emulator, workspace: Path) -> None:
    client = emulator.context.client("codebuild", REGION)
    project(
        emulator,
        "limited",
        "mkdir busy && sleep 0.1 && rmdir busy",
        concurrentBuildLimit=1,
    )
    del workspace
    ids = [client.start_build(projectName="limited")["build"]["id"] for _ in range(3)]
    assert [ended(emulator, one)["buildStatus"] for one in ids] == ["SUCCEEDED"] * 3
    assert client.list_builds_for_project(projectName="limited")["ids"] == ids[::-1]


def test_an_updated_project_builds_what_it_says_now(emulator: Emulator) -> None:
    project(emulator, "updated", "echo first")
    spec = "version: 0.2\nphases:\n  build:\n    commands: ['echo second']\n"
    emulator.context.client("codebuild", REGION).update_project(
        name="updated", source={"type": "NO_SOURCE", "buildspec": spec}
    )
    assert "second" in log_of(emulator, build(emulator, "updated"))


def test_each_state_of_a_build_is_an_event(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(
        emulator.context, "events", lambda **event: told.append(event), raising=False
    )
    project(emulator, "told", "false")
    build(emulator, "told")
    assert [event["detail"]["build-status"] for event in told] == ["IN_PROGRESS", "FAILED"]
    last = told[-1]
    assert (last["source"], last["detail_type"]) == (
        "aws.codebuild",
        "CodeBuild Build State Change",
    )
    assert last["detail"]["project-name"] == "told"
    assert last["resources"] == [last["detail"]["build-id"]]


def test_a_build_over_its_time_times_out(emulator: Emulator) -> None:
    project(emulator, "slow", "sleep 60")
    running = emulator.context.builds.start("slow", {}, REGION, initiator="test")
    running.timeout_seconds = 0.2
    assert ended(emulator, running.id)["buildStatus"] == "TIMED_OUT"

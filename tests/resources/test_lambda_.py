"""Lambda functions, aliases and permissions."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from infra.graph.assets import ARCHIVE, ASSET, SIGNATURE
from infra.resources.clients import EndpointClients
from infra.resources.handler import InputError
from infra.resources.lambda_ import TYPES
from tests.resources.types import assert_lives, of, stand

FUNCTION = of(TYPES, "aws:lambda/function:Function")
PERMISSION = of(TYPES, "aws:lambda/permission:Permission")
ALIAS = of(TYPES, "aws:lambda/alias:Alias")


def archive(text: str) -> dict[str, Any]:
    """Return code as Pulumi's SDK sends it."""
    return {
        SIGNATURE: ARCHIVE,
        "hash": str(hash(text)),
        "assets": {"main.py": {SIGNATURE: ASSET, "text": text}},
    }


def declared(role_arn: str) -> dict[str, Any]:
    return {
        "code": archive("def handler(event, context):\n    return 1\n"),
        "deadLetterConfig": {"targetArn": "arn:aws:sqs:us-east-1:123456789012:letters"},
        "environment": {"variables": {"STACK": "flights-sandbox"}},
        "handler": "main.handler",
        "kmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/k",
        "memorySize": 256,
        "reservedConcurrentExecutions": 2,
        "role": role_arn,
        "runtime": "python3.13",
        "tags": {"team": "flights"},
        "timeout": 20,
        "tracingConfig": {"mode": "Active"},
    }


def test_a_function_reads_back_as_declared_and_goes(aws: EndpointClients, role_arn: str) -> None:
    standing = stand(FUNCTION, aws, "gate", declared(role_arn))
    arn = standing.outputs["arn"]
    assert standing.outputs["invokeArn"] == (
        f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    )
    assert_lives(standing)


def test_a_changed_function_takes_settings_and_code(aws: EndpointClients, role_arn: str) -> None:
    standing = stand(FUNCTION, aws, "changing", declared(role_arn))
    changed = standing.changed(
        code=archive("def handler(event, context):\n    return 2\n"),
        memorySize=512,
        reservedConcurrentExecutions=-1,
        tags={"team": "vision"},
    )
    assert changed.outputs["memorySize"] == 512
    assert changed.outputs["reservedConcurrentExecutions"] == -1
    assert changed.outputs["tags"] == {"team": "vision"}
    assert changed.outputs["codeSha256"] != standing.outputs["codeSha256"]


def test_unchanged_code_is_not_sent_again(aws: EndpointClients, role_arn: str) -> None:
    standing = stand(FUNCTION, aws, "still", declared(role_arn))
    changed = standing.changed(timeout=30)
    assert changed.outputs["codeSha256"] == standing.outputs["codeSha256"]


def test_code_in_a_directory_is_zipped_to_the_same_bytes(
    aws: EndpointClients, role_arn: str, tmp_path: Path
) -> None:
    (tmp_path / "main.py").write_text("def handler(event, context): ...\n")
    code = {SIGNATURE: ARCHIVE, "path": str(tmp_path)}
    one = stand(FUNCTION, aws, "one", {**declared(role_arn), "code": code})
    (tmp_path / "main.py").touch()
    two = stand(FUNCTION, aws, "two", {**declared(role_arn), "code": code})
    assert one.outputs["codeSha256"] == two.outputs["codeSha256"]


def test_code_in_a_zip_file_is_sent_as_it_is(
    aws: EndpointClients, role_arn: str, tmp_path: Path
) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr("main.py", "def handler(event, context): ...\n")
    (tmp_path / "code.zip").write_bytes(buffer.getvalue())
    code = {SIGNATURE: ARCHIVE, "path": str(tmp_path / "code.zip")}
    standing = stand(FUNCTION, aws, "zipped", {**declared(role_arn), "code": code})
    assert standing.outputs["sourceCodeSize"] == len(buffer.getvalue())


def test_a_function_without_code_is_refused() -> None:
    with pytest.raises(InputError, match="code, imageUri or s3Bucket must be given"):
        FUNCTION.check("gate", {"role": "arn:aws:iam::123456789012:role/r"})


def test_a_permission_reads_back_as_declared_and_goes(aws: EndpointClients, role_arn: str) -> None:
    function = stand(FUNCTION, aws, "called", declared(role_arn))
    wanted = {
        "action": "lambda:InvokeFunction",
        "function": function.outputs["arn"],
        "principal": "events.amazonaws.com",
        "sourceArn": "arn:aws:events:us-east-1:123456789012:rule/r",
    }
    standing = stand(PERMISSION, aws, "events", wanted)
    assert_lives(standing)
    assert function.read() is not None


def test_a_permission_goes_with_its_function(aws: EndpointClients, role_arn: str) -> None:
    function = stand(FUNCTION, aws, "doomed", declared(role_arn))
    wanted = {"action": "lambda:InvokeFunction", "principal": "events.amazonaws.com"}
    standing = stand(PERMISSION, aws, "events", {**wanted, "function": function.id})
    function.delete()
    assert standing.read() is None
    standing.delete()


def test_an_alias_points_at_a_version_and_goes(aws: EndpointClients, role_arn: str) -> None:
    function = stand(FUNCTION, aws, "aliased", {**declared(role_arn), "publish": True})
    wanted = {"functionName": function.id, "functionVersion": "1"}
    assert_lives(stand(ALIAS, aws, "live", wanted))

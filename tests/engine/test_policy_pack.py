"""The policy pack under Pulumi's engine: what a preview refuses, and what it lets through."""

from __future__ import annotations

import datetime
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.policy.pack_config import pack_config
from tests.engine.cli import Cli
from tests.policy.pack import needs_pack

pytestmark = needs_pack
PACK = Path(__file__).parents[2] / "infra/policy"
PROGRAM = """
import json
import pulumi
import pulumi_aws as aws

config = pulumi.Config()
tags = {"project": "small", "environment": "dev", "owner": "one", "team": "one"}
key = aws.kms.Key("key", enable_key_rotation=True, policy="{}", tags=tags)
topic = aws.sns.Topic(
    "news", kms_master_key_id=key.arn if config.get_bool("encrypted") else None, tags=tags
)
aws.sns.TopicPolicy(
    "news-policy",
    arn=topic.arn,
    policy=topic.arn.apply(
        lambda arn: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Deny",
                        "Principal": {"AWS": "*"},
                        "Action": ["sns:Publish"],
                        "Resource": arn,
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    }
                ],
            }
        )
    ),
)
"""
QUIET = ("CloudTrail.1", "CloudTrail.3", "mlops-stateful-protected")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = tmp_path_factory.mktemp("project") / "policed"
    project.mkdir()
    runtime = {"name": "python", "options": {"toolchain": "pip", "virtualenv": sys.prefix}}
    (project / "Pulumi.yaml").write_text(json.dumps({"name": "policed", "runtime": runtime}))
    (project / "__main__.py").write_text(PROGRAM)
    return project


@pytest.fixture(scope="module")
def policed(pulumi: Callable[[Path, str], Cli], project: Path) -> Cli:
    cli = pulumi(project, "policed-dev")
    cli.init()
    cli.run("config", "set", "aws:region", "us-east-1")
    return cli


def preview(cli: Cli, *, encrypted: bool, policy: Mapping[str, Any]) -> str:
    """Preview with the pack, and return what was printed.

    Raises:
        AssertionError: a mandatory policy is broken.
    """
    severities = {**dict.fromkeys(QUIET, "disabled"), **policy.get("severities", {})}
    config = cli.project / "policy.json"
    config.write_text(json.dumps(pack_config({**policy, "severities": severities})))
    cli.run("config", "set", "encrypted", json.dumps(encrypted))
    told = ("--policy-pack", str(PACK), "--policy-pack-config", str(config))
    return cli.run("preview", "--stack", cli.stack, *told)


def waiver(expires: datetime.date) -> dict[str, str]:
    return {
        "rule": "SNS.1",
        "resource": "news",
        "owner": "flights@example.com",
        "reason": "it says nothing that is not public",
        "expires": expires.isoformat(),
    }


def test_a_preview_that_breaks_a_mandatory_rule_fails_and_says_what_to_mend(policed: Cli) -> None:
    with pytest.raises(AssertionError) as caught:
        preview(policed, encrypted=False, policy={})
    assert "news: kmsMasterKeyId must be a customer key, got nothing" in str(caught.value)


def test_a_preview_that_keeps_the_rules_passes(policed: Cli) -> None:
    printed = preview(policed, encrypted=True, policy={})
    assert "SNS.1" not in printed


def test_an_advisory_rule_is_told_and_stops_nothing(policed: Cli) -> None:
    printed = preview(policed, encrypted=False, policy={"severities": {"SNS.1": "advisory"}})
    assert "news: kmsMasterKeyId must be a customer key, got nothing" in printed


def test_a_waiver_lets_a_preview_through_until_it_expires(policed: Cli) -> None:
    today = datetime.datetime.now(tz=datetime.UTC).date()
    day = datetime.timedelta(days=2)
    printed = preview(policed, encrypted=False, policy={"waivers": [waiver(today + day)]})
    assert "kmsMasterKeyId" not in printed
    with pytest.raises(AssertionError) as caught:
        preview(policed, encrypted=False, policy={"waivers": [waiver(today - day)]})
    assert f"waiver of SNS.1 by flights@example.com expired on {today - day}" in str(caught.value)

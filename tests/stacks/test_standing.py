"""Every stack as it stands: AWS's own shapes, and the emulator, take what is declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import boto3
import pytest

from infra.apply.down import down
from infra.apply.up import up
from infra.emulator.server import Emulator
from infra.platform import deploy
from stacks.layers import ResolvedStack, load
from stacks.names import stacks
from tests.stacks import support

pytestmark = pytest.mark.loop


@dataclass(frozen=True)
class Declared:
    """A stack whose pipelines need no SageMaker SDK."""

    resolved: ResolvedStack
    live: str | None = None
    commit: str = "c0ffee"

    @property
    def stack(self) -> str:
        return self.resolved.config.stack

    @property
    def pulumi_config(self) -> Mapping[str, str]:
        return self.resolved.pulumi_config

    def declare(self) -> None:
        config = self.resolved.config
        deploy(
            config,
            support.every(config),
            support.live_of(config, self.live),
            made_from={"commit": self.commit},
        )


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home: Path = tmp_path_factory.mktemp("emulator")
    with Emulator(home=home) as emulator:
        yield emulator.endpoint_url


@pytest.mark.parametrize("stack", stacks())
def test_a_stack_comes_up_whole_stays_as_it_is_and_leaves_nothing(
    endpoint: str, stack: str
) -> None:
    declared = Declared(load(stack))
    support.pretend_upstream(stack, endpoint)
    first = up(declared, endpoint)
    assert not first.failed
    assert len(first.created) == sum(
        one.custom and not one.type.startswith(support.PROVIDERS)
        for one in support.graph(stack, live=None).resources.values()
    )
    second = up(replace(declared, commit="of something else"), endpoint)
    assert (second.changes, second.failed) == (0, ())
    assert len(second.unchanged) == len(first.created)
    gone = down(stack, endpoint, unprotect=True)
    if declared.resolved.config.deletion_protection:
        assert len(gone.failed) == len(support.use_cases(stack))
        for refused in gone.failed:
            assert "DeletionProtectionEnabled" in refused.message, "DynamoDB's own protection stays"
        for use_case in support.use_cases(stack):
            table = second.outputs[f"{use_case}_decisions_table"]
            release_decisions(endpoint, declared.resolved.config.region, table)
        again = down(stack, endpoint, unprotect=True)
        assert not again.failed
        assert len(gone.deleted) + len(again.deleted) == len(first.created)
    else:
        assert not gone.failed
        assert len(gone.deleted) == len(first.created)


def release_decisions(endpoint: str, region: str, table: str) -> None:
    dynamodb = boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",  # noqa: S106 - the emulator's
    )
    dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)

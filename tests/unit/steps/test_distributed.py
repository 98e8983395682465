"""A script that starts itself on every accelerator of its job."""

from __future__ import annotations

import sys

import pytest
from pytest_mock import MockerFixture

from pipelines.shared.training import distributed
from pipelines.shared.training.cluster import Cluster
from pipelines.shared.training.distributed import Together, everywhere


@pytest.mark.parametrize(
    ("hosts", "accelerators", "started"),
    [(("a",), 1, False), (("a",), 4, True), (("localhost", "b"), 1, True)],
)
def test_it_is_started_again_where_there_is_more_than_one(
    mocker: MockerFixture, hosts: tuple[str, ...], accelerators: int, *, started: bool
) -> None:
    mocker.patch.object(distributed, "cluster", return_value=Cluster(hosts, hosts[0]))
    mocker.patch.object(distributed, "accelerators", return_value=accelerators)
    mocker.patch.dict("os.environ", clear=False)
    exec_ = mocker.patch("os.execv")
    everywhere(["train", "--epochs", "3"])
    assert exec_.called is started
    if started:
        _, command = exec_.call_args.args
        assert command[1:3] == ["-m", "torch.distributed.run"]
        assert f"--nproc_per_node={accelerators}" in command
        assert f"--nnodes={len(hosts)}" in command
        assert command[-4:] == [sys.argv[0], "train", "--epochs", "3"]


def test_what_the_launcher_started_goes_on_as_it_is(
    mocker: MockerFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANK", "1")
    mocker.patch.object(distributed, "accelerators", return_value=8)
    exec_ = mocker.patch("os.execv")
    everywhere(["train"])
    exec_.assert_not_called()


def test_each_process_has_as_much_of_an_epoch_as_the_others() -> None:
    order = list(range(11))
    parts = [Together(rank=rank, size=3).share(order) for rank in range(3)]
    assert parts == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]

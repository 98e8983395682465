from __future__ import annotations

from pathlib import Path

from infra.emulator.server import Emulator
from tests.emulator.support import REGION, role


def test_an_attachment_is_counted_where_it_was_made_only(tmp_path: Path) -> None:
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    for attached in (True, False):
        with Emulator(workspace=tmp_path, parts=("credentials",)) as running:
            iam = running.context.client("iam", REGION)
            if attached:
                role(running, "reader")
                iam.attach_role_policy(RoleName="reader", PolicyArn=arn)
            assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == int(attached)

"""The policy pack: what ``pulumi preview --policy-pack infra/policy`` runs."""

import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
# Pulumi runs this folder as a program, which puts the folder itself on the path: its modules are
# parts of infra.policy, by no other name.
sys.path[:] = [str(_HERE.parents[1]), *(one for one in sys.path if Path(one).resolve() != _HERE)]

from pulumi_policy import PolicyPack  # noqa: E402 - after the path is right

from infra.policy.pack import NAME, policies  # noqa: E402 - after the path is right

PolicyPack(NAME, policies())

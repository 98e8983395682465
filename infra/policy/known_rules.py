"""Write ``stacks/policy_rules.txt``, by which the settings of stacks are checked."""

from __future__ import annotations

from infra.policy.rules import RULES
from stacks.policy import RULES as FILE


def text() -> str:
    """Return the file as it should be: a rule a line, then who else asks the same."""
    return "".join("\t".join((rule.id, *rule.also)) + "\n" for rule in RULES)


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")

"""What holds for a stack that stands for a while beside its environment's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.settings import at

if TYPE_CHECKING:
    from stacks.config import StackConfig


def check_short_lived(config: StackConfig) -> None:
    """Refuse a short-lived stack that would outlive its day, or take what an account has once.

    Raises:
        PydanticCustomError: a setting breaks one of the rules.
    """
    if config.instance is None:
        if config.expires is not None:
            rule = "must be null for an environment's own stack: only short-lived ones expire"
            raise at("expires", rule, str(config.expires))
        return
    if config.expires is None:
        raise at("expires", "must say the day after which a short-lived stack goes", None)
    if config.environment == "prod":
        raise at("environment", "must not be prod for a short-lived stack", config.environment)
    if config.instance in config.use_cases:
        rule = "must not be a use case's name: names of resources would be the same"
        raise at("instance", rule, config.instance)
    for key, wanted in (("deletion_protection", False), ("force_destroy", True)):
        if getattr(config, key) is not wanted:
            rule = f"must be {str(wanted).lower()} in a short-lived stack"
            raise at(key, rule, getattr(config, key))
    for key, held in _once(config):
        if held:
            rule = "must be off in a short-lived stack: its environment's own has it"
            raise at(key, rule, held)


def _once(config: StackConfig) -> tuple[tuple[str, object], ...]:
    """Return what an account has once, or what counts and watches all stacks of an environment."""
    return (
        ("people.roles", config.people.roles),
        ("promotion.upstream", config.promotion.upstream),
        ("promotion.downstream", config.promotion.downstream),
        ("operations.budget", config.operations.budget),
        ("audit_trail", config.audit_trail),
    )

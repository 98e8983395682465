"""Which components the package holds: all of them."""

from __future__ import annotations

import importlib.util
import inspect
import pkgutil

import pulumi

import components
from infra.package.shapes import snake

PACKAGE = "mlops"
VERSION = "0.1.0"
"""This project's; a test holds it to ``pyproject.toml``."""


def component(token: str) -> type[pulumi.ComponentResource]:
    """Return the component of a type token, and import no other: that takes a second.

    Raises:
        LookupError: there is none.
    """
    package, _, name = token.replace(":index:", ":").partition(":")
    module = f"components.{snake(name)}"
    if (
        package == PACKAGE
        and name.isidentifier()
        and name[0].isupper()
        and importlib.util.find_spec(module)
    ):
        found = vars(importlib.import_module(module)).get(name)
        if inspect.isclass(found) and issubclass(found, pulumi.ComponentResource):
            return found
    raise LookupError(f"type must be a component of {PACKAGE}, got {token!r}")


def members() -> dict[str, type[pulumi.ComponentResource]]:
    """Return each component by the name of its class."""
    found = {}
    for module in pkgutil.iter_modules(components.__path__, "components."):
        for name, member in inspect.getmembers(importlib.import_module(module.name)):
            if (
                inspect.isclass(member)
                and issubclass(member, pulumi.ComponentResource)
                and member.__module__ == module.name
            ):
                found[name] = member
    return dict(sorted(found.items()))

"""Components as the engine asks for them, whatever language the program is in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.provider import ConstructResult, Provider
from pulumi.provider.experimental.util import camel_case

from infra.package.members import VERSION, component
from infra.package.read import fault_of, read, refused
from infra.package.shapes import args_of, outputs_of


class Components(Provider):
    """What declares a component with inputs under Pulumi's names."""

    def __init__(self, schema: str) -> None:
        super().__init__(VERSION, schema)

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: Mapping[str, Any],
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Declare one, as the Python class would.

        Raises:
            pulumi.InputPropertiesError: inputs are missing, unknown or impossible.
            LookupError: there is no such component.
        """
        made = declared(name, resource_type, inputs, options)
        given = {key: getattr(made, key, None) for key in outputs_of(type(made))}
        state = {camel_case(key): value for key, value in given.items() if value is not None}
        return ConstructResult(made.urn, state)


def declared(
    name: str,
    token: str,
    inputs: Mapping[str, Any],
    options: pulumi.ResourceOptions | None = None,
) -> pulumi.ComponentResource:
    """Return the component that was declared.

    Raises:
        pulumi.InputPropertiesError: inputs are missing, unknown or impossible.
        LookupError: there is no such component.
    """
    kind: Any = component(token)
    args = read(args_of(kind), inputs)
    try:
        made: pulumi.ComponentResource = kind(name, args, options)
    except ValueError as error:
        raise refused([fault_of(args_of(kind), error)]) from error
    return made

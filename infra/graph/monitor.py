"""Pulumi's test monitor, made to record all it is told and to answer from a registrar."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from google.protobuf import empty_pb2
from pulumi.runtime import settings
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.proto import resource_pb2

from infra.graph.model import UNKNOWN, Resource
from infra.graph.wire import decode_struct, encode_struct, is_secret

STACK: Final = "pulumi:pulumi:Stack"
PROVIDERS: Final = "pulumi:providers:"
STACK_REFERENCE: Final = "pulumi:pulumi:StackReference"
WITHHELD: Final = "[secret]"
"""Stands in the graph where a secret input was."""

Invoke = Callable[[Mapping[str, Any]], Mapping[str, Any]]
Invokes = Mapping[str, Invoke | Mapping[str, Any]]
"""Answers to data sources by token: the answer, or what computes it from the arguments."""
References = Callable[[str], Mapping[str, Any]]
"""Returns what another stack exports; raises LookupError where that stack does not stand."""


class RegistrationFailed(Exception):  # noqa: N818 - an outcome that the program survives
    """The resource does not stand: its outputs stay unknown, the program goes on."""


class Registrar(Protocol):
    """Makes a declared resource real."""

    def register(
        self, resource: Resource, inputs: Mapping[str, Any]
    ) -> tuple[str, Mapping[str, Any]]:
        """Return the resource's id and outputs (camelCase); called for custom resources, in order.

        ``inputs`` are those of ``resource`` with the secrets in them.

        Raises:
            RegistrationFailed: it does not stand; what depends on it still gets registered, with
                unknown values.
        """


class RecordingMonitor(MockMonitor):
    """Records every registration, and answers it without pumping an event loop.

    The base class would serialise its answers on an event loop and so nest one level for each
    resource; here both ways are plain functions, so the calls may run inline on the program's loop.
    """

    def __init__(
        self, registrar: Registrar | None, invokes: Invokes, references: References | None = None
    ) -> None:
        self.recorded: dict[str, Resource] = {}
        self.outputs: dict[str, dict[str, Any]] = {}
        self.stack_outputs: dict[str, Any] = {}
        self.secret_outputs: frozenset[str] = frozenset()
        self._registrar = registrar
        self._invokes = invokes
        self._references = references
        self.unreadable: LookupError | None = None
        """Why a stack that the program refers to cannot be read; nothing is made after that."""
        self._stack_urn = ""

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """Return the URN as the engine forms it: the stack itself is no part of a type."""
        qualified = type_
        if parent not in {"", self._stack_urn}:
            qualified = f"{parent.split('::')[2]}${type_}"
        return f"urn:pulumi:{settings.get_stack()}::{settings.get_project()}::{qualified}::{name}"

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - gRPC's name
        """Record one resource.

        Raises:
            ValueError: a resource of that type and name already stands under the same parent.
        """
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == STACK:
            self._stack_urn = urn
            return resource_pb2.RegisterResourceResponse(urn=urn)
        if urn in self.recorded:
            raise ValueError(f"logical name must be unique within its type and parent, got {urn}")
        inputs = decode_struct(request.object)
        parent = self.recorded.get(request.parent)
        resource = _resource(urn, request, inputs, parent=parent, stack_urn=self._stack_urn)
        self.recorded[urn] = resource
        if self._registrar is None or not request.custom or request.type.startswith(PROVIDERS):
            identifier = "" if self._registrar is None else request.name
            return resource_pb2.RegisterResourceResponse(
                urn=urn, id=identifier if request.custom else "", object=request.object
            )
        if self.unreadable is not None:  # the rest would be half a stack
            return resource_pb2.RegisterResourceResponse(urn=urn, result=resource_pb2.Result.FAIL)
        return self._register(self._registrar, resource, inputs)

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - gRPC's name
        """Record what a component, or the stack, hands out."""
        outputs = decode_struct(request.outputs)
        if request.urn == self._stack_urn:
            self.stack_outputs = outputs
            self.secret_outputs = _secrets(request.outputs)
        else:
            self.outputs[request.urn] = outputs
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:  # noqa: N802 - gRPC's name
        """Answer a data source.

        Raises:
            LookupError: nobody told what to answer to that token.
        """
        answer = self._invokes.get(request.tok)
        if answer is None:
            close = difflib.get_close_matches(request.tok, self._invokes, n=3, cutoff=0.4)
            raise LookupError(f"no answer for invoke {request.tok!r}, close: {close}")
        value = answer(decode_struct(request.args)) if callable(answer) else answer
        response = resource_pb2.ResourceInvokeResponse()
        getattr(response, "return").CopyFrom(encode_struct(value))
        return response

    def ReadResource(self, request: Any) -> Any:  # noqa: N802 - gRPC's name
        """Answer a stack reference; refuse what a stack adopts from elsewhere, not known here.

        Raises:
            LookupError: it is no stack reference.
        """
        if request.type == STACK_REFERENCE:
            return self._reference(request)
        raise LookupError(
            f"{request.type} {request.name!r} is read from AWS ({request.id!r}); a stack must "
            "declare what it uses, or take its name from the stack file"
        )

    def _reference(self, request: Any) -> Any:
        urn = self.make_urn(request.parent, request.type, request.name)
        try:
            told = UNKNOWN if self._references is None else dict(self._references(request.id))
        except LookupError as error:
            self.unreadable = error
            return resource_pb2.ReadResourceResponse(urn=urn, result=resource_pb2.Result.FAIL)
        properties = {"name": request.id, "outputs": told, "secretOutputNames": []}
        return resource_pb2.ReadResourceResponse(urn=urn, properties=encode_struct(properties))

    @staticmethod
    def _register(registrar: Registrar, resource: Resource, inputs: Mapping[str, Any]) -> Any:
        try:
            identifier, outputs = registrar.register(resource, inputs)
        except RegistrationFailed:
            return resource_pb2.RegisterResourceResponse(
                urn=resource.urn, result=resource_pb2.Result.FAIL
            )
        return resource_pb2.RegisterResourceResponse(
            urn=resource.urn, id=identifier, object=encode_struct(outputs)
        )


def _secrets(properties: Any) -> frozenset[str]:
    return frozenset(key for key, value in properties.fields.items() if is_secret(value))


def _resource(
    urn: str, request: Any, inputs: dict[str, Any], *, parent: Resource | None, stack_urn: str
) -> Resource:
    secrets = _secrets(request.object)
    own = [_alias(alias, request, urn, stack_urn) for alias in request.aliases]
    inherited = [
        _inherited(known, parent, before)
        for before in (parent.aliases if parent else ())
        for known in (urn, *own)
        if parent
    ]
    shown = dict.fromkeys(secrets, WITHHELD)
    return Resource(
        urn=urn,
        type=request.type,
        name=request.name,
        custom=request.custom,
        parent=None if request.parent in {"", stack_urn} else request.parent,
        inputs={**inputs, **shown} if shown else inputs,
        dependencies=tuple(sorted(set(request.dependencies) - {stack_urn})),
        property_dependencies={
            key: tuple(sorted(value.urns))
            for key, value in request.propertyDependencies.items()
            if value.urns
        },
        secrets=secrets,
        protect=request.protect,
        retain_on_delete=request.retainOnDelete,
        delete_before_replace=request.deleteBeforeReplace,
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        aliases=tuple(dict.fromkeys([*own, *inherited])),
    )


def _inherited(known: str, parent: Resource, before: str) -> str:
    """Return the URN of a child under what its parent was known as: a name's beginning follows."""
    stack, project, qualified, parent_name = before.split("::", 3)
    *_, types, name = known.split("::", 3)
    type_ = types.rpartition("$")[2]
    if name.startswith(parent.name):
        name = parent_name + name.removeprefix(parent.name)
    return "::".join([stack, project, f"{qualified}${type_}", name])


def _alias(alias: Any, request: Any, urn: str, stack_urn: str) -> str:
    """Return the URN under which the resource was known before."""
    if alias.urn:
        return str(alias.urn)
    spec = alias.spec
    stack, project = urn.split("::")[:2]
    stack = f"urn:pulumi:{spec.stack}" if spec.stack else stack
    qualified = spec.type or request.type
    parent = "" if spec.noParent else (spec.parentUrn or request.parent)
    if parent not in {"", stack_urn}:
        holder = parent.split("::")[2]
        qualified = f"{holder}${qualified}"
    return "::".join([stack, spec.project or project, qualified, spec.name or request.name])

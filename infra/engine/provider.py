"""Pulumi's resource-provider protocol over the table of resource types.

The engine attaches (``PULUMI_DEBUG_PROVIDERS=aws:PORT``) and keeps everything that is its own:
state, order, replacement steps, secrets. This side answers what only a provider can: are the inputs
possible, what would a change mean, do it, and how does AWS have it now.
"""

# ruff: noqa: N802 - the methods are named by the protocol

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import grpc  # type: ignore[import-untyped]  # grpcio ships no types
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from infra.engine.autonames import stands_in_the_way
from infra.engine.diff import Difference, compare, refreshed, top_level
from infra.engine.failures import status_of
from infra.graph.wire import decode_struct, encode_struct
from infra.resources.handler import Clients, InputError, ResourceType

log = logging.getLogger(__name__)

VERSION = "7.51.1"
"""What the provider calls itself: the pulumi-aws whose property names the table follows."""
VERSIONS = {"aws": VERSION, "kubernetes": "4.34.2"}
"""By package, what its provider calls itself."""

_KINDS = {
    ("add", False): provider_pb2.PropertyDiff.ADD,
    ("add", True): provider_pb2.PropertyDiff.ADD_REPLACE,
    ("delete", False): provider_pb2.PropertyDiff.DELETE,
    ("delete", True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    ("update", False): provider_pb2.PropertyDiff.UPDATE,
    ("update", True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


class Connect(Protocol):
    """Makes the clients once the engine has told the region."""

    def __call__(self, region: str) -> Clients:
        """Return clients of one region."""


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """One attached provider. The engine calls it from several threads at once."""

    package = "aws"
    """Whose types it answers for; an engine attaches one provider for each package."""
    version = VERSION

    def __init__(
        self,
        *,
        lookup: Callable[[str], ResourceType],
        invoke: Callable[[Clients, str, Mapping[str, Any]], dict[str, Any]],
        connect: Connect,
        region: str,
        package: str | None = None,
    ) -> None:
        if package is not None:
            self.package, self.version = package, VERSIONS[package]
        self._lookup = lookup
        self._invoke = invoke
        self._connect = connect
        self._region = region
        self._clients: Clients | None = None

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Say what of the protocol is spoken: neither secrets nor resource references."""
        return provider_pb2.ProviderHandshakeResponse()

    def Attach(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Need nothing from the engine's own address."""
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Let running calls finish: a cut one would leave its resource unrecorded."""
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Return the version."""
        return plugin_pb2.PluginInfo(version=self.version)

    def GetSchema(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Return a schema without types: programs bring theirs with the provider's package."""
        schema = {"name": self.package, "version": self.version, "resources": {}, "functions": {}}
        return provider_pb2.GetSchemaResponse(schema=json.dumps(schema))

    def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Take the configuration, but for what would change resources and is not carried out."""
        failures = []
        if "defaultTags" in request.news.fields:
            failures.append(
                provider_pb2.CheckFailure(
                    property="defaultTags", reason="not carried out here: tag each resource"
                )
            )
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Another region is another provider: all its resources are made anew."""
        old, new = decode_struct(request.old_inputs), decode_struct(request.news)
        return _diff_response(compare(old, new, replace_on={"region"}), deletes_first=False)

    def Configure(self, request: Any, context: Any) -> Any:
        """Connect to the region that the engine names."""
        region = request.variables.get("aws:config:region") or self._region
        if self._clients is not None and self._clients.region != region:
            context.abort(
                grpc.StatusCode.UNIMPLEMENTED,
                f"one provider serves one region: {self._clients.region}, now asked for {region}",
            )
        if self._clients is None:
            self._clients = self._connect(region)
        return self.configured()

    @staticmethod
    def configured() -> Any:
        """Return the answer to a configuration: previews are told what an update would do."""
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Invoke(self, request: Any, context: Any) -> Any:
        """Answer a function such as ``aws:index/getCallerIdentity:getCallerIdentity``."""
        try:
            answer = self._invoke(self.clients({}), request.tok, decode_struct(request.args))
        except InputError as error:
            failure = provider_pb2.CheckFailure(property="", reason=str(error))
            return provider_pb2.InvokeResponse(failures=[failure])
        except Exception as error:  # noqa: BLE001 - every error becomes a status
            return self._abort(context, error)
        return provider_pb2.InvokeResponse(**{"return": encode_struct(answer)})

    def Check(self, request: Any, context: Any) -> Any:
        """Fill in defaults and autonames, refuse impossible inputs."""
        news, olds = decode_struct(request.news), decode_struct(request.olds)
        try:
            kind = self._type_of(request.urn)
            checked = kind.check(_name(request.urn), news, olds or None)
            faults = kind.faults(_name(request.urn), checked)
        except InputError as error:
            return provider_pb2.CheckResponse(inputs=request.news, failures=[_failure(error, news)])
        except Exception as error:  # noqa: BLE001 - every error becomes a status
            return self._abort(context, error)
        failures = [_failure(InputError(fault), news) for fault in faults]
        return provider_pb2.CheckResponse(inputs=encode_struct(checked), failures=failures)

    def Diff(self, request: Any, context: Any) -> Any:
        """Say which properties change, and whether the resource can live through it."""
        old, new = decode_struct(request.old_inputs), decode_struct(request.news)
        try:
            kind = self._type_of(request.urn)
        except Exception as error:  # noqa: BLE001 - every error becomes a status
            return self._abort(context, error)
        difference = compare(old, new, replace_on=kind.replace_on, ignore=request.ignoreChanges)
        deletes_first = bool(difference.replaces) and stands_in_the_way(
            kind, old, new, name=_name(request.urn)
        )
        return _diff_response(difference, deletes_first=deletes_first)

    def Create(self, request: Any, context: Any) -> Any:
        """Create the resource; in a preview, say what is known without doing it."""
        inputs = decode_struct(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(id="", properties=request.properties)
        try:
            created = self._type_of(request.urn).create(self.clients(inputs), inputs)
        except Exception as error:  # noqa: BLE001 - every error becomes a status
            return self._abort(context, error)
        return provider_pb2.CreateResponse(
            id=created.id, properties=encode_struct({**inputs, **created.outputs})
        )

    def Read(self, request: Any, context: Any) -> Any:
        """Return the resource as AWS has it; no id when it is gone."""
        before, inputs = decode_struct(request.properties), decode_struct(request.inputs)
        if not inputs:
            context.abort(
                grpc.StatusCode.UNIMPLEMENTED,
                "what the program does not declare is neither imported nor looked up here",
            )
        try:
            kind = self._type_of(request.urn)
            found = kind.read(self.clients(before), request.id, before)
        except Exception as error:  # noqa: BLE001 - every error becomes a status
            return self._abort(context, error)
        if found is None:
            return provider_pb2.ReadResponse()
        unread = {key: value for key, value in inputs.items() if key not in before}
        outputs = {**unread, **found.outputs}
        return provider_pb2.ReadResponse(
            id=found.id,
            properties=encode_struct(outputs),
            inputs=encode_struct(refreshed(inputs, before, outputs)),
        )

    def Update(self, request: Any, context: Any) -> Any:
        """Change the resource in place; in a preview, say what is known without doing it."""
        old, new = decode_struct(request.olds), decode_struct(request.news)
        if request.preview:
            return provider_pb2.UpdateResponse(properties=encode_struct({**old, **new}))
        try:
            kind = self._type_of(request.urn)
            updated = kind.update(self.clients(new), request.id, old, new)
        except Exception as error:  # noqa: BLE001 - every error becomes a status
            return self._abort(context, error)
        return provider_pb2.UpdateResponse(properties=encode_struct({**new, **updated.outputs}))

    def Delete(self, request: Any, context: Any) -> Any:
        """Delete the resource; already gone is success."""
        try:
            outputs = decode_struct(request.properties)
            self._type_of(request.urn).delete(self.clients(outputs), request.id, outputs)
        except Exception as error:  # noqa: BLE001 - every error becomes a status
            return self._abort(context, error)
        return empty_pb2.Empty()

    def clients(self, properties: Mapping[str, Any]) -> Clients:  # noqa: ARG002 - for others to ask
        """Return the clients with which a resource of these properties is seen to.

        Raises:
            LookupError: the engine has told no region yet.
        """
        if self._clients is None:
            raise LookupError("provider must be configured before it is used")
        return self._clients

    def _type_of(self, urn: str) -> ResourceType:
        return self._lookup(urn.split("::")[2].rsplit("$", 1)[-1])

    def _abort(self, context: Any, error: Exception) -> Any:
        code, message = status_of(error)
        if code is grpc.StatusCode.INTERNAL:
            log.error("provider failed", exc_info=error)
        context.abort(code, message)


def _name(urn: str) -> str:
    return urn.split("::", 3)[3]


def _failure(error: InputError, inputs: Mapping[str, Any]) -> Any:
    field = getattr(error, "field", "") or next((key for key in inputs if key in str(error)), "")
    return provider_pb2.CheckFailure(property=field, reason=str(error))


def _diff_response(difference: Difference, *, deletes_first: bool) -> Any:
    detailed = {
        path: provider_pb2.PropertyDiff(
            kind=_KINDS[kind, top_level(path) in difference.replaces], inputDiff=True
        )
        for path, kind in difference.changes.items()
    }
    outcomes = provider_pb2.DiffResponse
    return provider_pb2.DiffResponse(
        changes=outcomes.DIFF_SOME if difference.changes else outcomes.DIFF_NONE,
        replaces=sorted(difference.replaces),
        diffs=sorted(difference.changed_inputs),
        detailedDiff=detailed,
        hasDetailedDiff=True,
        deleteBeforeReplace=deletes_first,
    )

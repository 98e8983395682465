"""A resource type declared as data: which operations, which names, what is computed.

Most types are one :class:`Row`::

    Row(
        token="aws:sagemaker/modelPackageGroup:ModelPackageGroup",
        service="sagemaker",
        create_op="CreateModelPackageGroup",
        read_op="DescribeModelPackageGroup",
        delete_op="DeleteModelPackageGroup",
        key={"ModelPackageGroupName": "modelPackageGroupName"},
        id="modelPackageGroupName",
        computed={"arn": "ModelPackageGroupArn"},
        tagging=SAGEMAKER_TAGS,
        replace_on=frozenset({"modelPackageGroupName", "modelPackageGroupDescription"}),
        source="internal/service/sagemaker/model_package_group.go",
        stateful=True,
    )

Parameters come from the inputs by walking botocore's shape of the operation (``_walk.py``). What
a row cannot say is a small function: subclass :class:`Row` and override ``parameters`` (what is
sent), ``described`` (what AWS holds), ``after_create`` or one of the five verbs themselves.
"""

from __future__ import annotations

import contextlib
import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import jmespath
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.model import StructureShape

from infra.graph.model import UNKNOWN
from infra.resources._walk import (
    from_aws,
    known_properties,
    member_of,
    operation,
    plain,
    tags_from_aws,
    tags_to_aws,
    to_aws,
)
from infra.resources.api_model import faults
from infra.resources.handler import Clients, Created, InputError, Properties
from infra.resources.naming import AutoName

PROVIDER_ONLY = frozenset({"region", "tagsAll"})
"""Inputs that pulumi-aws takes for itself; AWS never sees them."""

GONE = frozenset(
    {
        "404",
        "NoSuchEntity",
        "NoSuchEntityException",
        "NotFound",
        "NotFoundException",
        "ObjectNotFoundException",
        "ResourceNotFound",
        "ResourceNotFoundException",
        "NoSuchBucket",
    }
)
"""Error codes that mean: it is not there."""


@dataclass(frozen=True, slots=True)
class Tagging:
    """How a service tags what exists already."""

    add: str
    remove: str
    list: str
    target: str
    """Parameter that says which resource, for example ``ResourceArn``."""
    target_property: str = "arn"
    """Output that goes there."""
    tags: str = "Tags"
    listed: str = "Tags"
    keys: str = "TagKeys"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One resource type of one service; see the module for how to write it."""

    token: str
    service: str
    """boto3's name of the service."""
    create_op: str
    delete_op: str
    key: Mapping[str, str]
    """Parameter to property: what names the resource to read, update and delete."""
    id: str
    """The output that is Pulumi's id."""
    read_op: str | None = None
    read_path: str = ""
    """jmespath from the answer of ``read_op`` to the resource; empty when it is the answer."""
    update_op: str | None = None
    autoname: AutoName | None = None
    renames: Mapping[str, str] = field(default_factory=dict)
    """Property path to member name, where ``_walk`` would not find it."""
    computed: Mapping[str, str] = field(default_factory=dict)
    """Output to jmespath in what create answered, overlaid with what AWS describes."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Inputs that pulumi-aws fills in."""
    extra: frozenset[str] = frozenset()
    """Inputs that no operation of the row takes, and a subclass carries out."""
    required: tuple[str, ...] = ()
    replace_on: frozenset[str] = frozenset()
    """Inputs, by their outermost name, whose change takes a new resource."""
    source: str = ""
    """File of hashicorp/terraform-provider-aws in which ``replace_on`` was read; empty: nowhere."""
    stateful: bool = False
    tagging: Tagging | None = None
    gone: frozenset[str] = frozenset()
    """Further error codes that mean: it is not there."""
    gone_text: str = ""
    """Pattern of the message, where the code says too little (``ValidationException``)."""
    delete_before_replace: bool = False

    # -- the five verbs ------------------------------------------------------------------------

    def check(self, name: str, inputs: Properties, old: Properties | None = None) -> dict[str, Any]:
        """Return the inputs with defaults and the autoname (that of ``old``, if it was one).

        Raises:
            InputError: a property is unknown or a required one missing.
        """
        checked = {**self.defaults, **{k: v for k, v in inputs.items() if v is not None}}
        try:
            self.check_names(checked)
            if self.autoname and self.autoname.property not in checked:
                checked[self.autoname.property] = self.autoname.given(name, old)
        except InputError as error:
            raise InputError(f"{self.token} {name!r}: {error}") from None
        return checked

    def faults(self, name: str, inputs: Properties) -> list[str]:
        """Return what AWS's API model refuses of checked inputs, with nothing sent.

        Unknown values fit everywhere.
        """
        return [
            f"{self.token} {name!r}: {call}: {fault}"
            for call, parameters in self.requests(inputs)
            for fault in faults(operation(self.service, call).input_shape, parameters)
        ]

    def create(self, aws: Clients, inputs: Properties) -> Created:
        """Create it; what fails half-way is taken back."""
        answer = self.call(aws, self.create_op, self.parameters(self.create_op, inputs))
        created = self.created(inputs, answer)
        try:
            self.after_create(aws, created, inputs)
            return self.read(aws, created.id, created.outputs) or created
        except Exception:
            with contextlib.suppress(ClientError):  # the first error is the one to tell
                self.delete(aws, created.id, created.outputs)
            raise

    def read(self, aws: Clients, resource_id: str, outputs: Properties) -> Created | None:
        """Return it as AWS has it now; ``None`` when it is gone."""
        if self.read_op is None:
            return Created(id=resource_id, outputs=dict(outputs))
        try:
            held = self.described(aws, outputs)
        except ClientError as error:
            if self.is_gone(error):
                return None
            raise
        if held is None:
            return None
        read = from_aws(self.read_shape(), held, self._readable(outputs), self.renames)
        kept = {key: value for key, value in outputs.items() if key not in self._readable(outputs)}
        return Created(id=resource_id, outputs=self.finish(aws, {**kept, **read}, held))

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Update in place: the resource itself, then its tags."""
        outputs = {**{k: v for k, v in old.items() if k in self.computed}, **new}
        if self.update_op and self._beyond_tags(old, new):
            parameters = {**self._key(old), **self.parameters(self.update_op, new)}
            self.call(aws, self.update_op, parameters)
        if self.tagging:
            self.retag(aws, self.tagging, {**outputs, **self._old_key(old)}, old, new)
        return self.read(aws, resource_id, outputs) or Created(id=resource_id, outputs=outputs)

    def delete(self, aws: Clients, resource_id: str, outputs: Properties) -> None:  # noqa: ARG002 - the protocol
        """Delete it; already gone is success."""
        try:
            self.call(aws, self.delete_op, self._key(outputs))
        except ClientError as error:
            if not self.is_gone(error):
                raise

    def empty(self, aws: Clients, outputs: Properties) -> None:
        """Delete what it holds and AWS would not delete with it; nothing by default."""

    # -- what subclasses override ----------------------------------------------------------------

    def requests(self, inputs: Properties) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the calls that creation makes of the inputs: operation and parameters.

        A subclass with a :meth:`create` of its own says here what that sends.
        """
        yield self.create_op, self.parameters(self.create_op, inputs)
        yield from self._tag_requests(inputs)

    def parameters(self, operation_name: str, inputs: Properties) -> dict[str, Any]:
        """Return what an operation is called with."""
        return to_aws(self.shape(operation_name), inputs, self.renames)

    def described(self, aws: Clients, outputs: Properties) -> Mapping[str, Any] | None:
        """Return what AWS tells of the resource, in the shape of :meth:`read_shape`.

        Raises:
            ClientError: AWS refuses, or it is gone.
        """
        answer = self.call(aws, str(self.read_op), self._key(outputs))
        held = jmespath.search(self.read_path, answer) if self.read_path else answer
        return held if held is None else dict(held)

    def read_shape(self) -> StructureShape:
        """Return botocore's shape of what :meth:`described` returns."""
        shape: Any = operation(self.service, str(self.read_op)).output_shape
        for step in filter(None, self.read_path.replace("[0]", "").split(".")):
            shape = shape.members[step]
            shape = getattr(shape, "member", shape)
        return shape  # type: ignore[no-any-return]  # botocore leaves its shapes untyped

    def after_create(self, aws: Clients, created: Created, inputs: Properties) -> None:
        """Do what creation itself cannot: by default tag, where it takes no tags."""
        tags = inputs.get("tags")
        if self.tagging and tags and member_of(self.shape(self.create_op), "tags") is None:
            self.retag(aws, self.tagging, created.outputs, {}, inputs)

    def finish(
        self,
        aws: Clients,
        outputs: dict[str, Any],
        held: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Add what AWS computed, and the tags, to what was read."""
        outputs.update(self._computed(held))
        if self.tagging and "tags" in outputs:
            outputs["tags"] = self._listed_tags(aws, self.tagging, outputs)
        if "tags" in outputs:
            outputs["tagsAll"] = outputs["tags"]
        return outputs

    # -- shared --------------------------------------------------------------------------------

    def created(self, inputs: Properties, answer: Mapping[str, Any]) -> Created:
        """Return the outputs known from creation alone."""
        outputs = {**inputs, **self._computed(answer)}
        if "tags" in outputs:
            outputs["tagsAll"] = outputs["tags"]
        return Created(id=str(outputs[self.id]), outputs=outputs)

    def call(self, aws: Clients, operation_name: str, parameters: Mapping[str, Any]) -> Any:
        """Call one operation of the service."""
        return getattr(aws(self.service), xform_name(operation_name))(**parameters)

    def shape(self, operation_name: str) -> StructureShape:
        """Return botocore's input shape of one operation."""
        shape: Any = operation(self.service, operation_name).input_shape
        return shape  # type: ignore[no-any-return]  # botocore leaves its shapes untyped

    def is_gone(self, error: ClientError) -> bool:
        """Tell whether an error of AWS says that there is no such resource."""
        code, text = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        if code in GONE | self.gone:
            return True
        return bool(self.gone_text) and bool(re.search(self.gone_text, text, re.IGNORECASE))

    def check_names(self, inputs: Properties) -> None:
        """Refuse what no operation takes.

        Raises:
            InputError: a property is unknown or a required one missing.
        """
        shapes = [self.shape(op) for op in (self.create_op, self.update_op) if op]
        for key in inputs:
            if key in PROVIDER_ONLY | self.extra or (key == "tags" and self.tagging):
                continue
            if not any(member_of(shape, key, self.renames.get(key)) for shape in shapes):
                known = [*known_properties(iter(shapes)), *self.renames, *self.extra]
                close = difflib.get_close_matches(key, known, n=3)
                raise InputError(f"{key} is no property, close: {close}")
        for key in self.required:
            if key not in inputs:
                raise InputError(f"{key} must be given")

    def _tag_requests(self, inputs: Properties) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the call that tags what creation could not."""
        tags = inputs.get("tags")
        if self.tagging and tags and member_of(self.shape(self.create_op), "tags") is None:
            member = self.shape(self.tagging.add).members[self.tagging.tags]
            told = {self.tagging.tags: tags_to_aws(member, tags)}
            yield self.tagging.add, {self.tagging.target: UNKNOWN, **told}

    def retag(
        self, aws: Clients, tagging: Tagging, outputs: Properties, old: Properties, new: Properties
    ) -> None:
        """Add and remove tags so that the resource carries those of ``new``."""
        before, after = old.get("tags") or {}, new.get("tags") or {}
        target = {tagging.target: outputs[tagging.target_property]}
        if gone := sorted(before.keys() - after.keys()):
            self.call(aws, tagging.remove, {**target, tagging.keys: gone})
        if changed := {key: tag for key, tag in after.items() if before.get(key) != tag}:
            member = self.shape(tagging.add).members[tagging.tags]
            self.call(aws, tagging.add, {**target, tagging.tags: tags_to_aws(member, changed)})

    def _listed_tags(self, aws: Clients, tagging: Tagging, outputs: Properties) -> dict[str, str]:
        target = {tagging.target: outputs[tagging.target_property]}
        return tags_from_aws(self.call(aws, tagging.list, target).get(tagging.listed))

    def _computed(self, held: Mapping[str, Any]) -> dict[str, Any]:
        found = {key: jmespath.search(path, held) for key, path in self.computed.items()}
        return {key: plain(value) for key, value in found.items() if value is not None}

    def _key(self, outputs: Properties) -> dict[str, Any]:
        return {parameter: outputs[key] for parameter, key in self.key.items()}

    def _old_key(self, old: Properties) -> dict[str, Any]:
        return {key: old[key] for key in self.key.values() if key in old}

    def _readable(self, outputs: Properties) -> dict[str, Any]:
        hidden = PROVIDER_ONLY | self.extra | self.computed.keys()
        if self.tagging:
            hidden |= {"tags"}
        return {key: value for key, value in outputs.items() if key not in hidden}

    def _beyond_tags(self, old: Properties, new: Properties) -> bool:
        ignored = {"tags", "tagsAll"}
        return any(old.get(key) != new[key] for key in new.keys() - ignored) or bool(
            {key for key in old.keys() - new.keys() if old[key] not in (None, {}, [], "")} - ignored
        )

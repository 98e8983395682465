"""Amazon Kinesis: data streams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from infra.resources._waiting import wait_until_settled
from infra.resources.handler import Clients, Created, InputError, Properties
from infra.resources.naming import AutoName
from infra.resources.row import Row, Tagging

_BY_CREATION: Final = frozenset({"name", "shardCount", "streamModeDetails"})
_HOURS: Final = 24
"""For which a stream keeps its records unless it is told otherwise."""


class _Stream(Row):
    """``aws:kinesis/stream:Stream``; its id is the ARN."""

    def check(self, name: str, inputs: Properties, old: Properties | None = None) -> dict[str, Any]:
        """Return the inputs with defaults and the autoname.

        Raises:
            InputError: shards are counted for a stream that counts them itself, or are not.
        """
        checked = super().check(name, inputs, old)
        mode = checked.get("streamModeDetails", {}).get("streamMode", "PROVISIONED")
        if (mode == "ON_DEMAND") == ("shardCount" in checked):
            raise InputError(
                f"{self.token} {name!r}: shardCount must be given for PROVISIONED alone, got"
                f" {checked.get('shardCount')} with {mode}"
            )
        return checked

    def parameters(self, operation_name: str, inputs: Properties) -> dict[str, Any]:
        """Return the call's parameters; what creation does not take is set afterwards."""
        if operation_name == self.create_op:
            inputs = {key: value for key, value in inputs.items() if key in _BY_CREATION}
        return super().parameters(operation_name, inputs)

    def requests(self, inputs: Properties) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the calls that creation makes."""
        yield self.create_op, self.parameters(self.create_op, inputs)
        yield from self._settings(inputs["name"], {}, inputs)
        if inputs.get("tags"):
            yield "AddTagsToStream", {"StreamName": inputs["name"], "Tags": inputs["tags"]}

    def after_create(self, aws: Clients, created: Created, inputs: Properties) -> None:
        """Wait until the stream is active, then set what creation does not take."""
        self._apply(aws, inputs["name"], {}, inputs)
        self.retag(aws, self._tags(), created.outputs, {}, inputs)

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Set what changed, one after the other: each leaves the stream ``UPDATING``."""
        self._apply(aws, new["name"], old, new, resource_id)
        return super().update(aws, resource_id, old, new)

    def created(self, inputs: Properties, answer: Mapping[str, Any]) -> Created:
        """Return the outputs known from creation, which tells not even the ARN."""
        return super().created(inputs, {**answer, "StreamARN": ""})

    def read(self, aws: Clients, resource_id: str, outputs: Properties) -> Created | None:
        """Return the stream with its ARN as id; ``None`` when it is gone."""
        found = super().read(aws, resource_id, outputs)
        return found and Created(id=found.outputs["arn"], outputs=found.outputs)

    def finish(
        self, aws: Clients, outputs: dict[str, Any], held: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Add what has another name, or none, where AWS tells of a stream."""
        finished = super().finish(aws, outputs, held)
        if held.get("StreamModeDetails", {}).get("StreamMode") != "ON_DEMAND":
            finished["shardCount"] = held["OpenShardCount"]
        told = {
            "retentionPeriod": held["RetentionPeriodHours"],
            "encryptionType": held.get("EncryptionType"),
            "kmsKeyId": held.get("KeyId"),
        }
        return {**finished, **{key: told[key] for key in told.keys() & finished.keys()}}

    def delete(self, aws: Clients, resource_id: str, outputs: Properties) -> None:  # noqa: ARG002 - the protocol
        """Delete the stream, its consumers too where that was asked for."""
        enforced = bool(outputs.get("enforceConsumerDeletion"))
        try:
            aws(self.service).delete_stream(
                StreamName=outputs["name"], EnforceConsumerDeletion=enforced
            )
        except ClientError as error:
            if not self.is_gone(error):
                raise

    def _apply(
        self, aws: Clients, name: str, old: Properties, new: Properties, arn: str = ""
    ) -> None:
        self._active(aws, name)
        for operation_name, parameters in self._settings(name, old, new, arn):
            self.call(aws, operation_name, parameters)
            self._active(aws, name)

    def _active(self, aws: Clients, name: str) -> None:
        wait_until_settled(
            lambda: self.described(aws, {"name": name}),
            status="StreamStatus",
            passing=("CREATING", "UPDATING"),
            good=("ACTIVE",),
            operation="DescribeStreamSummary",
        )

    @staticmethod
    def _settings(
        name: str, old: Properties, new: Properties, arn: str = ""
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        before, after = (one.get("retentionPeriod", _HOURS) for one in (old, new))
        if before != after:
            verb = "Increase" if after > before else "Decrease"
            hours = {"StreamName": name, "RetentionPeriodHours": after}
            yield f"{verb}StreamRetentionPeriod", hours
        if old.get("kmsKeyId") != new.get("kmsKeyId"):
            verb, key = ("Start", new) if new.get("kmsKeyId") else ("Stop", old)
            encryption = {"EncryptionType": "KMS", "KeyId": key["kmsKeyId"]}
            yield f"{verb}StreamEncryption", {"StreamName": name, **encryption}
        if not old:
            return
        if old.get("streamModeDetails") != new.get("streamModeDetails"):
            mode = new.get("streamModeDetails", {}).get("streamMode", "PROVISIONED")
            yield "UpdateStreamMode", {"StreamARN": arn, "StreamModeDetails": {"StreamMode": mode}}
        if new.get("shardCount") not in {None, old.get("shardCount")}:
            count = {"TargetShardCount": new["shardCount"], "ScalingType": "UNIFORM_SCALING"}
            yield "UpdateShardCount", {"StreamName": name, **count}

    def _tags(self) -> Tagging:
        assert self.tagging is not None  # noqa: S101 - the row below has it
        return self.tagging


TYPES: Final = (
    _Stream(
        token="aws:kinesis/stream:Stream",
        source="internal/service/kinesis/stream.go",
        service="kinesis",
        create_op="CreateStream",
        read_op="DescribeStreamSummary",
        read_path="StreamDescriptionSummary",
        delete_op="DeleteStream",
        key={"StreamName": "name"},
        id="arn",
        autoname=AutoName("name", 128),
        renames={"name": "StreamName"},
        computed={"arn": "StreamARN"},
        extra=frozenset(
            {"encryptionType", "enforceConsumerDeletion", "kmsKeyId", "retentionPeriod"}
        ),
        replace_on=frozenset({"name"}),
        stateful=True,
        tagging=Tagging(
            "AddTagsToStream",
            "RemoveTagsFromStream",
            "ListTagsForStream",
            target="StreamName",
            target_property="name",
        ),
    ),
)

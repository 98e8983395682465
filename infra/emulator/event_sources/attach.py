"""Attaches event source mappings of Kinesis streams to an emulator."""

from __future__ import annotations

from typing import Any

from moto.awslambda.models import LambdaBackend
from moto.kinesis.models import Stream

from infra.emulator.context import Context
from infra.emulator.event_sources.checks import check
from infra.emulator.event_sources.readers import Readers
from infra.emulator.patches import replace


def install(context: Context) -> None:
    """Read streams for functions; SQS and DynamoDB mappings stay moto's."""
    readers = Readers(context)
    created = LambdaBackend.create_event_source_mapping
    updated = LambdaBackend.update_event_source_mapping

    def put(
        stream: Stream, partition_key: str, explicit_hash_key: str, data: str
    ) -> tuple[str, str]:
        with readers.lock:  # moto numbers records without one
            shard: Any = stream.get_shard_for_key(partition_key, explicit_hash_key)
            number = shard.put_record(partition_key, data, explicit_hash_key)
        readers.arrived(stream, shard)
        return number, str(shard.shard_id)

    def create(backend: LambdaBackend, spec: dict[str, Any]) -> Any:  # noqa: ANN401 - moto's
        check(spec, str(spec.get("EventSourceArn", "")))
        mapping = created(backend, spec)
        readers.begin(mapping)
        return mapping

    def update(backend: LambdaBackend, uuid: str, spec: dict[str, Any]) -> Any:  # noqa: ANN401 - moto's
        known = backend.get_event_source_mapping(uuid)
        if known is not None:
            check(spec, known.event_source_arn)
        mapping = updated(backend, uuid, spec)
        if mapping is not None:
            readers.begin(mapping)
        return mapping

    replace(context, Stream, "put_record", put)
    replace(context, LambdaBackend, "create_event_source_mapping", create)
    replace(context, LambdaBackend, "update_event_source_mapping", update)

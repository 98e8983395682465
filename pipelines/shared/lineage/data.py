"""Raw data and feature view of a version, as the Extract step wrote them down."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pipelines.shared.lineage.asking import Asking, split
from pipelines.shared.lineage.facts import Data, FeatureGroup, Source

MONTH = re.compile(r"batch=(\d{4}-\d{2})/")
OFFLINE = "/offline-store/"
"""Part of the URI of every offline store: AWS lays it out so."""


def data(
    asking: Asking, metadata: Mapping[str, str], evaluation: Mapping[str, Any], number: int
) -> Data:
    """Return the data of a version, from its manifest, else from its evaluation."""
    folder = metadata.get("data_uri")
    uri = f"{folder.rstrip('/')}/manifest.json" if folder else None
    what = f"data of version {number}"
    manifest: Mapping[str, Any] = {}
    if uri is None:
        asking.gap(what, "its metadata has no data_uri")
    else:
        manifest = asking.document(what, uri) or {}
    told: Mapping[str, str] = manifest.get("sources") or evaluation.get("sources") or {}
    etags: Mapping[str, str] = manifest.get("etags") or {}
    if told and not etags:
        asking.gap(f"ETags of the data of version {number}", "the manifest holds none")
    view: Mapping[str, Any] = manifest.get("view") or {}
    raw = {uri: kind for uri, kind in told.items() if OFFLINE not in uri}
    return Data(
        as_of=metadata.get("as_of") or manifest.get("as_of"),
        rows=metadata.get("rows"),
        window=metadata.get("training_window"),
        holdout_from=metadata.get("holdout_from"),
        months=sorted({match[1] for uri in raw if (match := MONTH.search(uri))}),
        manifest=uri,
        sources=[_source(asking, uri, kind, etags.get(uri)) for uri, kind in raw.items()],
        feature_groups=[
            _group(asking, uri, kind, view) for uri, kind in told.items() if OFFLINE in uri
        ],
    )


def _source(asking: Asking, uri: str, what: str, etag: str | None) -> Source:
    """Return an object with the S3 version that holds the bytes that were read."""
    etag = etag.strip('"') if etag else None
    if etag is None:
        return Source(uri=uri, what=what, etag=None, version_id=None, now="not compared")
    bucket, key = split(uri)
    s3 = asking.client("s3")
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key)
    held = asking.ask(
        f"versions of {uri}",
        lambda: [one for page in pages for one in page.get("Versions") or [] if one["Key"] == key],
    )
    if held is None:
        return Source(uri=uri, what=what, etag=etag, version_id=None, now="not compared")
    same = [one for one in held if one["ETag"].strip('"') == etag]
    if not same:
        asking.gap(f"bytes of {uri}", f"no version of the object has ETag {etag} any more")
    latest = [one for one in held if one.get("IsLatest")]
    return Source(
        uri=uri,
        what=what,
        etag=etag,
        version_id=same[0].get("VersionId") if same else None,
        now="gone" if not latest else "unchanged" if latest[0] in same else "replaced since",
    )


def _group(asking: Asking, uri: str, records: str, view: Mapping[str, Any]) -> FeatureGroup:
    """Return the feature group whose offline store lies at ``uri``."""
    name, used = next(
        ((name, told["features"]) for name, told in view.items() if told.get("uri") == uri),
        ("", []),
    )
    described: Mapping[str, Any] = {}
    if not name:
        asking.gap(f"feature view of {uri}", "the manifest does not tell group and features")
    else:
        sagemaker = asking.client("sagemaker")
        described = (
            asking.ask(
                f"feature group {name}",
                lambda: sagemaker.describe_feature_group(FeatureGroupName=name),
            )
            or {}
        )
    return FeatureGroup(
        name=name,
        arn=described.get("FeatureGroupArn"),
        offline_uri=uri,
        used=used,
        records=records,
        event_time=described.get("EventTimeFeatureName"),
        features={
            one["FeatureName"]: one["FeatureType"]
            for one in described.get("FeatureDefinitions") or []
        },
        changed=described.get("LastModifiedTime"),
    )

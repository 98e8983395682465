"""A stack as a whole: what it was made from, and its dashboards."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

RECORD: Final = re.compile(r"s3://([^/\"\s]+)/([^\"\s]*made-from\.json)")
"""Where a training pipeline's definition says that the record of its code lies."""


def made_from(client: Any, pipeline: str) -> Mapping[str, str]:
    """Return commit, branch and author of what a pipeline was made from; empty where untold.

    Raises:
        ClientError: AWS refuses, or there is no such pipeline.
    """
    told = client("sagemaker").describe_pipeline(PipelineName=pipeline)
    found = RECORD.search(told.get("PipelineDefinition", ""))
    if found is None:
        return {}
    body = client("s3").get_object(Bucket=found[1], Key=found[2])["Body"].read()
    record = json.loads(body)
    return {key: str(record[key]) for key in ("commit", "branch", "author") if key in record}


def dashboards(cloudwatch: Any, stack: str) -> list[str]:
    """Return the names of a stack's dashboards."""
    pages = cloudwatch.get_paginator("list_dashboards").paginate(DashboardNamePrefix=stack)
    names = [one["DashboardName"] for page in pages for one in page["DashboardEntries"]]
    return sorted(name for name in names if name == stack or name.startswith(f"{stack}-"))

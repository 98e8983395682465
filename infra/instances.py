"""Write ``stacks/instances.csv``: ``python -m infra.instances``.

Which types SageMaker offers is read from botocore; what they are made of is EC2's own description
of the type without ``ml.``, of which moto ships what ``DescribeInstanceTypes`` answered.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any, get_args

import moto.ec2

from stacks._instances import COLUMNS, TABLE, Purpose, instance_types

_DESCRIBED = Path(moto.ec2.__file__).parent / "resources" / "instance_types.json.gz"


def table() -> str:
    """Return the table as it should be; types that EC2 no longer describes have no row."""
    described: dict[str, Any] = json.loads(gzip.decompress(_DESCRIBED.read_bytes()))
    offered = {name for purpose in get_args(Purpose) for name in instance_types(purpose)}
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(COLUMNS)
    for name in sorted(offered):
        if entry := described.get(name.removeprefix("ml.")):
            writer.writerow([name, *_facts(entry)])
    return written.getvalue()


def _facts(entry: dict[str, Any]) -> list[object]:
    gpus = (entry.get("GpuInfo") or {}).get("Gpus", [])
    neurons = (entry.get("NeuronInfo") or {}).get("NeuronDevices", [])
    devices = gpus or neurons
    return [
        entry["VCpuInfo"]["DefaultVCpus"],
        entry["MemoryInfo"]["SizeInMiB"],
        "gpu" if gpus else "neuron" if neurons else "",
        devices[0]["Name"] if devices else "",
        sum(device["Count"] for device in devices),
        (entry.get("InstanceStorageInfo") or {}).get("TotalSizeInGB", 0),
    ]


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")

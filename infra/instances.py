"""Write ``stacks/instances.csv`` and ``stacks/accelerators.csv``: ``python -m infra.instances``.

Which types SageMaker offers is read from botocore; what they are made of is EC2's own description
of the type without ``ml.``, of which moto ships what ``DescribeInstanceTypes`` answered. In which
regions EC2 has those with accelerators is what ``DescribeInstanceTypeOfferings`` answered there.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any, get_args

import moto.ec2

from stacks._instances import COLUMNS, TABLE, Purpose, facts, instance_types
from stacks._regions import OFFERED

_RESOURCES = Path(moto.ec2.__file__).parent / "resources"
_DESCRIBED = _RESOURCES / "instance_types.json.gz"
_OFFERINGS = _RESOURCES / "instance_type_offerings" / "region"


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


def offerings() -> str:
    """Return the table of regions as it should be: a row for each, with its accelerated types.

    Types that no region has are not listed: SageMaker may keep what EC2 no longer sells.
    """
    found: dict[str, set[str]] = {}
    for path in sorted(_OFFERINGS.glob("*.json.gz")):
        offered = json.loads(gzip.decompress(path.read_bytes()))
        names = {f"ml.{one['InstanceType']}" for one in offered}
        known = {purpose for kind in get_args(Purpose) for purpose in instance_types(kind)}
        found[path.name.partition(".")[0]] = {
            name for name in names & known if (made := facts(name)) is not None and made.accelerator
        }
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(["region", "instance_types"])
    for region, types in found.items():
        writer.writerow([region, " ".join(sorted(types))])
    return written.getvalue()


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
    OFFERED.write_text(offerings(), encoding="utf-8")

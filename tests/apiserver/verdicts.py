"""What a server says of each change of a rich object, kept so that no server is needed to hold it.

``python -m tests.apiserver.verdicts`` writes the record anew, with the programs at hand.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tests.apiserver.objects import changed
from tests.apiserver.rich import ACCOUNT, OBJECTS, PICKED, SPACE
from tests.apiserver.servers import Cluster, control_plane
from tests.manifests import Manifest, put

RECORD: Final = Path(__file__).with_name("verdicts.json")
TAKEN, REFUSED = ".", "x"


def each() -> Iterator[tuple[str, str, Manifest]]:
    """Yield an object's name in the record, what is changed of it, and what becomes of it.

    Unknown fields are the schemas' to tell, and the pods of templates are those of the pod.
    """
    objects = named()
    for name, one in objects.items():
        for what, value in changed(one):
            if "misspelt" not in what and not (one["kind"] != "Pod" and ".template.spec." in what):
                yield name, what, value
    for name, path, value in PICKED:
        yield name, f"{name}: {path} = {value}", put(objects[name], path, value)


def named() -> dict[str, Manifest]:
    """Return the rich objects by kind and number."""
    found: dict[str, Manifest] = {}
    for one in OBJECTS:
        count = sum(held["kind"] == one["kind"] for held in found.values())
        found[f"{one['kind']} {count + 1}"] = one
    return found


def of(cluster: Cluster) -> Mapping[str, str]:
    """Return the server's verdicts: for each object a letter for each change, in their order."""
    found: dict[str, str] = {}
    for name, _, value in each():
        found[name] = found.get(name, "") + (REFUSED if cluster.refusal(value) else TAKEN)
    return found


def prepared(cluster: Cluster, space: str = SPACE) -> None:
    """Make what pods need: their namespace and their service account."""
    for kind, metadata in (
        ("Namespace", {"name": space}),
        ("ServiceAccount", {"name": ACCOUNT, "namespace": space}),
    ):
        made = {"apiVersion": "v1", "kind": kind, "metadata": metadata}
        refused = cluster.refusal(made, tried=False)
        assert refused is None, refused


def recorded() -> dict[str, Any]:
    """Return the record: the server's version, and its verdicts by object."""
    found: dict[str, Any] = json.loads(RECORD.read_text())
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home, control_plane(Path(home)) as running:
        prepared(running)
        told = of(running)
    RECORD.write_text(json.dumps({"version": running.version, "verdicts": told}, indent=1) + "\n")
    sys.stdout.write(f"{RECORD.name}: {sum(len(letters) for letters in told.values())} verdicts\n")

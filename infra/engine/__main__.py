"""``python -m infra.engine --endpoint URL``: the provider, until its parent ends."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time

from infra.engine.clients import SharedClients
from infra.engine.invokes import invoke
from infra.engine.provider import VERSIONS, Provider
from infra.engine.server import serving
from infra.resources.table import lookup


def main(arguments: list[str] | None = None) -> int:
    """Print ``{"port": …}`` once the provider listens; return when the parent process is gone."""
    parser = argparse.ArgumentParser(prog="python -m infra.engine", description=__doc__)
    parser.add_argument("--endpoint", required=True, help="URL of the emulator")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--region", default="us-east-1", help="where the stack sets no aws:region")
    parser.add_argument("--package", default="aws", choices=sorted(VERSIONS), help="whose types")
    options = parser.parse_args(arguments)
    provider = Provider(
        lookup=lookup,
        invoke=invoke,
        connect=lambda region: SharedClients(options.endpoint, region=region),
        region=options.region,
        package=options.package,
    )
    parent = os.getppid()
    with serving(provider, port=options.port) as port:
        sys.stdout.write(json.dumps({"port": port}) + "\n")
        sys.stdout.flush()
        while os.getppid() == parent:
            time.sleep(0.2)
    return 0


if __name__ == "__main__":
    sys.exit(main())

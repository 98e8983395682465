"""A real MLflow tracking server: run as a script, with its home and its artifact store.

Flask's own server instead of ``mlflow server``: one process, and a port that is free for sure.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main(home: Path, artifacts: str) -> None:
    """Serve until killed; the port is in the file ``port`` once requests are taken."""
    os.environ["_MLFLOW_SERVER_FILE_STORE"] = f"sqlite:///{home / 'mlflow.db'}"
    os.environ["_MLFLOW_SERVER_ARTIFACT_ROOT"] = artifacts
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    from mlflow.server import app  # noqa: PLC0415 - reads the environment when imported
    from werkzeug.serving import make_server  # noqa: PLC0415

    served = make_server("127.0.0.1", 0, app, threaded=True)
    written = home / "port.new"
    written.write_text(str(served.server_port))
    written.rename(home / "port")
    served.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

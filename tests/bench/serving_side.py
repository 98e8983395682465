"""The plain side of the serving benchmark: a FastAPI handler that calls the model for each request.

    python -m tests.bench.serving_side FORM PORT

``FORM`` says where the handler calls it: ``awaited`` on the loop itself, ``threaded`` in a thread
of Starlette's pool, as FastAPI runs handlers that are plain functions.

The model is the one that the model server beside it has, by the same functions, found by the same
environment (``SM_MODEL_DIR``); uvicorn runs with the same loop and parser, as many threads compute.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

from pipelines.server.settings import cores


def main(form: str, port: int) -> None:
    """Serve until ended."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, str(cores()))
    folder = Path(os.environ["SM_MODEL_DIR"])
    sys.path.insert(0, str(folder / "code"))
    fastapi, uvicorn, torch = map(importlib.import_module, ("fastapi", "uvicorn", "torch"))
    pool = importlib.import_module("starlette.concurrency")
    torch.set_num_threads(cores())
    given = importlib.import_module("inference")
    model = given.model_fn(str(folder))
    app = fastapi.FastAPI()

    def work(body: bytes, content_type: str, accept: str) -> Any:
        data = given.input_fn(body.decode(), content_type)
        return given.output_fn(given.predict_fn(data, model), accept)

    async def invocations(request: Any) -> Any:
        told = (await request.body(), request.headers["content-type"], request.headers["accept"])
        found = await pool.run_in_threadpool(work, *told) if form == "threaded" else work(*told)
        return fastapi.Response(found[0], media_type=found[1])

    invocations.__annotations__ = {"request": fastapi.Request}
    app.post("/invocations")(invocations)
    app.get("/ping")(lambda: "")
    uvicorn.run(app, host="127.0.0.1", port=port, access_log=False, log_level="warning")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

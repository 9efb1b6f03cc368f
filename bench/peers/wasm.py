"""TensorFlow.js's wasm backend in Node as a side of `python -m bench cpu`: command, arrays, jobs."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import models
from bench.peers.tfjs import (
    HERE,
    NODE_MODULES,
    PeerUnavailable,
    _Desk,
    _handler,
    _job,
    _Server,
    install_packages,
)


@contextmanager
def serving() -> Iterator[list[str]]:
    """The command that starts the side, while a server hands out inputs and weights.

    PeerUnavailable where there is no Node, or TensorFlow.js cannot be installed. TFJS_NODE_MODULES names a
    folder that has it already.
    """
    node = shutil.which("node")
    if node is None:
        raise PeerUnavailable("bench cpu needs Node.js for TensorFlow.js")
    given = os.environ.get("TFJS_NODE_MODULES")
    if not given:
        install_packages()
    modules = Path(given or NODE_MODULES).resolve()
    if not (modules / "@tensorflow" / "tfjs-backend-wasm").exists():
        raise PeerUnavailable(f"@tensorflow/tfjs-backend-wasm is not in {modules}")
    server = _Server(("127.0.0.1", 0), _handler(_Desk()))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield [node, str(HERE / "wasm.mjs"), str(modules), f"http://127.0.0.1:{server.server_address[1]}"]
    finally:
        server.shutdown()
        server.server_close()


def job(case: dict[str, Any]) -> dict[str, Any]:
    """The case as calls.mjs takes it; LookupError where TensorFlow.js has it on no backend as one call."""
    if case.get("call") in ("batch_norm_in_training", "layer_norm_kernel", "lstm_over_time"):
        raise LookupError(case["call"])
    if case["op"] == "model" and case["model"] not in (*models.LAYERS, "transformer4"):
        raise LookupError(case["model"])
    return _job(case)

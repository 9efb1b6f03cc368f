"""What reading from buffers saves on this driver: measured once by products, and kept beside its shaders."""

import json
import math
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from glbackend.backends.webgl.plan.tiling import forced
from glbackend.base import env
from glbackend.base.errors import ArgumentError
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import check
from glbackend.engine.storage import Handle

if TYPE_CHECKING:
    from glbackend.backends.webgl.backend import WebGL

USUAL_GAIN = 0.2  # of a product's time, on llvmpipe; the costs in forms.py go with it
LEAST_GAIN = 0.05  # less is no difference that a measurement tells
SIDE = 256  # of the matrices: 8 MB are read in all
ROUNDS = 5


def buffer_gain(webgl: "WebGL") -> float:
    """The part of a product's time that reading from buffers saves: the usual one, or 0 where it saves none.

    GLBACKEND_BUFFERS says it instead: 1, 0, or "always", for tests: an infinite one.
    """
    chosen = env.text("BUFFERS")
    if chosen is not None:
        known = {"0": 0.0, "1": USUAL_GAIN, "always": math.inf}
        if chosen not in known:
            raise ArgumentError(f'GLBACKEND_BUFFERS must be 0, 1 or "always", got {chosen!r}')
        return known[chosen]
    if not webgl.context.max_buffer_texels:
        return 0.0
    path = webgl.context.file("buffers")
    with suppress(OSError, ValueError, KeyError, TypeError):
        gain = float(json.loads(path.read_text(encoding="utf-8"))["gain"])
        return USUAL_GAIN if gain >= LEAST_GAIN else 0.0
    gain = _measured(webgl)
    with suppress(OSError):  # a read-only home costs this measurement in each process, nothing else
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{time.time_ns()}")
        draft.write_text(json.dumps({**webgl.context.describe(), "gain": gain}, indent=1), encoding="utf-8")
        draft.replace(path)
    return USUAL_GAIN if gain >= LEAST_GAIN else 0.0


def _measured(webgl: "WebGL") -> float:
    values = np.linspace(-1, 1, SIDE * SIDE, dtype=np.float32)
    x = Handle.of(values, Spec((SIDE, SIDE), "float32"))
    inputs = {"a": x, "b": x}
    checked = check("BatchMatMul", {"a": x.spec, "b": x.spec}, {})

    clock = time.process_time if webgl.context.software else time.perf_counter  # whatever else runs here

    def product(buffers: bool) -> Handle:
        with forced(buffers=buffers):
            result: Handle = webgl.run("BatchMatMul", inputs, checked)
        webgl.context.gl.finish()
        return result

    def seconds(buffers: bool) -> float:
        start = clock()
        product(buffers)
        return clock() - start

    with webgl.context, webgl.unheard():
        if not np.allclose(product(False).storage.values(), product(True).storage.values(), rtol=1e-5):
            return 0.0
        times = [(seconds(False), seconds(True)) for _ in range(ROUNDS + 1)][1:]  # the first compiles
    texture, buffer = map(min, zip(*times, strict=True))
    return round(1 - buffer / texture, 3)

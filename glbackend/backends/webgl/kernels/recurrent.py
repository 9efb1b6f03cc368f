"""Steps of recurrent layers: the product with the state and the gates in one pass, where the state is small.

Beyond, the matrix product runs by itself and the gates in a pass after it.
"""

from collections.abc import Mapping
from typing import Any

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.kernels.matmul import product
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

FUNCTION = {
    "linear": "linear",
    "relu": "relu",
    "sigmoid": "sigmoid",
    "tanh": "tanh_",
    "hard_sigmoid": "hard_sigmoid",
}
# Up to so many, one pass that multiplies row by row beats the tiled product and its passes.
ONE_PASS_READS = 1 << 20


def _structure(units: int, activation: str, recurrent_activation: str, **more: object) -> dict[str, object]:
    structure = {"ACT": FUNCTION[activation], "GATE": FUNCTION[recurrent_activation], **more}
    return structure if units % 4 else {**structure, "ALIGNED": 1}


def _product(webgl: WebGL, h: Handle, recurrent: Handle, gates: int) -> Mapping[str, Any]:
    """The input `product` = h recurrent where that pays; else both, to be multiplied on the way."""
    batch, units = h.shape
    texels = -(-units // 4)
    if batch * texels * (units * gates + texels) <= ONE_PASS_READS:
        return {"h": h, "recurrent": recurrent}
    out = Spec((batch, recurrent.shape[1]))
    return {"h": h, "product": product(webgl, h, recurrent, out, False, False)}


@kernel("LSTMCell", "webgl")
def lstm_cell(
    webgl: WebGL,
    x: Handle,
    h: Handle,
    c: Handle,
    recurrent: Handle,
    *,
    out: tuple[Spec, Spec],
    time: int,
    activation: str,
    recurrent_activation: str,
) -> tuple[Handle, Handle]:
    """Both states in one pass."""
    units = h.shape[1]
    inputs = {"x": x, "c": c, **_product(webgl, h, recurrent, 4)}
    structure = _structure(units, activation, recurrent_activation, GATES=4, LSTM=1)
    if "product" in inputs:
        structure["PRODUCT"] = 1
    uniforms = {"units": units, "time": time, "steps": x.shape[1]}
    results: tuple[Handle, Handle] = webgl.draw(
        "recurrent", out, inputs, uniforms=uniforms, defines=structure
    )
    return results


@kernel("GRUCell", "webgl")
def gru_cell(
    webgl: WebGL,
    x: Handle,
    h: Handle,
    recurrent: Handle,
    bias: Handle | None = None,
    *,
    out: Spec,
    time: int,
    reset_after: bool,
    activation: str,
    recurrent_activation: str,
) -> Handle:
    """One pass where r acts after the product; else a second one for the candidate."""
    units = h.shape[1]
    uniforms = {"units": units, "time": time, "steps": x.shape[1]}
    structure = _structure(units, activation, recurrent_activation, GATES=3)
    inputs = {"x": x, **_product(webgl, h, recurrent, 3)}
    if "product" in inputs:
        structure["PRODUCT"] = 1
    if reset_after:
        if bias is not None:
            inputs["bias"] = bias
            structure["BIAS"] = 1
        return webgl.draw(
            "recurrent", out, inputs, uniforms=uniforms, defines={**structure, "RESET_AFTER": 1}
        )
    update, reset = webgl.draw(
        "recurrent", (out, out), inputs, uniforms=uniforms, defines={**structure, "GRU_GATES": 1}
    )
    inputs = {"x": x, "update": update, "old": h, **_product(webgl, reset, recurrent, 3)}
    return webgl.draw("recurrent", out, inputs, uniforms=uniforms, defines={**structure, "CANDIDATE": 1})

"""BroadcastArgs on webgl: the second size where the first is 1.

Sizes that disagree are noticed where the host still holds both vectors: nothing is read back for that.
"""

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.kernels.elementwise import draw_chain
from glbackend.base.shapes import Spec, broadcast_shapes
from glbackend.contracts.contract import check
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle
from glbackend.table.step import Step

CHOICE = (Step("Equal", (0, 2)), Step("Select", (3, 1, 0)))


@kernel("BroadcastArgs", "webgl")
def broadcast_args(webgl: WebGL, s0: Handle, s1: Handle, *, out: Spec) -> Handle:
    """The shorter one is filled with ones in front."""
    first, second = s0.storage.host, s1.storage.host
    if first is not None and second is not None:
        broadcast_shapes(tuple(first.tolist()), tuple(second.tolist()), "broadcast_args")
    a, b = (_filled(webgl, x, out.shape[0]) for x in (s0, s1))
    one = webgl.run("Fill", {}, check("Fill", {}, {"shape": (1,), "value": 1, "dtype": "int32"}))
    return draw_chain(webgl, (a, b, one), CHOICE, out)


def _filled(webgl: WebGL, x: Handle, size: int) -> Handle:
    if x.size == size:
        return x
    attrs = {"paddings": ((size - x.size, 0),), "constant_value": 1}
    filled: Handle = webgl.run("PadV2", {"x": x}, check("PadV2", {"x": x.spec}, attrs))
    return filled

"""Chains of rows as shaders: one pass by themselves, or at the end of a dense kernel's."""

from collections.abc import Callable, Mapping
from typing import Any

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.glsl.epilogue import Epilogue, chained
from glbackend.backends.webgl.kernels.conv2d import forward
from glbackend.backends.webgl.kernels.depthwise import convolved
from glbackend.backends.webgl.kernels.elementwise import draw_chain
from glbackend.backends.webgl.kernels.matmul import product
from glbackend.backends.webgl.kernels.pool import max_gathered, mean_gathered
from glbackend.backends.webgl.kernels.reduction import computed
from glbackend.base.shapes import Spec
from glbackend.contracts.chain import Root
from glbackend.engine.registry import find_kernel, kernel
from glbackend.engine.storage import Handle
from glbackend.table.step import Step

Draw = Callable[[WebGL, Mapping[str, Handle], Root, Epilogue], Handle]


def _product(webgl: WebGL, xs: Mapping[str, Handle], root: Root, last: Epilogue) -> Handle:
    return product(webgl, xs["a"], xs["b"], root.out, last=last, **root.attrs)


def _conv2d(webgl: WebGL, xs: Mapping[str, Handle], root: Root, last: Epilogue) -> Handle:
    return forward(webgl, xs["x"], xs["filter"], root.attrs["window"], last)


def _depthwise(webgl: WebGL, xs: Mapping[str, Handle], root: Root, last: Epilogue) -> Handle:
    return convolved(webgl, xs["x"], xs["filter"], root.out, root.attrs["window"], last)


def _max_pool_grad(webgl: WebGL, xs: Mapping[str, Handle], root: Root, last: Epilogue) -> Handle:
    return max_gathered(webgl, xs["dy"], xs["input"], root.out, root.attrs["window"], last)


def _avg_pool_grad(webgl: WebGL, xs: Mapping[str, Handle], root: Root, last: Epilogue) -> Handle:
    attrs = root.attrs
    return mean_gathered(webgl, xs["dy"], root.out, attrs["window"], attrs["count_padding"], last)


WITH_EPILOGUE: dict[str, Draw] = {
    "BatchMatMul": _product, "Conv2D": _conv2d, "DepthwiseConv2dNative": _depthwise,
    "MaxPoolGrad": _max_pool_grad, "MaxPool3DGrad": _max_pool_grad,
    "AvgPoolGrad": _avg_pool_grad, "AvgPool3DGrad": _avg_pool_grad,
}  # fmt: skip


@kernel("Chain", "webgl")
def chain(
    webgl: WebGL,
    xs: list[Handle],
    *,
    out: Spec,
    steps: tuple[Step, ...],
    numbers: Mapping[str, float],
    root: Root | None,
) -> Handle:
    """The root with the steps as its epilogue, where it takes one; else the steps in a pass of their own."""
    if root is None:
        return draw_chain(webgl, tuple(xs), steps, out, dict(numbers))
    count = len(root.names)
    operands = tuple(xs[count:])
    if takes_epilogue(root, out):
        named = dict(zip(root.names, xs[:count], strict=True))
        return WITH_EPILOGUE[root.kernel](webgl, named, root, chained(out, operands, steps, numbers))
    first = _root(webgl, root, tuple(xs[:count]))
    return draw_chain(webgl, (first, *operands), steps, out, dict(numbers)) if steps else first


def _root(webgl: WebGL, root: Root, xs: tuple[Handle, ...]) -> Handle:
    named: dict[str, Any] = dict(zip(root.names, xs, strict=True))
    if root.prologue is not None:
        rows, values, spec = root.prologue
        worth = spec.size and spec.size != root.out.size
        named = {"x": (computed if worth else draw_stored)(webgl, xs, rows, values, spec)}
    result: Handle = find_kernel(root.kernel, "webgl")(webgl, **named, out=root.out, **root.attrs)
    return result


def draw_stored(
    webgl: WebGL, xs: tuple[Handle, ...], steps: tuple[Step, ...], numbers: Mapping[str, float], spec: Spec
) -> Handle:
    """What a chain gives, stored: where there is nothing to reduce."""
    return draw_chain(webgl, xs, steps, spec, dict(numbers))


def takes_epilogue(root: Root, out: Spec) -> bool:
    """Whether a root's own pass can end with a chain that gives `out`."""
    window = root.attrs.get("window")
    floats = root.out.dtype == out.dtype == "float32"
    return root.kernel in WITH_EPILOGUE and floats and not (window is not None and window.channels_first)

"""Parts of language models that ONNX has operators for."""

from typing import Any

from glbackend.engine.tensor import Tensor
from glbackend.formats.onnx.declare import onnx_op
from glbackend.formats.onnx.layout import in_order
from glbackend.formats.onnx.ops.convolution import conv, taps_last
from glbackend.ops import activation
from glbackend.ops.concat import concat, split, stack
from glbackend.ops.create import zeros
from glbackend.ops.index import gather


@onnx_op("RotaryEmbedding", since=23)
def rotary_embedding(
    x: Tensor,
    cosine: Tensor,
    sine: Tensor,
    position_ids: Tensor | None = None,
    *,
    interleaved: int = 0,
    num_heads: int = 0,
    rotary_embedding_dim: int = 0,
) -> Tensor:
    """Each head's vector turned by angles of its position, in pairs of elements.

    x is [batch, heads, steps, size], or [batch, steps, heads * size].
    """
    given = x.shape
    x = (
        x.transpose((0, 2, 1, 3))
        if x.rank == 4
        else x.reshape((*given[:2], num_heads, given[2] // num_heads))
    )
    size = rotary_embedding_dim or x.shape[-1]
    turned, rest = split(x, [size, x.shape[-1] - size], -1) if size < x.shape[-1] else (x, None)
    if position_ids is not None:
        cosine, sine = gather(cosine, position_ids), gather(sine, position_ids)
    cosine, sine = cosine.expand_dims(-2), sine.expand_dims(-2)
    if interleaved:
        pairs = turned.reshape((*turned.shape[:-1], size // 2, 2))
        a, b = pairs[..., 0], pairs[..., 1]
    else:
        a, b = split(turned, 2, -1)
    real, imaginary = a * cosine - b * sine, a * sine + b * cosine
    y = stack([real, imaginary], -1).reshape(turned.shape) if interleaved else concat([real, imaginary], -1)
    y = y if rest is None else concat([y, rest], -1)
    return y.transpose((0, 2, 1, 3)) if len(given) == 4 else y.reshape(given)


@onnx_op("CausalConvWithState", since=27)
def causal_conv_with_state(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    past_state: Tensor | None = None,
    *,
    activation: str = "none",
) -> Any:
    """A convolution of each channel that looks back only, into the steps before x too; and those to keep."""
    size = weight.shape[-1]
    past = zeros((*x.shape[:2], size - 1)) if past_state is None else past_state
    seen = concat([past, x], -1) if size > 1 else x
    y = in_order(conv(seen, taps_last(weight), bias, group=x.shape[1]))
    if activation != "none":
        y = silu(y)
    kept = seen.slice([0, 0, seen.shape[-1] - (size - 1)], [*x.shape[:2], size - 1])
    return y, kept


def silu(x: Tensor) -> Tensor:
    """x * sigmoid(x)."""
    return x * activation.sigmoid(x)

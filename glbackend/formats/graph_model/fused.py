"""What TensorFlow fuses onto products and convolutions: a bias or a normalisation, then an activation."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from glbackend.base.errors import ModelFormatError
from glbackend.engine.tensor import Tensor
from glbackend.ops import activation

# TensorFlow's name -> ours, where our fused kernels know it; and what is called behind the kernel elsewhere
RIDING = {"Relu": "relu", "Relu6": "relu6", "Elu": "elu", "Sigmoid": "sigmoid", "LeakyRelu": "leakyrelu",
          "Prelu": "prelu"}  # fmt: skip
BEHIND: dict[str, Callable[[Tensor], Tensor]] = {
    "Tanh": lambda x: x.tanh(),
    "Selu": activation.selu,
    "Softplus": activation.softplus,
    "Gelu": lambda x: x * 0.5 * ((x * 0.7071067811865476).erf() + 1),
    "GeluExact": lambda x: x * 0.5 * ((x * 0.7071067811865476).erf() + 1),
    "GeluApproximate": lambda x: x * ((x + x * x * x * 0.044715) * 1.5957691216057308).sigmoid(),
}


def _as_is(x: Tensor) -> Tensor:
    return x


def epilogue(
    fused_ops: Sequence[str], args: Sequence[Tensor], epsilon: float, alpha: float, data_format: str = "NHWC"
) -> tuple[Tensor | None, dict[str, Any], Callable[[Tensor], Tensor]]:
    """What `fused_ops` mean for our fused ops: the factor of each output channel or None, the options of
    the fused op, and a function for what is left to do behind it."""
    options: dict[str, Any] = {}
    scale, left = None, list(args)
    after: Callable[[Tensor], Tensor] = _as_is
    for name in fused_ops:
        if name == "BiasAdd":
            options["bias"] = left.pop(0)
        elif name == "FusedBatchNorm":
            factor, offset, mean, variance = left[:4]
            del left[:4]
            scale = factor * (variance + epsilon).rsqrt()
            options["bias"] = offset - mean * scale
        elif name in RIDING:
            options["activation"] = RIDING[name]
            if name == "LeakyRelu":
                options["leakyrelu_alpha"] = alpha
            if name == "Prelu":
                options["prelu_activation_weights"] = _slopes(left.pop(0), data_format)
        elif name in BEHIND:
            after = BEHIND[name]
        else:
            raise ModelFormatError(f"fused_ops {list(fused_ops)}: {name!r} is not known here")
    return scale, options, after


APART: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": activation.relu, "relu6": activation.relu6, "elu": activation.elu, "sigmoid": activation.sigmoid,
}  # fmt: skip


def activated(y: Tensor, options: Mapping[str, Any], data_format: str) -> Tensor:
    """What the options of a fused op say, behind a convolution that is not fused."""
    bias, name = options.get("bias"), options.get("activation")
    if bias is not None:
        y = y + (bias.reshape((bias.size, 1, 1)) if data_format.startswith("NC") else bias)
    if name == "leakyrelu":
        return activation.leaky_relu(y, options["leakyrelu_alpha"])
    if name == "prelu":
        return activation.prelu(y, options["prelu_activation_weights"])
    return y if name is None else APART[name](y)


def _slopes(given: Tensor, data_format: str) -> Tensor:
    if data_format.startswith("NC") and given.rank == 1:
        return given.reshape((given.size, 1, 1))
    return given

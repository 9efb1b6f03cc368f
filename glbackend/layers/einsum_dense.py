"""The dense layer whose product is an Einstein sum."""

import math
import re
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.tensor import Tensor
from glbackend.layers import activations, regularizers
from glbackend.layers.activations import Activation
from glbackend.layers.checking import from_rank
from glbackend.layers.initializers import VarianceScaling
from glbackend.layers.layer import Layer, layer
from glbackend.layers.symbolic import LayerShape
from glbackend.ops.einsum import einsum
from glbackend.ops.matmul import fused_matmul

FORM = re.compile(r"(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?")


class Sums(NamedTuple):
    """Shapes of kernel and bias, and how many numbers a result is a sum of and a number goes into."""

    kernel: list[int | None]
    bias: list[int | None]
    fans: tuple[int, int]


def sums_of(
    equation: str, given: LayerShape, wanted: Sequence[int | None], bias_axes: str | None, name: str
) -> Sums:
    """What an equation and the shapes of input and output say of the weights.

    >>> sums_of("abc,cd->abd", (None, 3, 4), (None, 5), "d", "one").kernel
    [4, 5]
    """
    found = FORM.fullmatch(equation.replace(" ", ""))
    if found is None or (found[1], found[3]) != (found[5], found[7]) or (found[1] and found[3]):
        raise ArgumentError(
            f"{name}: equation must be like 'ab,bc->ac', '...b,bc->...c' or 'ab...,bc->ac...', "
            f"got {equation!r}"
        )
    inputs, kernel, outputs = found[2], found[4], found[6]
    elided = len(given) - len(inputs)
    if elided < 0 or (elided and not (found[1] or found[3])):
        raise ShapeError(f"{name}: an input of shape {list(given)} does not fit the equation {equation!r}")
    if found[1] and elided:
        given, result = given[elided:], list(wanted)
    else:
        result = [given[0], *wanted]
    sizes = {**dict(zip(inputs, given, strict=False)), **dict(zip(outputs, result, strict=False))}
    for label, size in zip(inputs, given, strict=False):
        sizes[label] = size if sizes[label] is None else sizes[label]
    unknown = [label for label in kernel + (bias_axes or "") if label not in sizes]
    unknown += [label for label in bias_axes or "" if label not in outputs]
    if unknown or len(result) < len(outputs):
        raise ArgumentError(
            f"{name}: the equation {equation!r}, output_shape {list(wanted)} and bias_axes {bias_axes!r} "
            f"do not fit"
        )
    bias: list[int | None] = []
    if bias_axes:
        first = min(outputs.index(label) for label in bias_axes)
        bias = [sizes[label] if label in bias_axes else 1 for label in outputs[first:]]
        bias += [1] * elided if found[3] else []
    ends = [[sizes[one] for one in kernel if (one in outputs) == out] for out in (False, True)]
    fans = [math.prod(1 if size is None else size for size in end) for end in ends]
    return Sums([sizes[label] for label in kernel], bias, (fans[0], fans[1]))


def summed_axes(equation: str, bias_axes: str | None) -> int:
    """Over how many axes a plain matrix product sums that is the same: the input's last, the kernel's first.

    0 where there is none.

    >>> summed_axes("...a,abc->...bc", "bc"), summed_axes("abc,bd->adc", None)
    (1, 0)
    """
    inputs, kernel, outputs = re.split(",|->", equation.replace(" ", ""))
    summed = "".join(label for label in kernel if label not in outputs)
    rest, made = inputs.removesuffix(summed), kernel.removeprefix(summed)
    plain = (inputs, kernel, outputs) == (rest + summed, summed + made, rest + made)
    return len(summed) if plain and bias_axes in (None, made) else 0


def product(
    x: Tensor, kernel: Tensor, bias: Tensor | None, activation: Activation | None, summed: int
) -> Tensor:
    """activation(x @ kernel + bias) over the last `summed` axes of x, the first of the kernel."""
    size = math.prod(kernel.shape[:summed])
    riding, after = activations.split(activation)
    flat = None if bias is None else bias.reshape((-1,))
    rows, columns = math.prod(x.shape[:-summed]), math.prod(kernel.shape[summed:])
    y = fused_matmul(x.reshape((rows, size)), kernel.reshape((size, columns)), bias=flat, activation=riding)
    return after(y.reshape((*x.shape[:-summed], *kernel.shape[summed:])))


def _by_fans(initializer: VarianceScaling, fans: tuple[int, int], shape: Sequence[int]) -> Tensor:
    """First values of a shape, their variance that of a matrix of inputs by outputs."""
    return initializer(fans).reshape(shape)


@layer("einsum_dense")
class EinsumDense(Layer):
    """activation(einsum(equation, x, kernel) + bias): a dense layer over any axes.

    `equation`: of input and kernel, as "abc,cd->abd"; "..." stands for axes that stay, first or last.
    `output_shape`: of the result without the batch, None for dims that the input gives.
    `activation`: applied to the result, by name or a function.
    `bias_axes`: letters of the result's axes that the bias lies along; None for no bias.
    `kernel_initializer`, `bias_initializer`: how the weights start.
    `kernel_regularizer`, `bias_regularizer`: what the weights cost in training.
    `activity_regularizer`: what the output costs in training.
    `kernel_constraint`, `bias_constraint`: what the weights are forced into after each step.

    As Keras's EinsumDense.

    >>> import glbackend as gl
    >>> layer = gl.layers.einsum_dense("ab,bc->ac", 1, kernel_initializer="ones")
    >>> layer(gl.tensor([[1., 2.]])).numpy().tolist()
    [[3.0]]
    """

    unsaved = Layer.unsaved | {"output_shape"}
    kernel_initializer: Any
    kernel_regularizer: Any
    kernel_constraint: Any

    def __init__(
        self,
        equation: str,
        output_shape: int | Sequence[int | None],
        activation: Any = None,
        bias_axes: str | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.equation, self.bias_axes = equation, bias_axes
        self.asked_shape = [output_shape] if isinstance(output_shape, int) else list(output_shape)
        self.activation: Activation | None = activations.get(activation)
        self.recipe("kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        self.recipe("bias", bias_initializer, bias_regularizer, bias_constraint)
        self.activity_regularizer = regularizers.get(activity_regularizer)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "output_shape": self.asked_shape}

    def build(self, input_shape: LayerShape) -> None:
        sums = sums_of(self.equation, input_shape, self.asked_shape, self.bias_axes, self.name)
        self._input_ranks = from_rank(len(input_shape))[: None if "..." in self.equation else 1]
        start = self.kernel_initializer
        if isinstance(start, VarianceScaling):  # its variance goes by the sums, not by the kernel's shape
            start = partial(_by_fans, start, sums.fans)
        recipe = start, self.kernel_regularizer, self.kernel_constraint
        self.kernel = self.add_weight("kernel", sums.kernel, *recipe)
        self.bias = self.make("bias", sums.bias) if self.bias_axes else None

    def call(self, inputs: Tensor) -> Tensor:
        summed = summed_axes(self.equation, self.bias_axes)
        if not summed:
            y = einsum(self.equation, inputs, self.kernel)
            return (self.activation or activations.linear)(y if self.bias is None else y + self.bias)
        return product(inputs, self.kernel, self.bias, self.activation, summed)

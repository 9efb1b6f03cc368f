"""Numbers that name categories, as vectors: which there are, or how often each."""

from typing import Any, Literal, get_args

import numpy as np

from glbackend.base.errors import ArgumentError
from glbackend.base.naming import snake_case
from glbackend.engine.tensor import Tensor
from glbackend.layers.layer import Layer, layer
from glbackend.layers.policy import NUMBERS
from glbackend.layers.structure import BY_NAME, numbers_of
from glbackend.ops.bincount import dense_bincount
from glbackend.ops.create import tensor
from glbackend.ops.index import one_hot

Mode = Literal["int", "one_hot", "multi_hot", "count", "tf_idf"]
MODES: tuple[Mode, ...] = get_args(Mode)
OTHER_NAMES: dict[str, Mode] = {"binary": "multi_hot", "tf-idf": "tf_idf"}


def mode_of(given: str, known: tuple[Mode, ...], layer: str) -> Mode:
    """One of the `known` modes, in any spelling; ArgumentError otherwise.

    >>> mode_of("multiHot", MODES, "one"), mode_of("tf-idf", MODES, "one")
    ('multi_hot', 'tf_idf')
    """
    found = OTHER_NAMES.get(given, snake_case(given))
    for one in known:
        if found == one:
            return one
    raise ArgumentError(f"{layer}: output_mode must be {', '.join(map(repr, known))}, got {given!r}")


def encoded(numbers: Tensor, mode: Mode, depth: int, weights: Tensor | None = None) -> Tensor:
    """float32 vectors of `depth` for int32 numbers; those outside [0, depth) leave no trace.

    `mode` "one_hot" gives each number a vector, the others each example: 1 where a number occurs
    ("multi_hot"), or how often, each time counting as its weight ("count").
    """
    if mode == "one_hot":
        shape = numbers.shape
        flat = numbers.reshape(shape[:-1]) if len(shape) > 1 and shape[-1] == 1 else numbers
        return one_hot(flat, depth, dtype="float32")
    if numbers.rank <= 2:
        rows = numbers.reshape((max(numbers.size, 1),)) if numbers.rank == 0 else numbers
        rows = rows.where(rows >= 0, depth)  # what is not counted
        return dense_bincount(rows, [] if weights is None else weights, depth, mode == "multi_hot")
    vectors = one_hot(numbers, depth, dtype="float32")
    if mode == "multi_hot":
        return vectors.max(1)
    return (vectors if weights is None else vectors * weights.expand_dims(-1)).sum(1)


@layer("category_encoding")
class CategoryEncoding(Layer):
    """Vectors of `num_tokens` numbers, that say which of so many categories there are.

    `num_tokens`: how many categories there are; inputs are whole numbers from 0 on, below that.
    `output_mode`: "multiHot" gives each example 1 where a category occurs in it, "count" how often, "oneHot"
    each number a vector of its own.

    Called with `count_weights`, each number counts as its weight; in mode "count" only, else ArgumentError.
    NumPy arrays with inputs out of range raise ArgumentError; in tensors these leave no trace.
    As `tf.layers.categoryEncoding`.

    >>> import glbackend as gl
    >>> gl.layers.category_encoding(num_tokens=4)(gl.tensor([[0, 2, 2]], dtype="int32")).numpy().tolist()
    [[1.0, 0.0, 1.0, 0.0]]
    """

    accepts_int = True

    def __init__(self, num_tokens: int, output_mode: str = "multiHot", **options: Any) -> None:
        super().__init__(**options)
        self.num_tokens = self.positive("num_tokens", num_tokens)
        self.output_mode = mode_of(output_mode, ("multi_hot", "one_hot", "count"), "categoryEncoding")

    def __call__(self, inputs: Any = BY_NAME, **arguments: Any) -> Any:
        """As of any layer, with a look at NumPy arrays: what is out of range is most often a mistake.

        `inputs`: what is encoded. `arguments`: `count_weights`.
        """
        inputs = numbers_of(self._named_inputs(arguments) if inputs is BY_NAME else inputs)
        if isinstance(weights := numbers_of(arguments.get("count_weights")), np.ndarray):
            arguments["count_weights"] = tensor(weights)
        # differs from TF.js: tensors are not read back to be checked; what is out of range leaves no trace
        numbers = isinstance(inputs, np.ndarray) and inputs.dtype.kind in "biuf"
        x = inputs if numbers else np.empty(0)
        outside = x[~((x >= 0) & (x < self.num_tokens))]
        if outside.size:
            raise ArgumentError(
                f"categoryEncoding: inputs must be at least 0 and below {self.num_tokens}, got {outside[0]}"
            )
        return super().__call__(inputs, **arguments)

    apply = __call__

    def call(self, inputs: Tensor, count_weights: Tensor | None = None) -> Tensor:
        if count_weights is not None and self.output_mode != "count":
            raise ArgumentError(
                f"categoryEncoding: count_weights need output_mode 'count', it is {self.output_mode!r}"
            )
        self.takes(inputs, *NUMBERS)
        return encoded(inputs.cast("int32"), self.output_mode, self.num_tokens, count_weights)

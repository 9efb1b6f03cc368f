"""Embedding: vectors for numbers."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError
from glbackend.engine.convert import as_tensor
from glbackend.engine.node import look_at
from glbackend.engine.tensor import Tensor
from glbackend.layers import regularizers
from glbackend.layers.layer import Layer, Mask, layer
from glbackend.layers.policy import NUMBERS
from glbackend.layers.symbolic import LayerShape
from glbackend.ops.op import run


@layer("embedding")
class Embedding(Layer):
    """A vector of its own, which is learnt, in place of each whole number below `input_dim`.

    Input of any shape, int32 or floats without a fraction; output [..., output_dim]. The weight embeddings
    [input_dim, output_dim] has a row a number.

    `input_dim`: how many numbers there are: the highest plus 1.
    `output_dim`: size of a vector.
    `embeddings_initializer`: how the weight starts.
    `embeddings_regularizer`: what the weight costs in training.
    `embeddings_constraint`: what the weight is forced into after each step.
    `activity_regularizer`: what the output costs in training.
    `mask_zero`: whether 0 stands for no number at all: layers behind get a mask that is False there.
    `input_length`: length of a sequence, where it is the same for all; short for `input_shape=[length]`.

    Raises ArgumentError for a number outside where the host holds the numbers; on the device, and in a model
    that is traced, it gives zeros. As `tf.layers.embedding`.

    >>> import glbackend as gl
    >>> gl.layers.embedding(input_dim=10, output_dim=4)(gl.tensor([[1, 2, 9]])).shape
    (1, 3, 4)
    """

    accepts_int = True
    unsaved = Layer.unsaved - {"input_dim"}

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "randomUniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        activity_regularizer: Any = None,
        mask_zero: bool = False,
        input_length: int | Sequence[int | None] | None = None,
        **options: Any,
    ) -> None:
        lengths = [input_length] if input_length is None or isinstance(input_length, int) else input_length
        if options.get("input_shape") is None and options.get("batch_input_shape") is None:
            options = {**options, "input_shape": lengths}
        super().__init__(**options)
        self.input_dim = self.positive("input_dim", input_dim)
        self.output_dim = self.positive("output_dim", output_dim)
        self.recipe("embeddings", embeddings_initializer, embeddings_regularizer, embeddings_constraint)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.mask_zero, self.input_length = bool(mask_zero), input_length

    def build(self, input_shape: LayerShape) -> None:
        self.embeddings = self.make("embeddings", (self.input_dim, self.output_dim))

    def compute_mask(self, inputs: Any, mask: Any = None) -> Mask:
        """Where the numbers are not 0."""
        return as_tensor(inputs, "inputs", self.class_name).not_equal(0) if self.mask_zero else None

    def call(self, inputs: Tensor) -> Tensor:
        self.takes(inputs, *NUMBERS)
        who = f"{self.class_name} {self.name!r}"
        look_at(inputs.handle, partial(_refuse_outside, who=who, limit=self.input_dim))
        numbers = inputs if inputs.dtype == "int32" else inputs.cast("int32")
        return run("GatherV2", {"x": self.embeddings, "indices": numbers}, axis=0, zero_outside=True)


def _refuse_outside(held: Any, who: str, limit: int) -> None:
    """ArgumentError for a number outside."""
    if held.dtype == np.int32 and held.size and held.view(np.uint32).max() < limit:
        return  # what is negative would be large
    if held.dtype.kind == "f":
        held = np.nan_to_num(np.trunc(held))
    if held.size and not (held.min() >= 0 and held.max() < limit):
        raise ArgumentError(
            f"{who}: numbers must lie in [0, {limit}), got {int(held.min())} to {int(held.max())}"
        )

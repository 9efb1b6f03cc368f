"""Attention with several heads, each with projections of its own."""

import math
import string
from collections.abc import Mapping, Sequence
from typing import Any

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.shapes import axes_of, normalize_axes
from glbackend.engine.tensor import Tensor
from glbackend.layers import regularizers
from glbackend.layers.attention import MASKED, Attending, both, causal
from glbackend.layers.checking import from_rank
from glbackend.layers.einsum_dense import EinsumDense
from glbackend.layers.layer import Mask, layer
from glbackend.layers.symbolic import LayerShape
from glbackend.ops.create import range_
from glbackend.ops.einsum import einsum
from glbackend.ops.random import dropout

Head = tuple[int, int]  # how many, and their size


class Heads(Attending):
    """What attention with several heads shares: projections, masks, softmax.

    A subclass makes the projections in `build`, and with them the `meeting` of projected queries and keys,
    an Einstein sum, the `mixing` of weights and values, and `spans`: along how many axes queries attend.
    """

    unsaved = Attending.unsaved | {"activity_regularizer"}
    query_dense: EinsumDense
    key_dense: EinsumDense
    value_dense: EinsumDense
    output_dense: EinsumDense
    gate_dense: EinsumDense | None
    meeting: str
    mixing: str
    spans: int

    def __init__(
        self,
        dropout: float = 0.0,
        use_bias: bool = True,
        sliding_window: int | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        use_gate: bool = False,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.dropout, self.use_bias, self.use_gate = self.share("dropout", dropout), use_bias, use_gate
        self.sliding_window = (
            None if sliding_window is None else self.positive("sliding_window", sliding_window)
        )
        self.recipe("kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        self.recipe("bias", bias_initializer, bias_regularizer, bias_constraint)
        self.output_cost = regularizers.get(activity_regularizer)  # of each projection, as in Keras
        self.draw_from(seed)

    def get_config(self) -> dict[str, Any]:
        cost = regularizers.REGULARIZERS.serialize(self.output_cost)
        return {**super().get_config(), "activity_regularizer": cost}

    def dense(
        self, name: str, inputs: str, outputs: str, shape: Sequence[int | None], **more: Any
    ) -> EinsumDense:
        """A projection of the layer's settings: from some axes of the input to others."""
        settings = {
            f"{weight}_{part}": getattr(self, f"{weight}_{part}")
            for weight in ("kernel", "bias")
            for part in ("initializer", "regularizer", "constraint")
        }
        return EinsumDense(
            f"...{inputs},{inputs}{outputs}->...{outputs}",
            shape,
            bias_axes=outputs if self.use_bias else None,
            activity_regularizer=self.output_cost,
            name=name,
            **settings,
            **more,
        )

    def build_heads(
        self, shapes: list[LayerShape], query: Head, key: Head, value: Head, last: Sequence[int | None]
    ) -> None:
        """Makes the projections to heads, each a number of them and their size, and the one from them."""
        given = shapes[0], shapes[1], shapes[-1]
        if any(one[-1] is None for one in given):
            raise ShapeError(
                f"{self.class_name} {self.name!r}: the channels of its inputs must be known, "
                f"got shapes {[list(one) for one in shapes]}"
            )
        self.query_dense = self.dense("query", "x", "yz", query)
        self.key_dense = self.dense("key", "x", "yz", key)
        gated = query[0], value[1]
        self.gate_dense = (
            self.dense("gate", "x", "yz", gated, activation="sigmoid") if self.use_gate else None
        )
        self.value_dense = self.dense("value", "x", "yz", value)
        self.output_dense = self.dense("attention_output", "yz", "stuvw"[: len(last)], last)
        self.query_dense.ensure_built([given[0]])
        self.key_dense.ensure_built([given[2]])
        if self.gate_dense is not None:
            self.gate_dense.ensure_built([given[0]])
        self.value_dense.ensure_built([given[1]])
        self.output_dense.ensure_built([(*given[0][:-1], *gated)])

    def projected(self, inputs: list[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values, [batch, ..., heads, size] each."""
        return self.query_dense(inputs[0]), self.key_dense(inputs[-1]), self.value_dense(inputs[1])

    def counting(self, inputs: list[Tensor], masks: Mapping[str, Mask], use_causal_mask: bool) -> Mask:
        """Which key counts for which query: bool [batch or 1, ..., queries, keys], None where all do."""
        found = {name: None if one is None else one.cast("bool") for name, one in masks.items()}
        query, value, key, counts = (found[name] for name in ("query", "value", "key", "attention"))
        counts = both(counts, None if query is None else query.expand_dims(-1))
        columns = both(value, key)
        counts = both(counts, None if columns is None else columns.expand_dims(-2))
        queries, keys = inputs[0].shape[1], inputs[1].shape[1]
        if use_causal_mask:
            counts = both(counts, causal(queries, keys).expand_dims(0))
        if self.sliding_window:
            apart = range_(0, queries, dtype="int32").expand_dims(1) - range_(0, keys, dtype="int32")
            counts = both(counts, (apart.abs() < self.sliding_window).expand_dims(0))
        return counts

    def shares(self, scores: Tensor, counts: Mask, always: bool) -> Tensor:
        """The softmax over the last axes, those of keys; where no key counts, all do, or none if `always`."""
        if counts is not None:
            own = counts.rank - 2 * self.spans
            heads = (1,) * (scores.rank - counts.rank)
            counts = counts.reshape((*counts.shape[:own], *heads, *counts.shape[own:]))
            scores = scores.where(counts, MASKED)
        alike, spanned = scores.shape[: -self.spans], scores.shape[-self.spans :]
        found = scores.reshape((*alike, math.prod(spanned))).softmax(-1).reshape(scores.shape)
        return found if counts is None or not always else found.where(counts, 0.0)

    def call(
        self,
        inputs: list[Tensor],
        mask: Any = None,
        training: bool = False,
        query_mask: Mask = None,
        value_mask: Mask = None,
        key_mask: Mask = None,
        attention_mask: Mask = None,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        masks = dict(zip(("query", "value", "key"), [*(mask or ()), None, None, None], strict=False))
        given = {"query": query_mask, "value": value_mask, "key": key_mask, "attention": attention_mask}
        masks |= {name: one for name, one in given.items() if one is not None or name not in masks}
        counts = self.counting(inputs, masks, use_causal_mask)
        query, key, value = self.projected(inputs)
        scores = einsum(self.meeting, key, query * (1 / math.sqrt(query.shape[-1])))
        weights = self.shares(
            scores, counts, bool(self.dropout or return_attention_scores or query.rank != 4)
        )
        dropped = dropout(weights, self.dropout, None, self.drawn()) if training and self.dropout else weights
        result = einsum(self.mixing, dropped, value)
        if self.gate_dense is not None:
            result = result * self.gate_dense(inputs[0])
        result = self.output_dense(result)
        return [result, weights] if return_attention_scores else result


def meetings(rank: int, axes: Sequence[int]) -> tuple[str, str]:
    """The Einstein sums of keys and queries, and of weights and values, that meet along `axes`.

    >>> meetings(4, [1])
    ('aecd,abcd->acbe', 'acbe,aecd->abcd')
    """
    queries = string.ascii_lowercase[:rank]
    fresh = iter(string.ascii_lowercase[rank:])
    keys = "".join(next(fresh) if axis in axes else label for axis, label in enumerate(queries))
    batch = "".join(label for axis, label in enumerate(queries[:-1]) if axis not in axes)
    weights = batch + "".join(queries[axis] for axis in axes) + "".join(keys[axis] for axis in axes)
    return f"{keys},{queries}->{weights}", f"{weights},{keys}->{queries}"


@layer("multi_head_attention")
class MultiHeadAttention(Heads):
    """Attention with several heads: each attends by its own projections, and a last one joins what they find.

    Called with queries [batch, queries, m], values [batch, keys, n], and keys where they are not the values;
    `attention_mask` (bool [batch, queries, keys]) and the masks of inputs say what counts,
    `use_causal_mask=True` leaves out what stands later than the query, `return_attention_scores=True` gives
    the weights [batch, heads, queries, keys] too. Gives [batch, queries, m].

    `num_heads`: how many heads there are.
    `key_dim`: size of each head's queries and keys.
    `value_dim`: size of each head's values, by default that of keys.
    `output_shape`: the last axes of the result, in place of m.
    `attention_axes`: the axes along which queries attend, by default all but the batch and the last.
    `dropout`: share of the weights that training sets to 0.
    `use_bias`: whether the projections have biases.
    `sliding_window`: only keys that stand fewer than so many places apart count.
    `kernel_initializer`, `bias_initializer`, `kernel_regularizer`, `bias_regularizer`, `kernel_constraint`,
    `bias_constraint`, `activity_regularizer`: of each projection, as of `dense`.
    `use_gate`: whether each head's result is multiplied by a sigmoid of the queries.
    `seed`: makes the draws of dropout repeatable.

    Vaswani et al. 2017. As Keras's MultiHeadAttention.

    >>> import glbackend as gl
    >>> gl.layers.multi_head_attention(num_heads=2, key_dim=3)(gl.ones([1, 5, 4]), gl.ones([1, 7, 4])).shape
    (1, 5, 4)
    """

    unsaved = Heads.unsaved | {"output_shape"}

    _input_ranks = from_rank(3)

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: int | None = None,
        output_shape: int | Sequence[int] | None = None,
        attention_axes: int | Sequence[int] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.num_heads, self.key_dim = (
            self.positive("num_heads", num_heads),
            self.positive("key_dim", key_dim),
        )
        self.value_dim = self.positive("value_dim", key_dim if value_dim is None else value_dim)
        self.asked_shape = [self.positive("output_shape", one) for one in axes_of(output_shape)]
        self.attention_axes = axes_of(attention_axes) or None

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "output_shape": self.asked_shape or None}

    def build(self, input_shape: list[LayerShape]) -> None:
        rank, heads = len(input_shape[0]), self.num_heads
        axes = normalize_axes(self.attention_axes or tuple(range(1, rank - 1)), rank, self.class_name)
        self.spans, (self.meeting, self.mixing) = len(axes), meetings(rank + 1, axes)
        key, value = (heads, self.key_dim), (heads, self.value_dim)
        self.build_heads(input_shape, key, key, value, self.asked_shape or input_shape[0][-1:])


@layer("group_query_attention", "grouped_query_attention")
class GroupQueryAttention(Heads):
    """`multi_head_attention` in which groups of query heads share keys and values.

    Called as that layer.

    `head_dim`: size of each head's queries, keys and values.
    `num_query_heads`: how many heads of queries there are.
    `num_key_value_heads`: how many of keys and values, a divisor of that; ArgumentError otherwise.
    `dropout`: share of the weights that training sets to 0.
    `use_bias`: whether the projections have biases.
    `sliding_window`: only keys that stand fewer than so many places apart count.
    `kernel_initializer`, `bias_initializer`, `kernel_regularizer`, `bias_regularizer`, `kernel_constraint`,
    `bias_constraint`, `activity_regularizer`: of each projection, as of `dense`.
    `use_gate`: whether each head's result is multiplied by a sigmoid of the queries.
    `seed`: makes the draws of dropout repeatable.

    Ainslie et al. 2023. As Keras's GroupQueryAttention.

    >>> import glbackend as gl
    >>> layer = gl.layers.group_query_attention(head_dim=3, num_query_heads=4, num_key_value_heads=2)
    >>> layer(gl.ones([1, 5, 4]), gl.ones([1, 7, 4])).shape
    (1, 5, 4)
    """

    _input_ranks = range(3, 4)
    spans = 1
    meeting, mixing = meetings(4, [1])

    def __init__(self, head_dim: int, num_query_heads: int, num_key_value_heads: int, **options: Any) -> None:
        super().__init__(**options)
        self.head_dim = self.positive("head_dim", head_dim)
        self.num_query_heads = self.positive("num_query_heads", num_query_heads)
        self.num_key_value_heads = self.positive("num_key_value_heads", num_key_value_heads)
        if num_query_heads % num_key_value_heads:
            raise ArgumentError(
                f"groupQueryAttention: {num_query_heads} query heads are not divisible by "
                f"{num_key_value_heads} heads of keys and values"
            )

    def build(self, input_shape: list[LayerShape]) -> None:
        many, few = (self.num_query_heads, self.head_dim), (self.num_key_value_heads, self.head_dim)
        self.build_heads(input_shape, many, few, few, input_shape[0][-1:])

    def projected(self, inputs: list[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        query, key, value = super().projected(inputs)
        return query, self.repeated(key), self.repeated(value)

    def repeated(self, heads: Tensor) -> Tensor:
        """Keys or values, each head as often as query heads share it."""
        times = self.num_query_heads // self.num_key_value_heads
        batch, steps, few, size = heads.shape
        return heads.expand_dims(3).tile((1, 1, 1, times, 1)).reshape((batch, steps, few * times, size))

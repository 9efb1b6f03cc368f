"""Attention: each query's mean of values, weighted by how well its keys fit."""

from collections.abc import Sequence
from typing import Any

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.tensor import Tensor
from glbackend.layers.layer import Mask, layer
from glbackend.layers.noise import Drawing
from glbackend.layers.symbolic import LayerShape
from glbackend.ops.create import range_
from glbackend.ops.logical import logical_and
from glbackend.ops.random import dropout

MASKED = -1e9  # the score of what does not count: its share is 0


class Attending(Drawing):
    """What attention layers share: queries, values and, where they are not the values, keys."""

    merges = True
    supports_masking = True

    def __call__(self, inputs: Any = None, value: Any = None, key: Any = None, **arguments: Any) -> Any:
        """Applies the layer to queries, values and keys, given by themselves or as one list.

        `inputs` (or `query`), `value`, `key`: tensors, arrays or symbolic tensors; without keys the values
        are keys too. `arguments` go to `call`.
        """
        query = arguments.pop("query", None) if inputs is None else inputs
        given = list(query) if isinstance(query, list | tuple) else [query]
        return super().__call__([*given, *(one for one in (value, key) if one is not None)], **arguments)

    apply = __call__

    def _check_inputs(self, group: Sequence[Any]) -> None:
        """ShapeError for another number of inputs than two or three, or of another rank.

        `group`: the inputs.
        """
        super()._check_inputs(group)
        if len(group) not in (2, 3):
            raise ShapeError(
                f"{self.class_name} {self.name!r}: needs queries and values, and keys where they differ"
            )

    _makes_masks = False

    def compute_mask(self, inputs: Any, mask: Any = None) -> Mask:
        """That of the queries."""
        return mask[0] if mask else None


def causal(queries: int, keys: int) -> Tensor:
    """bool [queries, keys]: whether a key stands no later than the query."""
    return range_(0, queries, dtype="int32").expand_dims(1) >= range_(0, keys, dtype="int32")


def both(a: Mask, b: Mask) -> Mask:
    """Where two masks are true; None is true everywhere."""
    return b if a is None else a if b is None else logical_and(a, b)


class Scored(Attending):
    """What attention with one head shares: the weighted mean, where a subclass gives the `scores`."""

    def __init__(self, dropout: float = 0.0, seed: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.dropout = self.share("dropout", dropout)
        self.draw_from(seed)

    def scores(self, query: Tensor, key: Tensor) -> Tensor:
        """[batch, queries, keys]: how well each key fits each query."""
        raise NotImplementedError

    def call(
        self,
        inputs: list[Tensor],
        mask: Any = None,
        training: bool = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        query, value, key = inputs[0], inputs[1], inputs[-1]
        scores = self.scores(query, key)
        counts = mask[1].expand_dims(-2) if mask and mask[1] is not None else None
        if use_causal_mask:
            counts = both(counts, causal(*scores.shape[-2:]))
        if counts is not None:
            scores = scores.where(counts, scores + MASKED)
        weights = scores.softmax(-1)
        if training and self.dropout:
            weights = dropout(weights, self.dropout, None, self.drawn())
        result = weights.matmul(value)
        if mask and mask[0] is not None:
            result = result.where(mask[0].expand_dims(-1), 0.0)
        return [result, weights] if return_attention_scores else result


@layer("attention")
class Attention(Scored):
    """Means of values [batch, keys, n], weighted by the softmax of how well keys fit queries.

    Queries are [batch, queries, m], keys [batch, keys, m]. A mask of the values leaves them out, one of the
    queries sets their results to 0. Called with `return_attention_scores=True` it gives the weights too, with
    `use_causal_mask=True` it leaves out what stands later than the query.

    `use_scale`: whether scores are multiplied by a weight.
    `score_mode`: "dot" products of queries and keys, or "concat", sums of tanh(query + key).
    `dropout`: share of the weights that training sets to 0.
    `seed`: makes these draws repeatable.

    Luong et al. 2015. As Keras's Attention.

    >>> import glbackend as gl
    >>> queries, values = gl.tensor([[[0., 0.]]]), gl.tensor([[[1., 2.], [3., 4.]]])
    >>> gl.layers.attention()(queries, values).numpy().tolist()
    [[[2.0, 3.0]]]
    """

    def __init__(self, use_scale: bool = False, score_mode: str = "dot", **options: Any) -> None:
        super().__init__(**options)
        if score_mode not in ("dot", "concat"):
            raise ArgumentError(f"attention: score_mode must be 'dot' or 'concat', got {score_mode!r}")
        self.use_scale, self.score_mode = use_scale, score_mode

    def build(self, input_shape: list[LayerShape]) -> None:
        self.factor = self.add_weight("scale", (), "ones") if self.use_scale else None
        concat = self.score_mode == "concat"
        self.concat_factor = self.add_weight("concat_score_weight", (), "ones") if concat else None

    def scores(self, query: Tensor, key: Tensor) -> Tensor:
        if self.concat_factor is None:
            found = query.matmul(key, transpose_b=True)
            return found if self.factor is None else found * self.factor
        sums = query.expand_dims(-2) + key.expand_dims(-3)
        sums = sums if self.factor is None else sums * self.factor
        return sums.tanh().sum(-1) * self.concat_factor


@layer("additive_attention")
class AdditiveAttention(Scored):
    """`attention` whose scores are sums of scale * tanh(query + key), scale being a weight [n].

    `use_scale`: whether there is such a weight.
    `dropout`: share of the weights that training sets to 0.
    `seed`: makes these draws repeatable.

    Bahdanau et al. 2014. As Keras's AdditiveAttention.

    >>> import glbackend as gl
    >>> queries, values = gl.tensor([[[0., 0.]]]), gl.tensor([[[1., 2.], [1., 2.]]])
    >>> gl.layers.additive_attention()(queries, values).numpy().tolist()
    [[[1.0, 2.0]]]
    """

    def __init__(self, use_scale: bool = True, **options: Any) -> None:
        super().__init__(**options)
        self.use_scale = use_scale

    def build(self, input_shape: list[LayerShape]) -> None:
        self.factor = self.add_weight("scale", input_shape[0][-1:]) if self.use_scale else None

    def scores(self, query: Tensor, key: Tensor) -> Tensor:
        found = (query.expand_dims(-2) + key.expand_dims(-3)).tanh()
        return (found if self.factor is None else found * self.factor).sum(-1)

"""Sequences whose alignment nobody knows: the loss and the decoding of `keras.ops.nn`. In `gl.ops`."""

from functools import partial
from typing import Any, Literal

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.convert import TensorLike
from glbackend.engine.node import look_at
from glbackend.engine.tensor import Tensor
from glbackend.ops import logical
from glbackend.ops.arithmetic import maximum
from glbackend.ops.concat import stack
from glbackend.ops.create import range_
from glbackend.ops.further.elementwise import floats, tensor_of
from glbackend.ops.index import one_hot
from glbackend.ops.keras_arrays import argsort, take_along_axis

NEVER = -1e30  # the logarithm of what cannot happen; finite, so that gradients are


@checked
def ctc_loss(
    target: TensorLike,
    output: TensorLike,
    target_length: TensorLike,
    output_length: TensorLike,
    mask_index: int = 0,
) -> Tensor:
    """-log of the chance that logits spell the labels, over all ways of aligning them (Graves et al., 2006).

    `target`: the labels, [n, length].
    `output`: the logits, [n, time, labels]. Each step of time is an op: meant for hundreds of them.
    `target_length`, `output_length`: how many labels, and steps, of each are to be looked at, [n].
    `mask_index`: the label that stands between the others, the blank.

    ShapeError where shapes do not fit, ArgumentError for more labels than steps. As `keras.ops.ctc_loss`.

    >>> round(ctc_loss([[1]], [[[0., 0.]]], [1], [1]).item(), 4)
    0.6931
    """
    labels, logits = tensor_of(target).cast("int32"), floats(output)
    lengths, times = (tensor_of(one).cast("int32").flatten() for one in (target_length, output_length))
    if (
        labels.rank != 2
        or logits.rank != 3
        or {labels.shape[:1], lengths.shape, times.shape} != {logits.shape[:1]}
    ):
        raise ShapeError(
            f"ctc_loss: needs target [n, length], output [n, time, labels] and two lengths [n], got "
            f"{[list(one.shape) for one in (labels, logits, lengths, times)]}"
        )
    (count, length), (_, time, classes) = labels.shape, logits.shape
    look_at(lengths.handle, partial(refuse_longer, time=time, op="ctc_loss"))
    blanks = labels * 0 + mask_index
    spelled = stack([blanks, labels], 2).reshape((count, 2 * length)).pad([[0, 0], [0, 1]], mask_index)
    states = 2 * length + 1
    hot = one_hot(spelled, classes, dtype="float32")
    steps = logits.log_softmax().matmul(hot, transpose_b=True)  # [n, time, states]
    before = spelled.pad([[0, 0], [2, 0]], mask_index).slice([0, 0], [count, states])
    skips = (spelled.not_equal(before) & spelled.not_equal(mask_index)).cast("float32")
    barred = (1.0 - skips) * NEVER
    first = one_hot([0, 1], states, dtype="float32").sum(0).reshape((1, states))
    reached = steps.slice([0, 0, 0], [count, 1, states]).reshape((count, states)) + (1.0 - first) * NEVER
    for i in range(1, time):
        shifted = [reached, _shifted(reached, 1), _shifted(reached, 2) + barred]
        best = maximum(maximum(shifted[0], shifted[1]), maximum(shifted[2], NEVER))
        ways = sum(((one - best).exp() for one in shifted[1:]), start=(shifted[0] - best).exp())
        moved = best + ways.log() + steps.slice([0, i, 0], [count, 1, states]).reshape((count, states))
        reached = logical.where(times.greater(i).expand_dims(1), moved, reached)
    ends = one_hot(lengths * 2, states, dtype="float32") + one_hot(lengths * 2 - 1, states, dtype="float32")
    return -(reached + (1.0 - ends) * NEVER).logsumexp(1)


def refuse_longer(lengths: Any, time: int, op: str) -> None:
    """ArgumentError where one of the labels' lengths is more than there are steps of time."""
    if lengths.size and lengths.max() > time:
        raise ArgumentError(f"{op}: {lengths.max()} labels cannot be spelled in {time} steps of time")


def _shifted(x: Tensor, by: int) -> Tensor:
    """The columns moved to the right; what comes in cannot happen."""
    rows, columns = x.shape
    return x.slice([0, 0], [rows, columns - by]).pad([[0, 0], [by, 0]], NEVER)


@checked
def ctc_decode(
    inputs: TensorLike,
    sequence_lengths: TensorLike,
    strategy: Literal["greedy"] = "greedy",
    beam_width: int = 100,
    top_paths: int = 1,
    merge_repeated: bool = True,
    mask_index: int = 0,
) -> tuple[Tensor, Tensor]:
    """The labels that logits spell: of each step the likeliest. As `keras.ops.ctc_decode`.

    `inputs`: the logits, [n, time, labels].
    `sequence_lengths`: how many steps of each are to be looked at, [n].
    `strategy`: "greedy"; there is no beam search here, so that
    `beam_width`, `top_paths`: have no meaning.
    `merge_repeated`: whether a label that comes several times in a row is one.
    `mask_index`: the label that stands between the others, the blank.

    Gives [1, n, time], int32, filled up with -1, and the negative sums of the scores, [n, 1].

    >>> labels, scores = ctc_decode([[[0., 2.], [0., 2.], [1., 0.]]], [3])
    >>> labels.numpy().tolist(), scores.numpy().tolist()
    ([[[1, -1, -1]]], [[-5.0]])
    """
    given, lengths = floats(inputs), tensor_of(sequence_lengths).cast("int32")
    if given.rank != 3 or lengths.shape != given.shape[:1]:
        raise ShapeError(
            f"ctc_decode: needs inputs [n, time, labels] and sequence_lengths [n], got "
            f"{list(given.shape)} and {list(lengths.shape)}"
        )
    places = range_(0, given.shape[1], dtype="int32").expand_dims(0)
    beyond = places.greater_equal(lengths.expand_dims(1))
    labels = logical.where(beyond, mask_index, given.argmax(-1))
    scores = logical.where(beyond, 0.0, given.max(-1))
    blank = labels.equal(mask_index)
    if merge_repeated:
        again = labels[:, 1:].equal(labels[:, :-1]).pad([[0, 0], [1, 0]])
        blank = blank.logical_or(again)
    order = argsort(logical.where(blank, np.int32(given.shape[1]), places), -1)
    found = take_along_axis(logical.where(blank, -1, labels), order, 1)
    return found.expand_dims(0), -scores.sum(1, True)

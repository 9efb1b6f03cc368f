"""Losses, evaluation and recurrent cells, held against NumPy and what TF.js documents."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.testing.case import case
from glbackend.testing.check import gradient_numeric
from glbackend.testing.sample import integers, normal, uniform

Y, P = uniform(0.05, 0.95, 3, 4), uniform(0.05, 0.95, 3, 4, seed=1)
LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    "absolute_difference": lambda y, p: np.abs(y - p),
    "mean_squared_error": lambda y, p: (y - p) ** 2,
    "hinge_loss": lambda y, p: np.maximum(0, 1 - (2 * y - 1) * p),
    "huber_loss": lambda y, p: np.where(np.abs(y - p) <= 1, (y - p) ** 2 / 2, np.abs(y - p) - 0.5),
    "log_loss": lambda y, p: -y * np.log(p + 1e-7) - (1 - y) * np.log(1 - p + 1e-7),
    "sigmoid_cross_entropy": lambda y, p: np.log1p(np.exp(p)) - y * p,
}
WEIGHTS = [None, np.float32(0.5), uniform(0, 1, 3, 1), np.eye(3, 4, dtype=np.float32)]


@pytest.mark.parametrize("weights", WEIGHTS, ids=["none", "scalar", "column", "zeros"])
@pytest.mark.parametrize("reduction", list(gl.Reduction))
def test_reductions(backend: str, reduction: int, weights: Any) -> None:
    losses = normal(3, 4)
    w = np.broadcast_to(np.float32(1) if weights is None else weights, losses.shape)
    total = (losses * w).sum()
    wanted = [losses * w, total / w.sum(), total, total / np.count_nonzero(w)][reduction]
    got = gl.losses.compute_weighted_loss(losses, weights, reduction).numpy()
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_losses(backend: str, name: str) -> None:
    loss, p = getattr(gl.losses, name), P if name == "log_loss" else P * 3
    wanted = LOSSES[name](Y.astype(np.float64), p)
    got = loss(Y, p, reduction=gl.Reduction.NONE).numpy()
    np.testing.assert_allclose(got, wanted, rtol=2e-5, atol=1e-6)
    np.testing.assert_allclose(loss(Y, p).item(), wanted.mean(), rtol=1e-5)
    with pytest.raises(ShapeError, match=rf"{name}: labels have shape \[3, 4\]"):
        loss(Y, P[:2])


def test_entropies_of_extreme_logits(backend: str) -> None:
    x = np.array([-200.0, -1e4, 200.0, 1e4], np.float32)
    got = gl.losses.sigmoid_cross_entropy([0.0, 1.0, 1.0, 0.0], x, reduction=gl.Reduction.NONE).numpy()
    np.testing.assert_allclose(got, [0, 1e4, 0, 1e4], atol=1e-30)
    got = gl.losses.softmax_cross_entropy(
        [[0.0, 1.0], [1.0, 0.0]], [[1e4, 0.0], [1e4, 0.0]], reduction=0
    ).numpy()
    np.testing.assert_allclose(got, [1e4, 0])


def test_smoothed_labels(backend: str) -> None:
    y, x = np.eye(3, dtype=np.float32), normal(3, 3)
    logs = x - np.log(np.exp(x).sum(-1, keepdims=True))
    soft = y * 0.8 + 0.2 / 3
    got = gl.losses.softmax_cross_entropy(y, x, label_smoothing=0.2).item()
    assert got == pytest.approx(-(soft * logs).sum(-1).mean(), rel=1e-5)
    half = y * 0.8 + 0.1
    got = gl.losses.sigmoid_cross_entropy(y, x, label_smoothing=0.2).item()
    assert got == pytest.approx((np.log1p(np.exp(x)) - half * x).mean(), rel=1e-5)


def test_options_by_position() -> None:
    given = [[1.0, 0.0]], [[2.0, -1.0]]
    by_name = gl.losses.binary_crossentropy(*given, from_logits=True, label_smoothing=0.1)
    assert gl.losses.binary_crossentropy(*given, True, 0.1).item() == by_name.item()


def test_cosine_distance(backend: str) -> None:
    got = gl.losses.cosine_distance(Y, P, 1, reduction=gl.Reduction.NONE)
    np.testing.assert_allclose(got.numpy(), 1 - (Y * P).sum(1, keepdims=True), rtol=1e-5)


def test_unknown_reduction() -> None:
    with pytest.raises(
        ArgumentError, match="unknown reduction 7: use NONE, MEAN, SUM, SUM_BY_NONZERO_WEIGHTS"
    ):
        gl.losses.compute_weighted_loss([1.0], reduction=7)


@pytest.mark.parametrize("name", [*LOSSES, "softmax_cross_entropy"])
def test_gradients(name: str) -> None:
    loss = getattr(gl.losses, name)
    one = case("Sum", name, lambda y, p: loss(y, p), Y, P, grad=(0, 1))
    gradient_numeric(one)
    gradient_numeric(one, order=2)


def test_gradient_of_sigmoid_entropy_at_zero(backend: str) -> None:
    slope = gl.grad(lambda x: gl.losses.sigmoid_cross_entropy([1.0, 0.0], x, reduction=gl.Reduction.SUM))
    np.testing.assert_allclose(slope(gl.tensor([0.0, 0.0])).numpy(), [-0.5, 0.5], rtol=1e-6)


def test_confusion_matrix(backend: str) -> None:
    y, p = integers(0, 4, 50), integers(0, 4, 50, seed=1)
    wanted = np.zeros((4, 4), np.int32)
    np.add.at(wanted, (y, p), 1)
    got = gl.math.confusion_matrix(y, p, 4)
    assert got.dtype == "int32"
    np.testing.assert_array_equal(got.numpy(), wanted)
    with pytest.raises(ArgumentError, match=r"num_classes must be a positive integer, got 2\.5"):
        gl.math.confusion_matrix(y, p, 2.5)
    with pytest.raises(ShapeError, match=r"examples: 50 vs\. 3"):
        gl.math.confusion_matrix(y, p[:3], 4)
    with pytest.raises(ShapeError, match="rank of labels to be 1, but got 0"):
        gl.math.confusion_matrix(1, p, 4)


def test_moving_average(backend: str) -> None:
    v, x = normal(3), normal(3, seed=1)
    plain = gl.moving_average(v, x, 0.9, zero_debias=False).numpy()
    np.testing.assert_allclose(plain, v + 0.1 * (x - v), rtol=1e-5)
    debiased = gl.moving_average(v, x, gl.scalar(0.9), 2).numpy()
    np.testing.assert_allclose(debiased, v + 0.1 * (x - v) / (1 - 0.9**2), rtol=1e-5)
    with pytest.raises(ArgumentError, match="step is required"):
        gl.moving_average(v, x, 0.9)
    with pytest.raises(ShapeError, match="must be equal"):
        gl.moving_average(v, x[:2], 0.9, 1)
    with pytest.raises(DtypeError, match="must be equal"):
        gl.moving_average(v, x.astype(np.int32), 0.9, 1)


def test_recurrent_cells(backend: str) -> None:
    data, c, h = normal(2, 3), normal(2, 5), normal(2, 5, seed=1)
    kernel, bias = normal(8, 20), normal(20)
    i, j, f, o = np.split(np.concatenate([data, h], 1) @ kernel + bias, 4, 1)
    sigmoid: Callable[[Any], Any] = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    new_c = sigmoid(i) * np.tanh(j) + c * sigmoid(f + 0.7)
    got_c, got_h = gl.basic_lstm_cell(0.7, kernel, bias, data, c, h)
    np.testing.assert_allclose(got_c.numpy(), new_c, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(got_h.numpy(), np.tanh(new_c) * sigmoid(o), rtol=1e-4, atol=1e-5)
    cs, hs = gl.multi_rnn_cell(
        [lambda x, c, h: gl.basic_lstm_cell(0.7, kernel, bias, x, c, h)], data, [c], [h]
    )
    np.testing.assert_allclose(hs[0].numpy(), got_h.numpy())
    assert len(cs) == 1
    with pytest.raises(ArgumentError, match="1 cells, but 1 c and 0 h"):
        gl.multi_rnn_cell([gl.basic_lstm_cell], data, [c], [])


def test_shapes_as_data(backend: str) -> None:
    assert gl.broadcast_args([3], [2, 1, 1]).numpy().tolist() == [2, 1, 3]
    with pytest.raises(ShapeError, match="first input must be a vector"):
        gl.broadcast_args([[3]], [2])
    with pytest.raises(ShapeError, match="broadcast_args: shapes"):
        gl.broadcast_args([3], [2])
    x = gl.tensor([[1.0, 2.0]])
    assert gl.ensure_shape(x, [None, 2]) is x
    with pytest.raises(ShapeError, match=r"shape \[1, 2\] is not compatible with expected shape \[2, None\]"):
        gl.ensure_shape(x, [2, None])

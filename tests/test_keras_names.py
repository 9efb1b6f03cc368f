"""Names at the top of Keras, and what a layer says of its inputs."""

from typing import Any

import numpy as np
import pytest
from glbackend.errors import ArgumentError, ShapeError

import glbackend as gl


def test_bases_stand_at_the_top() -> None:
    assert gl.Layer is gl.layers.Layer and gl.Loss is gl.losses.Loss and gl.Metric is gl.metrics.Metric
    assert issubclass(gl.optimizers.Adam, gl.Optimizer) and issubclass(gl.initializers.Ones, gl.Initializer)
    assert isinstance(gl.regularizers.L2(), gl.Regularizer) and gl.InputSpec is gl.layers.InputSpec
    assert isinstance(gl.Input((3,)), gl.KerasTensor) and gl.utils.is_keras_tensor(gl.Input((3,)))
    assert not gl.utils.is_keras_tensor(np.ones(3))


class Told(gl.Layer):
    """Gives what it is given, if that is as its spec says."""

    def __init__(self, spec: Any) -> None:
        super().__init__()
        self.input_spec = spec

    def call(self, inputs: Any) -> Any:
        return inputs


FLAT, DEEP = np.ones((2, 3), np.float32), np.ones((2, 3, 4), np.float32)
SPECS: list[tuple[dict[str, Any], Any, Any, str]] = [  # arguments, what is taken, what is not, and why
    ({"ndim": 2}, FLAT, DEEP, "ndim=2"),
    ({"min_ndim": 3}, DEEP, FLAT, "min_ndim=3"),
    ({"max_ndim": 2}, FLAT, DEEP, "max_ndim=2"),
    ({"shape": (None, 3)}, FLAT, FLAT.T, r"shape=\(None, 3\)"),
    ({"shape": (None, 3)}, FLAT, DEEP, "ndim=2"),
    ({"axes": {-1: 4}}, DEEP, FLAT, "axes={-1: 4}"),
    ({"axes": {2: 4}}, DEEP, FLAT, "axes={2: 4}"),
    ({"dtype": "float32"}, FLAT, FLAT.astype(np.int32), "dtype=float32"),
    ({"shape": (None, 3, 1), "allow_last_axis_squeeze": True}, FLAT, FLAT.T, "shape=.*"),
]


@pytest.mark.parametrize(("options", "right", "wrong", "words"), SPECS)
def test_inputs_are_held_against_a_spec(options: dict[str, Any], right: Any, wrong: Any, words: str) -> None:
    layer = Told(gl.InputSpec(**options))
    assert layer(right).shape == right.shape
    for _ in range(2):  # built or not
        with pytest.raises(ShapeError, match=f"input_spec wants {words} of input 0"):
            layer(wrong)
    if "dtype" not in options:
        with pytest.raises(ShapeError, match=words):
            Told(gl.InputSpec(**options))(gl.Input(wrong.shape[1:], batch_size=len(wrong)))


def test_specs_of_several_inputs() -> None:
    layer = Told([gl.InputSpec(ndim=2), None])
    assert layer([FLAT, DEEP])[1].shape == DEEP.shape
    with pytest.raises(ShapeError, match="ndim=2 of input 0"):
        layer([DEEP, DEEP])
    with pytest.raises(ShapeError, match="expects 2 inputs by its input_spec, got 1"):
        layer(FLAT)


def test_losses_of_a_class_are_not_dropped() -> None:
    """Keras asks the property in training; here add_loss is the way, and another is refused."""
    with pytest.raises(ArgumentError, match="keep the name 'losses'"):

        class Own(gl.Model):
            @property
            def losses(self) -> list[Any]:
                return []

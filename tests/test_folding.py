"""Folding for inference: same values as the layers one by one, fewer kernels, and always the current
weights."""

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.config import settings_version
from glbackend.models.folding import Fold

L = gl.layers


def model(data_format: str = "channelsLast", shared: bool = False) -> gl.Model:
    axis = 1 if data_format == "channelsFirst" else -1
    x = gl.input([6, 6, 3] if axis == -1 else [3, 6, 6])
    y = L.conv2d(filters=5, kernel_size=3, use_bias=True, data_format=data_format)(x)
    z = L.re_lu(max_value=6)(L.batch_normalization(axis=axis)(y))
    z = L.depthwise_conv2d(kernel_size=2, depth_multiplier=2, use_bias=False, data_format=data_format)(z)
    z = L.activation("elu")(L.batch_normalization(axis=axis)(z))
    made = gl.model(inputs=x, outputs=[z, y] if shared else z)
    random = np.random.default_rng(3)
    made.set_weights([random.uniform(0.5, 1.5, w.shape) for w in made.weights])
    return made


@pytest.mark.parametrize("data_format", ["channelsLast", "channelsFirst"])
def test_values_stay(data_format: str, backend: str) -> None:
    m = model(data_format)
    x = gl.tensor(np.random.default_rng(0).normal(size=(2, *m.inputs[0].shape[1:])))
    folded = m.predict(x).numpy()
    m._calls_graph._folded = settings_version(), m._calls_graph.calls
    np.testing.assert_allclose(folded, m.predict(x).numpy(), rtol=2e-5, atol=1e-6)
    m.dispose()


def test_kernels_are_fewer() -> None:
    m = model()
    x = gl.ones([1, 6, 6, 3])
    m.predict(x)
    assert [run.name for run in gl.profile(lambda: m.predict(x)).kernels] == [
        "FusedConv2D",
        "FusedDepthwiseConv2D",
    ]
    m.dispose()


def test_changed_weights_are_seen() -> None:
    m = model()
    x = gl.ones([1, 6, 6, 3])
    before = m.predict(x).numpy()
    m.set_weights([w * 0.5 for w in m.get_weights()])
    assert not np.allclose(before, m.predict(x).numpy())
    m.dispose()


def test_a_result_that_others_use_is_not_folded() -> None:
    folds = [call for call, _ in model(shared=True)._calls_graph.inference if isinstance(call, Fold)]
    assert len(folds) == 1


def test_gradients_go_through_the_layers() -> None:
    m = model()
    x = gl.tensor(np.random.default_rng(0).normal(size=(1, 6, 6, 3)))
    value, grads = gl.variable_grads(lambda: m(x).sum(), m.trainable_weights)
    assert len(grads) == len(m.trainable_weights) and value.rank == 0
    m.dispose()

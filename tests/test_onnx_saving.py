"""`gl.save_onnx`: what is written is whole by onnx's checker, and gives here, and in ONNX Runtime where that is
installed, the same numbers."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError
from glbackend.base.nested import leaves
from glbackend.base.shapes import Spec
from glbackend.engine.tensor import Tensor
from glbackend.formats.onnx.loading import model_of
from glbackend.formats.onnx.saving import proto_of
from glbackend.formats.onnx.written import writable
from glbackend.formats.tracing import Source
from glbackend.testing.case import Case
from tests.written_cases import written_cases
from tests.zoo import ZOO, make_input, models

try:
    import onnxruntime
except ImportError:
    onnxruntime = None
needs_runtime = pytest.mark.skipif(onnxruntime is None, reason="onnxruntime is not installed")
RNG = np.random.default_rng(5)


@pytest.fixture(scope="module")
def known() -> list[tuple[Case, Any]]:
    return written_cases(proto_of, writable, 3)


def test_each_kernel_is_read_as_it_was_written(known: list[tuple[Case, Any]]) -> None:
    assert len({case.kernel for case, _ in known}) > 95
    for case, made in known:
        onnx.checker.check_model(made, full_check=True)
        inputs = [gl.tensor(one) for one in case.inputs]
        model = model_of(made, "")
        found = model.predict(inputs if len(inputs) > 1 else inputs[0])
        got = found if isinstance(found, list) else [found]
        for one, wanted in zip(got, leaves(Tensor, case.call(*inputs)), strict=True):
            assert (one.dtype, one.shape) == (wanted.dtype, wanted.shape), case.id
            np.testing.assert_allclose(one.numpy(), wanted.numpy(), 2e-5, 2e-5, err_msg=case.id)
        model.dispose()


def in_runtime(made: Any, inputs: list[Any]) -> list[Any]:
    """What ONNX Runtime gives."""
    session = onnxruntime.InferenceSession(made if isinstance(made, bytes) else made.SerializeToString())
    feeds = {info.name: np.asarray(value) for info, value in zip(session.get_inputs(), inputs, strict=True)}
    return list(session.run(None, feeds))


@needs_runtime
def test_each_kernel_gives_the_same_in_onnx_runtime(known: list[tuple[Case, Any]]) -> None:
    for case, made in known:
        if case.id == "Cast-float32 to int32":
            continue  # of numbers beyond int32, which C++ leaves open
        inputs = [np.asarray(gl.tensor(one).numpy()) for one in case.inputs]
        wanted = leaves(Tensor, case.call(*map(gl.tensor, case.inputs)))
        try:
            found = in_runtime(made, inputs)
        except onnxruntime.capi.onnxruntime_pybind11_state.NotImplemented:
            assert case.id == "Select-bool"  # there is no Where of bools there
            continue
        for one, other in zip(found, wanted, strict=True):
            assert one.shape == other.shape
            np.testing.assert_allclose(one, other.numpy(), 2e-5, 2e-5, err_msg=case.id)


def images() -> Any:
    """Layers of many kinds, for images."""
    return gl.sequential([
        gl.layers.conv2d(filters=4, kernel_size=3, padding="same", use_bias=False, input_shape=[8, 8, 2]),
        gl.layers.batch_normalization(),
        gl.layers.activation("relu6"),
        gl.layers.depthwise_conv2d(kernel_size=3, depth_multiplier=2, activation="elu"),
        gl.layers.max_pooling2d(pool_size=2),
        gl.layers.conv2d_transpose(filters=3, kernel_size=3, strides=2, padding="same"),
        gl.layers.layer_normalization(),
        gl.layers.up_sampling2d(size=2, interpolation="bilinear"),
        gl.layers.average_pooling2d(pool_size=3, strides=2, padding="same"),
        gl.layers.flatten(),
        gl.layers.dense(units=5, activation="tanh"),
        gl.layers.dense(units=3, activation="softmax"),
    ])  # fmt: skip


def sequences() -> Any:
    """Recurrent layers, both ways, and attention."""
    x = gl.input([6, 3])
    y = gl.layers.bidirectional(layer=gl.layers.lstm(units=4, return_sequences=True))(x)
    z = gl.layers.gru(units=5, return_sequences=True, recurrent_activation="hard_sigmoid")(y)
    a = gl.layers.MultiHeadAttention(num_heads=2, key_dim=3)(z, z)
    return gl.model(inputs=x, outputs=gl.layers.simple_rnn(units=2)(a))


MODELS = {"images": (images, (8, 8, 2)), "sequences": (sequences, (6, 3))}


@pytest.mark.parametrize("name", MODELS)
def test_layers_models_of_any_batch(name: str, tmp_path: Path, backend: str) -> None:
    gl.set_seed(3)
    make, shape = MODELS[name]
    layers, path = make(), tmp_path / "model.onnx"
    gl.save_onnx(layers, path)
    onnx.checker.check_model(str(path), full_check=True)
    model = gl.load_onnx_model(path)
    assert model.inputs[0].shape == ("batch", *shape)
    assert (model.outputs[0].shape or ())[0] == "batch"
    for rows in (1, 3):
        x = RNG.normal(size=(rows, *shape)).astype(np.float32)
        np.testing.assert_allclose(model.predict(x).numpy(), layers.predict(x).numpy(), 1e-4, 1e-5)
    model.dispose()


@needs_runtime
@pytest.mark.parametrize("name", MODELS)
def test_layers_models_in_onnx_runtime(name: str, tmp_path: Path) -> None:
    gl.set_seed(4)
    make, shape = MODELS[name]
    layers, path = make(), tmp_path / "model.onnx"
    gl.save_onnx(layers, path)
    for rows in (1, 3):
        x = RNG.normal(size=(rows, *shape)).astype(np.float32)
        found = in_runtime(path.read_bytes(), [x])[0]
        np.testing.assert_allclose(found, layers.predict(x).numpy(), 1e-4, 1e-5)


@pytest.mark.skipif(not ZOO.is_dir(), reason="the model zoo (../shared/zoo) is not beside this checkout")
@pytest.mark.parametrize("name", ["movenet-lightning", "blazeface", "facemesh", "basic-pitch"])
def test_real_graphs_go_through_onnx(name: str, tmp_path: Path) -> None:
    """What the file gives is what the model gives, which tests/test_graph_models.py holds against TF.js."""
    source = gl.load_graph_model(ZOO / name)
    gl.save_onnx(source, tmp_path / "model.onnx")
    model = gl.load_onnx_model(tmp_path / "model.onnx")
    x = make_input(models()[name]["cases"][-1]["inputs"][0])
    pairs = zip(leaves(Tensor, model.predict(x)), leaves(Tensor, source.predict(x)), strict=True)
    for got, wanted in pairs:
        spread = np.ptp(wanted.numpy())
        assert np.abs(got.numpy() - wanted.numpy()).max() <= 1e-5 * spread
    source.dispose()
    model.dispose()


def two_heads(x: Any, y: Any) -> dict[str, Any]:
    """A function of two arguments that gives a dict."""
    z = gl.concat([x, y], 1).matmul(gl.tensor(np.arange(10, dtype=np.float32).reshape(5, 2)))
    return {"sum": z.sum(1), "classes": z.argmax(1), "parts": z.reshape((z.shape[0], 2, 1)).leaky_relu(0.3)}


def test_a_function_with_a_dict_of_any_batch(tmp_path: Path) -> None:
    x, y = RNG.normal(size=(4, 2)).astype(np.float32), RNG.normal(size=(4, 3)).astype(np.float32)
    gl.save_onnx(two_heads, tmp_path / "a.onnx", [None, 2], ([None, 3], "float32"), name="heads")
    model = gl.load_onnx_model(tmp_path / "a.onnx")
    assert [one.name for one in model.inputs] == ["x", "y"]
    assert [one.name for one in model.outputs] == ["sum", "classes", "parts"]
    wanted = list(two_heads(gl.tensor(x), gl.tensor(y)).values())
    for got, one in zip(model.predict({"x": x, "y": y}), wanted, strict=True):
        np.testing.assert_allclose(got.numpy(), one.numpy(), 1e-5, 1e-6)
    gl.save_onnx(model, tmp_path / "b.onnx")  # and again, from ONNX
    again = gl.load_onnx_model(tmp_path / "b.onnx")
    for got, one in zip(again.predict([x, y]), wanted, strict=True):
        np.testing.assert_allclose(got.numpy(), one.numpy(), 1e-5, 1e-6)
    model.dispose()
    again.dispose()


def test_turns_that_nobody_needs_are_left_out() -> None:
    """Between convolutions images stay channels first."""
    model = gl.sequential([
        gl.layers.conv2d(filters=4, kernel_size=3, activation="relu", input_shape=[9, 9, 3]),
        gl.layers.conv2d(filters=4, kernel_size=3),
        gl.layers.max_pooling2d(pool_size=2),
    ])  # fmt: skip
    made = proto_of(Source(lambda x: model(x), ["x"], [Spec((1, 9, 9, 3))]))
    ops = [one.op_type for one in made.graph.node]
    assert ops.count("Transpose") == 2
    assert "Placeholder" not in ops


def test_what_cannot_be_written(tmp_path: Path) -> None:
    place = tmp_path / "a.onnx"
    place.write_text("before")
    with pytest.raises(ArgumentError, match=r"no op of ONNX stands for CropAndResize"):
        gl.save_onnx(
            lambda x: gl.image.crop_and_resize(x, [[0.0, 0, 1, 1]], [0], [2, 2]), place, [1, 3, 3, 1]
        )
    with pytest.raises(ArgumentError, match="random numbers"):
        gl.save_onnx(lambda x: x + gl.random_normal([3]), place, [3])
    state = gl.Variable([0.0])
    with pytest.raises(ArgumentError, match="changes variables"):
        gl.save_onnx(lambda x: state.assign(state + x), place, [1])
    with pytest.raises(ArgumentError, match=r"Tile goes with a dim of any size"):
        gl.save_onnx(lambda x: gl.ones([1, 2]).tile([x.shape[0], 1]) * x, place, [None, 2])
    for specs in ((), ([2], [2])):
        with pytest.raises(ArgumentError, match="save_onnx: a spec for each argument of the function"):
            gl.save_onnx(lambda x: x, tmp_path / "a.onnx", *specs)
    with pytest.raises(ArgumentError, match="must be a shape"):
        gl.save_onnx(lambda x: x, place, "float32")
    with pytest.raises(ArgumentError, match=r"must end in \.onnx"):
        gl.save_onnx(lambda x: x, tmp_path / "model", [2])
    with pytest.raises(ArgumentError, match="AvgPool with dilations cannot be written as ONNX"):
        gl.save_onnx(lambda x: gl.pool(x, 2, "avg", "valid", 2), place, [1, 6, 6, 1])
    with pytest.raises(ArgumentError, match="complex64 cannot be written as ONNX"):
        gl.save_onnx(lambda x: x * x, place, ([2], "complex64"))
    assert place.read_text() == "before"
    assert [one.name for one in tmp_path.iterdir()] == ["a.onnx"]


def test_specs_are_written_in_any_way(tmp_path: Path) -> None:
    spec = gl.TensorSpec([None, 3], "int32")
    for given in (spec, ([None, 3], "int32")):
        gl.save_onnx(lambda x: x * 2, tmp_path / "a.onnx", given)
        (one,) = gl.load_onnx_model(tmp_path / "a.onnx").inputs
        assert (one.dtype, one.shape[1]) == ("int32", 3)

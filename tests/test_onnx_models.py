"""ONNX models as users hold them: inputs, outputs, control flow, functions, external data, errors."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper
from onnx.reference import ReferenceEvaluator

import glbackend as gl
from glbackend.backends.webgl.backend import WebGL
from glbackend.base.errors import (
    ArgumentError,
    DisposedError,
    DtypeError,
    MissingPackageError,
    ModelFormatError,
    ShapeError,
)
from glbackend.engine import scope
from glbackend.engine.backend import make_backend
from glbackend.testing.check import using
from glbackend.testing.interpret import replay
from tests.onnx_making import cnn, graph, info, model, node

IMAGES = np.random.default_rng(1).normal(size=(2, 3, 8, 8)).astype(np.float32)


def loaded(proto: onnx.ModelProto) -> gl.OnnxModel:
    return gl.load_onnx_model(proto.SerializeToString())


def test_a_small_network(backend: str) -> None:
    proto = cnn()
    net = loaded(proto)
    (wanted,) = ReferenceEvaluator(proto).run(None, {"x": IMAGES})
    for given in (IMAGES, [IMAGES], {"x": IMAGES}, gl.tensor(IMAGES)):
        assert np.allclose(net.predict(given).numpy(), wanted, 1e-4, 1e-4)
    assert net.predict(IMAGES[:1]).shape == (1, 5)  # the batch is of any size


def test_it_can_be_traced_and_differentiated() -> None:
    net = loaded(cnn())
    made = gl.trace(net.predict, gl.tensor(IMAGES))
    kernels = [one.kernel for one in made.nodes]
    assert not {"GatherV2", "Concat"} & set(kernels), "shapes are known while it is traced"
    x = gl.tensor(IMAGES)
    assert np.allclose(replay(made, x).numpy(), net.predict(x).numpy(), atol=1e-5)
    slope = gl.grad(lambda one: net.predict(one).sum())(x)
    assert slope.shape == x.shape and np.abs(slope.numpy()).max() > 0


def test_images_stay_channels_last_between_nodes() -> None:
    weights = {"w": np.ones((4, 4, 3, 3), np.float32), "s": np.ones((4, 1, 1), np.float32)}
    weights |= {name: np.ones(4, np.float32) for name in "abmv"}
    nodes = [
        node("Conv", "x w", "c", pads=[1, 1, 1, 1]),
        node("BatchNormalization", "c a b m v", "n"),
        node("Relu", "n", "r"),
        node("Mul", "r s", "t"),
        node("Conv", "t w", "d", pads=[1, 1, 1, 1]),
        node("Add", "d r", "e"),
        node("Concat", "e r", "f", axis=1),
        node("MaxPool", "f", "g", kernel_shape=[2, 2]),
        node("GlobalAveragePool", "g", "y"),
    ]
    proto = model(nodes, "x:float[N,4,5,5]", "y:float[N,8,1,1]", weights)
    x = np.random.default_rng(2).normal(size=(2, 4, 5, 5)).astype(np.float32)
    net = loaded(proto)
    (wanted,) = ReferenceEvaluator(proto).run(None, {"x": x})
    assert np.allclose(net.predict(x).numpy(), wanted, 1e-4, 1e-4)
    kernels = [one.kernel for one in gl.trace(net.predict, gl.tensor(x)).nodes]
    assert kernels.count("Transpose") == 1  # the input alone


def test_what_it_says_of_itself() -> None:
    net = loaded(cnn())
    assert [tuple(one) for one in net.inputs] == [("x", ("N", 3, 8, 8), "float32", "tensor")]
    assert [tuple(one) for one in net.outputs] == [("y", ("N", 5), "float32", "tensor")]
    assert repr(net) == "<OnnxModel 'x' (float32 [N, 3, 8, 8]) -> 'y' (float32 [N, 5])>"


def test_a_file_and_external_data(tmp_path: Path) -> None:
    proto, path = cnn(), tmp_path / "net.onnx"
    wanted = loaded(proto).predict(IMAGES).numpy()
    onnx.save(proto, path, save_as_external_data=True, location="net.data", size_threshold=0)
    assert np.array_equal(gl.load_onnx_model(path).predict(IMAGES).numpy(), wanted)
    with pytest.raises(ModelFormatError, match=r"beside the model: give its path"):
        gl.load_onnx_model(path.read_bytes())
    (tmp_path / "secret").write_bytes(b"0" * 50_000)
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "link").symlink_to("../secret")
    for place, told in (
        ("../secret", "leads out of the folder"), (str(tmp_path / "secret"), "leads out of the folder"),
        ("a/../../secret", "leads out of the folder"), ("..\\secret", "leads out of the folder"),
        ("link", "leads out of the folder"), ("missing", "no file 'missing'"), ("", "does not say in which"), (".", "no file"),
        ("long" * 100, "no file 'longlong"),
    ):  # fmt: skip
        with pytest.raises(ModelFormatError, match=told):
            gl.load_onnx_model(told_elsewhere(inner, location=place))
    (inner / "values").write_bytes(bytes(2000))
    for key, value, told in (
        ("offset", "-1", "its offset in the file is '-1'"), ("offset", "1" * 30, "no whole number"),
        ("offset", "1999", "needs 432 bytes from 1,999 on"), ("length", "7", "needs 432 bytes, not 7"),
    ):  # fmt: skip
        with pytest.raises(ModelFormatError, match=told):
            gl.load_onnx_model(told_elsewhere(inner, **{"location": "values", key: value}))
    gl.load_onnx_model(told_elsewhere(inner, location="values", offset="64")).dispose()
    with pytest.raises(ModelFormatError, match="bytes from 0 on"):
        gl.load_onnx_model(told_elsewhere(inner, (2**62,) * 20, location="values"))


def told_elsewhere(folder: Path, shape: Sequence[int] = (), **told: str) -> Path:
    """A model whose first weight lies where these entries say; its shape, where that is another one."""
    changed = cnn()
    weight = next(one for one in changed.graph.initializer if one.name == "w")
    weight.ClearField("raw_data")
    weight.dims[:] = shape or weight.dims
    weight.data_location = onnx.TensorProto.EXTERNAL
    for key, value in told.items():
        weight.external_data.add(key=key, value=value)
    (folder / "m.onnx").write_bytes(changed.SerializeToString())
    return folder / "m.onnx"


def test_what_only_constants_decide_is_computed_once() -> None:
    nodes = [node("Add", "a a", "b"), node("Mul", "b b", "c"), node("Add", "x c", "y")]
    net = loaded(model(nodes, "x:float[2]", "y:float[2]", {"a": np.ones(2, np.float32)}))
    assert net.predict([1.0, 2.0]).numpy().tolist() == [5.0, 6.0]
    assert [one.kernel for one in gl.trace(net.predict, gl.zeros([2])).nodes] == ["Add"]


def test_what_is_drawn_by_chance_is_drawn_anew() -> None:
    """Within a branch, and in the body of a function, too."""
    branch = graph([node("RandomUniform", "", "r", shape=[3])], "", "r:float")
    body = helper.make_function(
        "own", "Drawn", ["a"], ["b"], [helper.make_node("RandomUniformLike", ["a"], ["b"])],
        [helper.make_opsetid("", 21)],
    )  # fmt: skip
    nodes = [
        node("If", "true", "p", then_branch=branch, else_branch=branch),
        helper.make_node("Drawn", ["ones"], ["q"], domain="own"),
        node("Add", "p q", "s"),
        node("Add", "s x", "y"),
    ]
    weights = {"true": np.array(True), "ones": np.ones(3, np.float32)}
    proto = model(
        nodes, "x:float[3]", "y:float[3] p:float q:float", weights, functions=[body],
        imports=[helper.make_opsetid("own", 1)],
    )  # fmt: skip
    net = loaded(proto)
    first, second = net.predict([0.0, 0.0, 0.0]), net.predict([0.0, 0.0, 0.0])
    for one, other in zip(first, second, strict=True):
        assert not np.array_equal(one.numpy(), other.numpy())


def test_weights_outlive_the_scope_in_which_they_are_loaded() -> None:
    nodes = [node("Add", "a a", "b"), node("Conv", "x w", "c"), node("Add", "c b", "y")]
    weights = {"a": np.ones(1, np.float32), "w": np.ones((1, 1, 1, 1), np.float32)}
    proto = model(nodes, "x:float[1,1,1,1]", "y:float[1,1,1,1]", weights)
    held: list[gl.OnnxModel] = []
    gl.tidy(lambda: held.append(loaded(proto)))
    for _ in range(2):
        assert gl.tidy(lambda: held[0].predict([[[[1.0]]]])).item() == 3.0


def test_values_die_at_their_last_use() -> None:
    nodes = [node("Exp", f"v{i}", f"v{i + 1}") for i in range(20)]
    net = loaded(model(nodes, "v0:float[4]", "v20:float[4]"))
    most, before = 0, len(scope.live_tensors)

    def watch(tensor: gl.Tensor) -> None:
        nonlocal most
        most = max(most, len(scope.live_tensors) - before)

    token = scope.watchers.set((watch,))
    try:
        net.predict([-9.0, -9.0, -9.0, -9.0])
    finally:
        scope.watchers.reset(token)
    assert most <= 4


def test_if_and_loop_see_what_is_around_them(backend: str) -> None:
    then = graph([node("Add", "x one", "t")], "", "t:float")
    other = graph([node("Sub", "x one", "e")], "", "e:float")
    body = graph(
        [node("Add", "s x", "s2"), node("Less", "s2 most", "on"), node("Identity", "s2", "seen")],
        "i:int64 c:bool s:float", "on:bool s2:float seen:float",
    )  # fmt: skip
    nodes = [
        node("ReduceSum", "x", "total", keepdims=0),
        node("Greater", "total zero", "p"),
        node("If", "p", "branch", then_branch=then, else_branch=other),
        node("Loop", "count true branch", "last all", body=body),
    ]
    weights = {
        "one": np.float32([1]), "zero": np.float32(0), "most": np.float32([6]), "count": np.array(10, np.int64),
        "true": np.array(True),
    }  # fmt: skip
    proto = model(nodes, "x:float[1]", "last:float[1] all:float", weights)
    last, rounds = loaded(proto).predict([2.0])
    assert last.numpy().tolist() == [7.0] and rounds.numpy().tolist() == [[5.0], [7.0]]
    last, rounds = loaded(proto).predict([-1.0])
    assert last.numpy().tolist() == [-12.0] and rounds.shape == (10, 1)


def test_functions_of_the_model_and_their_attributes() -> None:
    twice = node("LeakyRelu", "a", "b")
    attr = twice.attribute.add()
    attr.name, attr.ref_attr_name, attr.type = "alpha", "slope", onnx.AttributeProto.FLOAT
    function = helper.make_function(
        "own", "Leaky", ["a"], ["c"], [twice, helper.make_node("Add", ["b", "b"], ["c"])],
        [helper.make_opsetid("", 21)], ["slope"],
    )  # fmt: skip
    nodes = [helper.make_node("Leaky", ["x"], ["y"], domain="own", slope=0.5)]
    proto = model(
        nodes, "x:float[2]", "y:float[2]", functions=[function], imports=[helper.make_opsetid("own", 1)]
    )
    assert loaded(proto).predict([-2.0, 3.0]).numpy().tolist() == [-2.0, 6.0]


def test_integers_keep_onnx_types_and_their_ranges() -> None:
    net = loaded(model([node("Add", "x x", "y")], "x:int64[2]", "y:int64[2]"))
    found = net.predict([3, 4])
    assert isinstance(found, np.ndarray) and found.dtype == np.int64 and found.tolist() == [6, 8]
    with pytest.raises(DtypeError, match=r"input 'x' \(int64 \[2\]\).*beyond int32"):
        net.predict(np.array([1, 2**40]))
    with pytest.raises(DtypeError, match="fractions"):
        net.predict([1.5, 2.0])


@pytest.mark.parametrize(
    ("given", "kind", "told"),
    [
        ([IMAGES, IMAGES], ArgumentError, r"got 2 inputs, the model takes 1: 'x' \(float32 \[N, 3, 8, 8\]\)"),
        ({"z": IMAGES}, ArgumentError, "there is no input 'z': the model takes 'x'"),
        ({}, ArgumentError, "the input 'x' is missing"),
        (IMAGES[0], ShapeError, r"input 'x' .* was given float32\[3, 8, 8\]: must be of rank 4"),
        (IMAGES[:, :, :4], ShapeError, "must have 8 where it has 4"),
        (np.array(["a"]), DtypeError, "must be float32"),
    ],
)
def test_wrong_inputs(given: Any, kind: type[Exception], told: str) -> None:
    with pytest.raises(kind, match=told):
        loaded(cnn()).predict(given)


def test_tensors_keep_their_dtype() -> None:
    with pytest.raises(DtypeError, match=r"was given int32\[1, 3, 8, 8\]: cast it to float32"):
        loaded(cnn()).predict(gl.zeros([1, 3, 8, 8], "int32"))


def test_dims_of_one_name_are_equal() -> None:
    net = loaded(model([node("Add", "x z", "y")], "x:float[N] z:float[N]", "y:float[N]"))
    assert net.predict([[1.0, 2.0], [3.0, 4.0]]).numpy().tolist() == [4.0, 6.0]
    with pytest.raises(ShapeError, match="N is 1 in 'x', here 2"):
        net.predict([np.float32([1]), np.float32([3, 4])])


def test_a_disposed_model() -> None:
    net = loaded(cnn())
    net.dispose()
    with pytest.raises(DisposedError, match="load it again"):
        net.predict(IMAGES)


def test_all_unknown_operators_are_named_at_once() -> None:
    nodes = [
        helper.make_node("Strange", ["x"], ["a"], name="first"), helper.make_node("Odd", ["a"], ["b"], domain="com.m"),
        node("Relu", "b", "c"), helper.make_node("Softmaxx", ["c"], ["y"], name="last"),
    ]  # fmt: skip
    proto = model(nodes, "x:float[2]", "y:float[2]", imports=[helper.make_opsetid("com.m", 1)])
    with pytest.raises(ModelFormatError) as caught:
        loaded(proto)
    told = str(caught.value)
    assert "3 operators are not known" in told and "'first'" in told and "com.m.Odd" in told
    assert "Softmax is known" in told


def test_a_newer_operator_set_and_an_old_operator() -> None:
    with pytest.raises(ModelFormatError, match=r"operator set 999, .* pip install --upgrade onnx"):
        loaded(model([node("Relu", "x", "y")], "x:float[2]", "y:float[2]", opset=999))
    old = model([node("Gemm", "x x x", "y", broadcast=1)], "x:float[2,2]", "y:float[2,2]", opset=6)
    with pytest.raises(ModelFormatError, match=r"known from operator set 7 on: onnx\.version_converter"):
        loaded(old)


def test_errors_name_the_node() -> None:
    net = loaded(model([node("Add", "x z", "y")], "x:float[A] z:float[B]", "y:float"))
    with pytest.raises(ShapeError) as caught:
        net.predict([np.float32([1, 2]), np.float32([1, 2, 3])])
    assert "in node 'Add_y' (Add)" in caught.value.__notes__


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'glbackend\[onnx\]'"):
        gl.load_onnx_model(b"")


def test_infos() -> None:
    assert info("x:float[N,3]").type.tensor_type.shape.dim[0].dim_param == "N"


def test_shape_arithmetic_draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what users have: the tests' backend leaves nothing to the host."""
    nodes = [
        node("Relu", "x", "r"),
        node("Shape", "r", "s"),
        node("Gather", "s first", "n"),
        node("Gather", "s last", "m"),
        node("Mul", "n m", "k"),
        node("Div", "k two", "h"),
        node("Mod", "h seven", "o"),
        node("Sub", "h o", "p"),
        node("Cast", "h", "c", to=6),
        node("Cast", "c", "d", to=7),
        node("Unsqueeze", "d axes", "u"),
        node("Concat", "u rest", "to", axis=0),
        node("Reshape", "r to", "y"),
    ]
    weights = {
        "first": np.array(0), "last": np.array(1), "two": np.array(2), "seven": np.array(7),
        "axes": np.array([0]), "rest": np.array([-1]),
    }  # fmt: skip
    net = loaded(model(nodes, "x:float[A,B]", "y:float p:int64", weights))
    webgl = make_backend("webgl")
    assert isinstance(webgl, WebGL)
    monkeypatch.setattr(webgl, "forwards", True)
    with using(webgl):
        x = gl.tensor(np.ones((4, 6), np.float32))
        net.predict(x)
        before = webgl.draw_count
        y, left = net.predict(x)
        assert y.shape == (12, 2) and left.tolist() == 7
        assert webgl.draw_count - before == 1

"""Wrong calls: each a typed error that names the op or layer, the argument, what came and what would be right.

A table of what new users get wrong, and every public op with each of its arguments replaced by nonsense.
"""

import asyncio
import contextlib
import doctest
import gc
import inspect
import io
import re
import sys
import types
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.annotations import fits, got, wanted
from glbackend.base.calling import explained
from glbackend.base.errors import (
    ArgumentError,
    CallError,
    DisposedError,
    DtypeError,
    GlbackendError,
    GradientError,
    HostMemoryError,
    ModelFormatError,
    OutOfRangeError,
    ShapeError,
)
from glbackend.engine.backend import make_backend
from glbackend.ops.op import OPS
from glbackend.testing.check import Inspecting

Call = Callable[[], Any]


def matrix() -> gl.Tensor:
    return gl.tensor([[1.0, 2.0], [3.0, 4.0]])


def image() -> gl.Tensor:
    return gl.ones([1, 4, 4, 3])


def compiled() -> gl.Sequential:
    model = gl.sequential([gl.layers.dense(units=1, input_shape=[2])])
    model.compile("sgd", "meanSquaredError")
    return model


X, Y = np.ones((4, 2), np.float32), np.ones((4, 1), np.float32)

OP_CALLS: list[tuple[Call, type[GlbackendError], str]] = [
    (lambda: gl.reshape(matrix(), 2, 2), CallError, r"reshape: .* give shape as one list, \[2, 2\]"),
    (lambda: matrix().reshape([3]), ShapeError, r"reshape: shape \[3\] holds 3 elements, the tensor of shape \[2, 2\] 4"),
    (lambda: matrix().reshape("a"), CallError, "reshape: argument 'shape' must be an int or a list of ints, got 'a'"),
    (lambda: gl.zeros(2, 3), CallError, r"zeros: give shape as one list: zeros\(\[2, 3\]\)"),
    (lambda: gl.zeros(None), CallError, "zeros: argument 'shape' must be an int or a list of ints, got None"),
    (lambda: gl.zeros({"shape": [2]}), CallError, "zeros: "),
    (lambda: gl.zeros([-1]), ShapeError, r"zeros: shape \[-1\] must hold whole numbers of at least 0"),
    (lambda: gl.zeros([2.5]), ShapeError, r"zeros: shape \[2.5\] must hold whole numbers"),
    (lambda: gl.zeros([2], "float64"), DtypeError, "zeros: unknown dtype 'float64': 'float32' is nearest"),
    (lambda: gl.tensor([1.0], dtype=np.float64), DtypeError, "tensor: unknown dtype .*'float32' is nearest"),
    (lambda: gl.tensor(None), DtypeError, "tensor: argument 'values' must be a tensor, an array.*, got None"),
    (lambda: gl.tensor({}), DtypeError, r"tensor: argument 'values': must be numbers.* got \{\} \(dict\)"),
    (lambda: gl.tensor([[1, 2], [3]]), DtypeError, "tensor: argument 'values': nested lists must form a regular array"),
    (lambda: gl.tensor([1.0, None]), DtypeError, "a list that holds None"),
    (lambda: gl.tensor(), CallError, r"tensor: missing a required argument: 'values'; takes \(values, shape=None"),
    (lambda: gl.buffer([2], values="a"), GlbackendError, "buffer: argument 'values'"),
    (lambda: gl.variable([1.0], name=3), CallError, "variable: argument 'name' must be a string or None, got 3"),
    (lambda: gl.eye(-1), ShapeError, r"eye: shape \[-1, -1\]"),
    (lambda: matrix().sum(axis="a"), CallError, r"sum: argument 'axis' must be an int, a list of ints or None, got 'a'"),
    (lambda: matrix().sum(axis=2), ShapeError, r"sum: axis 2 is outside \[-2, 2\)"),
    (lambda: matrix().sum(keepDims=True), CallError, "sum: there is no argument 'keepDims': use keep_dims"),
    (lambda: matrix().sum(keepDims=True), CallError, "sum: there is no argument 'keepDims': use keep_dims"),
    (lambda: matrix().sum(dim=1), CallError, "sum: there is no argument 'dim': use axis"),
    (lambda: matrix().sum(0, "no"), ArgumentError, "sum: argument 'keep_dims' must be True or False, got 'no'"),
    (lambda: matrix().sum(foo=1), CallError, r"sum: there is no argument 'foo': takes \(x, axis=None, keep_dims=False"),
    (lambda: matrix().sum({"axis": 0}), CallError, r"sum: options are not given as one dict but by name: \(axis=0\)"),
    (lambda: gl.matmul(matrix(), gl.ones([3, 3])), ShapeError, "matmul: inner dims 2 and 3"),
    (lambda: gl.matmul(matrix(), gl.ones([2])), ShapeError, "matmul: a and b need at least rank 2"),
    (lambda: matrix() + gl.ones([3]), ShapeError, r"add: shapes \[2, 2\] and \[3\] do not broadcast"),
    (lambda: gl.add(matrix(), None), DtypeError, "add: argument 'b' must be a tensor.*, got None"),
    (lambda: gl.add("a", 1.0), DtypeError, "add: "),
    (lambda: gl.conv2d(matrix(), matrix(), 1, "same"), ShapeError, r"conv2d: x must be of rank 3 or 4, got shape \[2, 2\]"),
    (lambda: gl.conv2d(image(), gl.ones([2, 2, 4, 1]), 1, "same"), ShapeError, "conv2d: .*3 channels.*takes 4"),
    (lambda: gl.conv2d(image(), gl.ones([2, 2, 3, 1]), 0, "same"), ArgumentError, "conv2d: strides must be whole numbers"),
    (lambda: gl.conv2d(image(), gl.ones([2, 2, 3, 1]), 1, "SAME"), ArgumentError, "conv2d: pad 'SAME' must be 'same', 'valid'"),
    (lambda: gl.conv2d(image(), gl.ones([2, 2, 3, 1]), 1, "same", dataFormat="NHWC"), CallError, "use data_format"),
    (lambda: gl.max_pool(image(), -2, 1, "same"), ArgumentError, "max_pool: filter_size must be whole numbers of at least 1"),
    (lambda: gl.split(matrix(), "a"), CallError, "split: argument 'num_or_size_splits' must be an int or a list of ints"),
    (lambda: gl.split(matrix(), 3), ShapeError, "split: 3 parts do not divide the 2 elements"),
    (lambda: gl.concat([]), GlbackendError, "concat: needs at least one tensor"),
    (lambda: gl.concat([matrix(), gl.ones([3])]), ShapeError, "concat: "),
    (lambda: gl.one_hot(gl.tensor([1.0]), 3), DtypeError, "one_hot: indices must be int32, got float32"),
    (lambda: gl.gather(matrix(), gl.tensor([0.5])), DtypeError, "gather: indices must be int32"),
    (lambda: gl.transpose(matrix(), [0, 0]), ShapeError, r"transpose: perm \[0, 0\]"),
    (lambda: gl.cast(matrix(), "int64"), DtypeError, "cast: unknown dtype 'int64': 'int32' is nearest"),
    (lambda: matrix()[10], OutOfRangeError, r"getitem: index 10 of axis 0 is outside \[-2, 2\)"),
    (lambda: matrix()[0, 0, 0], ShapeError, r"getitem: 3 indices for a tensor of shape \[2, 2\]"),
    (lambda: matrix()["a"], ArgumentError, "getitem: 'a' is no index"),
    (lambda: gl.losses.mean_squared_error([1.0, 2.0], [1.0]), ShapeError, r"mean_squared_error: labels have shape \[2\]"),
    (lambda: gl.custom_op("soft", "x", inputs="x y"), CallError, "custom_op: argument 'inputs' must be a list of names"),
]  # fmt: skip

OTHER_CALLS: list[tuple[Call, type[GlbackendError], str]] = [
    (lambda: gl.variable([1.0, 2.0]).assign(None), DtypeError, "assign: the value for variable"),
    (lambda: gl.variable([1.0, 2.0]).assign([1.0]), ShapeError, r"assign: variable .* holds float32\[2\], got float32\[1\]"),
    (lambda: gl.grad(3), CallError, r"grad: argument 'f' must be a function, got 3 \(int\)"),
    (lambda: gl.grad(lambda x: 3)(1.0), GradientError, "grad: the function must return a tensor, got int"),
    (lambda: gl.grad(lambda x: x.cast("float32"))(gl.tensor([1], dtype="int32")), DtypeError, "an int32 tensor"),
    (lambda: gl.grads(lambda a: a)(gl.tensor(1.0)), ArgumentError, "grads: pass the arguments as one list"),
    (lambda: gl.custom_grad("f"), CallError, "custom_grad: argument 'f' must be a function"),
    (lambda: gl.custom_grad(lambda x: x)(gl.ones([2])), GradientError, r"must return \(value, gradient function\).* got a Tensor"),
    (lambda: gl.custom_grad(lambda x: (x, x))(1.0), GradientError, r"must return \(value, gradient function\)"),
    (lambda: gl.GradientTape().watch([3.0]), ArgumentError, r"GradientTape.watch: expected tensors, got 3.0"),
    (lambda: gl.GradientTape().gradient(matrix(), 3), ArgumentError, "GradientTape.gradient: needs a target tensor"),
    (lambda: gl.tidy(3), CallError, "tidy: expected a function, got 3"),
    (lambda: gl.keep(3), CallError, "keep: expected a tensor, got 3"),
    (lambda: gl.profile(3), CallError, "profile: argument 'function' must be a function"),
    (lambda: gl.set_backend(3), CallError, "set_backend: argument 'name' must be a string"),
    (lambda: gl.set_backend("gpu"), ArgumentError, "unknown backend 'gpu': use one of"),
    (lambda: gl.train.adam("x"), CallError, "adam: learning_rate must be a number, .* got 'x'"),
    (lambda: gl.layers.LeakyReLU(slope=0.1), CallError, "there is no argument 'slope'"),
    (lambda: gl.layers.Dense(2, shape=(3,)), CallError, "there is no argument 'shape': use input_shape"),
    (lambda: gl.train.adam(learningRate=1), CallError, "adam: there is no argument 'learningRate': use learning_rate"),
    (lambda: gl.train.sgd(lr=1), CallError, "'lr': use learning_rate"),
    (lambda: gl.train.momentum(), CallError, "momentum: missing a required argument: 'learning_rate'"),
    (lambda: gl.layers.dense({"units": 3, "inputShape": [2]}), CallError,
     r"dense: options are not given as one dict but by name: \(units=3, input_shape=\[2\]\)"),
    (lambda: gl.layers.dense(units=3, input_shape=2), CallError, r"'input_shape' must be a list of ints or None, got 2.*give \[2\]"),
    (lambda: gl.layers.dense("3"), CallError, r"dense: argument 'units' must be an int, got '3' \(str\)"),
    (lambda: gl.layers.dense(-3), ArgumentError, "dense: units must be a positive whole number, got -3"),
    (lambda: gl.layers.dense(), CallError, "dense: missing a required argument: 'units'"),
    (lambda: gl.layers.dense(3, kernelInitializer="ones"), CallError, "use kernel_initializer"),
    (lambda: gl.layers.dense(3, batchInputShape=[1, 2]), CallError, "use batch_input_shape"),
    (lambda: gl.layers.dense(3, activation="rellu"), ArgumentError, "dense: unknown activation 'rellu': did you mean 'relu'"),
    (lambda: gl.layers.conv2d(filters=3, kernelSize=3), CallError, "use kernel_size"),
    (lambda: gl.layers.dropout("0.5"), CallError, "dropout: argument 'rate' must be a number"),
    (lambda: gl.input(3), CallError, r"input: argument 'shape' must be a list of ints or None, got 3 \(int\): give \[3\]"),
    (lambda: gl.input({"shape": [3]}), CallError, r"input: options .* by name: \(shape=\[3\]\)"),
    (lambda: gl.model({"inputs": 1}), CallError, "model: options are not given as one dict but by name"),
    (lambda: gl.sequential(gl.layers.dense(2)), CallError, "sequential: argument 'layers' must be a list of Layers"),
    (lambda: gl.sequential().add("dense"), CallError, "add: argument 'layer' must be a Layer or a SymbolicTensor, got 'dense'"),
    (lambda: compiled().fit(X, Y, {"batchSize": 2}), CallError, r"fit: options .* by name: \(batch_size=2\)"),
    (lambda: compiled().fit(X, Y, 3), CallError, r"fit: too many positional arguments; takes \(x, y=None, \*, batch_size="),
    (lambda: compiled().fit(X, Y, batchSize=2), CallError, "fit: there is no argument 'batchSize': use batch_size"),
    (lambda: compiled().fit(X, Y, epochs="3"), CallError, "fit: argument 'epochs' must be an int, got '3'"),
    (lambda: compiled().fit(X), ArgumentError, "fit: there are no targets: give y, or as x a data set"),
    (lambda: compiled().predict(X, {"batchSize": 2}), CallError, r"predict: options .* by name: \(batch_size=2\)"),
    (lambda: compiled().compile({"optimizer": "sgd", "loss": "meanSquaredError"}), CallError, "compile: options .* by name"),
    (lambda: gl.layers.max_pooling1d(strides=0), ArgumentError, "max_pooling1d: strides must be a whole number of at least 1, got 0"),
    (lambda: gl.layers.batch_normalization(axis=[1, 2]), ArgumentError, r"axis must be one axis, got \[1, 2\]"),
    (lambda: gl.layers.prelu(shared_axes=[4])(matrix()), ShapeError, r"PReLU: shared_axes 4 is outside \[-2, 2\)"),
    (lambda: gl.layers.dense(2, kernel_initializer=lambda shape: [1.0])(matrix()), ArgumentError,
     r"Dense .*: the initializer of its weight 'kernel' must give a tensor of shape \[2, 2\], got \[1.0\]"),
    (lambda: gl.layers.multi_head_attention(2, 3, value_dim=0), ArgumentError, "value_dim must be a positive whole number"),
    (lambda: gl.layers.multi_head_attention(2, 3, sliding_window=0), ArgumentError, "sliding_window must be a positive"),
    (lambda: gl.layers.random_invert(value_range=[]), ArgumentError, r"value_range must be two different numbers, got \[\]"),
    (lambda: gl.layers.random_brightness(0.5, [0, 1, 2]), ArgumentError, "value_range must be two different numbers"),
    (lambda: gl.layers.zero_padding2d(padding=np.zeros((2, 3))), CallError, "zero_padding2d: argument .padding. must be an int or a list"),
    (lambda: gl.layers.re_lu(max_value=10**400), CallError, "re_lu: argument 'max_value' must be a number or None"),
    (lambda: gl.layers.integer_lookup(vocabulary=[1.5]), CallError, r"must be a list of whole numbers, got \[1.5\]"),
    (lambda: gl.layers.string_lookup(vocabulary=[1]), CallError, r"must be a list of texts, got \[1\]"),
    (lambda: gl.layers.string_lookup(vocabulary="/no/such/file"), ArgumentError, "a file of them, one a line; '/no/such/file'"),
    (lambda: gl.layers.string_lookup(vocabulary=["a"], idf_weights=[1.0]), ArgumentError, "'tf_idf' alone has"),
    (lambda: gl.layers.text_vectorization(ngrams=0), ArgumentError, "ngrams must be a positive whole number, got 0"),
    (lambda: gl.layers.text_vectorization(output_sequence_length=-1), ArgumentError, "output_sequence_length must be a positive"),
    (lambda: gl.layers.rnn(cell=[]), ArgumentError, "cells must be a list of at least one cell"),
    (lambda: gl.layers.bidirectional(gl.layers.lstm(2), backward_layer=gl.layers.dense(2)), ArgumentError,
     "backward_layer must be a recurrent layer"),
    (lambda: gl.losses.binary_crossentropy(Y, Y, label_smoothing="a"), CallError,
     "binary_crossentropy: argument 'label_smoothing' must be a number, got 'a'"),
    (lambda: gl.losses.circle(Y, Y, gamma=None), CallError, "circle: argument 'gamma' must be a number, got None"),
    (lambda: gl.metrics.Precision(top_k=0), ArgumentError, "top_k must be at least 1, got 0"),
    (lambda: gl.metrics.AUC(label_weights="a"), CallError, "label_weights' must be a list of numbers or None, got 'a'"),
    (lambda: gl.callbacks.EarlyStopping(patience="a"), CallError, "early_stopping: argument 'patience' must be an int"),
    (lambda: gl.callbacks.CSVLogger(), CallError, "CSVLogger: missing a required argument: 'filename'"),
    (lambda: gl.optimizers.Adam(beta_2=1.0), ArgumentError, r"adam: beta_2 must lie in \[0, 1\), got 1.0"),
    (lambda: compiled().fit(X, Y, class_weight=True), CallError, "fit: class_weight must be a dict from class numbers"),
    (lambda: compiled().fit(X, Y, class_weight={"a": 1.0}), CallError, "fit: class_weight must be a dict from class numbers"),
    (lambda: compiled().fit(X, Y, shuffle=True, seed=-1), ArgumentError, "fit: seed must be at least 0, got -1"),
    (lambda: compiled().predict(object), ArgumentError, "the function that makes batches must give an iterator"),
    (lambda: gl.data.array([1]).for_each(None), CallError, "for_each: argument 'f' must be a function, got None"),
    (lambda: gl.data.Dataset.from_generator(), CallError, "from_generator: missing a required argument: 'generator'"),
    (lambda: gl.data.Dataset.range(1.5), ArgumentError, "range: limits must be a whole number"),
    (lambda: gl.data.array([{"a": 1}]).statistics(shuffle_window_size=0), ArgumentError, "shuffle_window_size must be a whole"),
    (lambda: gl.data.array([1]).set_state({"orders": [], "given": "a"}), ArgumentError, "set_state: given must be a whole"),
    (lambda: gl.sequential([gl.layers.dense(2)]).save(gl.io.from_memory()), ArgumentError, "no weights yet: give its first"),
]  # fmt: skip


def raised(call: Call, error: type[Exception], match: str) -> None:
    """The error, with nothing left alive afterwards: neither by its traceback nor by the op."""
    with pytest.raises(error, match=match):
        call()
    gc.collect()


@pytest.mark.parametrize("call, error, match", OP_CALLS, ids=[f"op{i}" for i in range(len(OP_CALLS))])
def test_wrong_calls_of_ops(backend: str, call: Call, error: type[Exception], match: str) -> None:
    raised(call, error, match)
    assert (matrix() @ matrix()).numpy().tolist() == [[7.0, 10.0], [15.0, 22.0]], "the backend goes on"


@pytest.mark.parametrize("call, error, match", OTHER_CALLS, ids=[f"call{i}" for i in range(len(OTHER_CALLS))])
def test_wrong_calls_of_all_else(call: Call, error: type[Exception], match: str) -> None:
    raised(call, error, match)


def test_what_numpy_users_write_is_understood() -> None:
    assert gl.zeros(3).shape == gl.ones(np.int64(3)).shape == gl.fill(3, 2.0).shape == (3,)
    assert matrix().reshape(4).shape == matrix().reshape(np.array([4])).shape == (4,)
    assert gl.random_uniform(3).shape == (3,) and gl.tile([1.0, 2.0], 2).shape == (4,)
    assert gl.tensor([1], dtype=np.float32).dtype == gl.zeros([1], np.dtype("float32")).dtype == "float32"
    assert gl.ones([1], np.int32).dtype == "int32" and gl.cast([1.0], bool).dtype == "bool"
    assert gl.variable([1.0, 2.0]).assign(np.array([3.0, 4.0])).numpy().tolist() == [3.0, 4.0]
    with pytest.raises(IndexError):
        matrix()[2]
    with pytest.raises(TypeError):
        matrix().sum(foo=1)


def test_a_wrong_assignment_changes_nothing() -> None:
    variable = gl.variable([1.0, 2.0])
    for value in ([1.0], None, "a", gl.tensor([1, 2], dtype="int32")):
        with pytest.raises(GlbackendError):
            variable.assign(value)
    assert variable.numpy().tolist() == [1.0, 2.0]


def test_a_disposed_tensor_is_named_with_the_op() -> None:
    x = matrix()
    x.dispose()
    with pytest.raises(DisposedError, match=r"square: tensor \d+ is disposed"):
        x.square()


def test_more_than_the_host_holds() -> None:
    with pytest.raises(
        MemoryError,
        match=r"zeros: a float32 tensor of shape \[1000000, 10000000\] needs 40,000,000,000,000 bytes",
    ):
        gl.zeros([1_000_000, 10_000_000])
    assert issubclass(HostMemoryError, MemoryError)


def test_custom_grad_takes_save_as_in_tfjs() -> None:
    def cubed(x: gl.Tensor, save: Callable[[Any], None]) -> Any:
        save([x])
        return x * x * x, lambda dy, saved: dy * saved[0] * saved[0] * 3.0

    f = gl.custom_grad(cubed)
    assert gl.grad(f)(2.0).item() == 12.0
    assert gl.grad(gl.grad(f))(2.0).item() == 12.0
    assert gl.grad(lambda x: gl.tidy(lambda: f(x)))(2.0).item() == 12.0, "saved tensors outlive tidy"


def test_errors_of_users_functions_stay_as_they_are() -> None:
    def wrong() -> float:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        gl.rand([2], wrong)
    with pytest.raises(TypeError, match="unsupported operand"):
        gl.grad(lambda x: x + object())(1.0)


def test_nested_calls_name_the_outer_op() -> None:
    with pytest.raises(ShapeError, match=r"losses.absolute_difference: (mul: )?shapes? .*"):
        gl.losses.absolute_difference([1.0, 2.0], [1.0, 2.0], gl.ones([3]))


def test_signatures_are_kept() -> None:
    assert list(inspect.signature(gl.sum).parameters) == ["x", "axis", "keep_dims", "keepdims"]
    assert next(iter(inspect.signature(gl.train.adam).parameters)) == "learning_rate"
    assert gl.sum.__module__ == "glbackend.ops.reduction" and gl.sum.__doc__
    assert explained(lambda x: x, "f")(3) == 3


def test_annotations_in_words() -> None:
    assert wanted(bool | None) == "True or False or None"
    assert fits([1, None], list[int | None]) and not fits([1, "a"], list[int | None])
    assert (
        fits(np.float32(1), float) and not fits("1", float) and not fits(1.5, int) and fits(np.int64(1), int)
    )
    assert got(np.zeros((2, 3))) == "an array of shape [2, 3] (float64)"


def test_loading_what_is_no_layers_model(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("{}")
    with pytest.raises(FileNotFoundError) as caught:
        gl.load_layers_model(tmp_path)
    assert "package.json" not in str(caught.value), "only models are proposed"
    (tmp_path / "model.json").write_text(
        '{"format": "graph-model", "modelTopology": {}, "weightsManifest": []}'
    )
    with pytest.raises(ModelFormatError, match="is a graph-model") as refused:
        gl.load_layers_model(tmp_path)
    for name in str(refused.value).split("gl.")[1:]:
        assert hasattr(gl, re.match(r"\w+", name)[0]), "advice must exist"


# -- every public op, every argument ---------------------------------------------------------------------------


class Odd:
    """Nothing that any op takes."""


def nonsense() -> list[Any]:
    return [None, "a", -7, 1.5, True, Odd(), [], [-1], ["a"], [[1, 2], [3]], {}, np.array(3), np.zeros((3, 0)),
            float("nan"), lambda x: x, 3 + 2j, b"x", slice(1), range(3), [None], gl.zeros([2, 3, 2]), gl.tensor(["a"]),
            gl.tensor([True]), gl.complex(1.0, 2.0)]  # fmt: skip


def samples() -> dict[str, dict[str, Any]]:
    """Arguments of a right call of each op: what its doctest calls it with."""
    found: dict[str, dict[str, Any]] = {}
    for name, function in OPS.items():
        if not inspect.isfunction(function) or name in (
            "custom_op",
            "browser.draw",
        ):  # one makes ops, one windows
            continue
        recorder = _recorder(name, function, found)
        space, _, short = name.rpartition(".")
        facade = types.SimpleNamespace(**vars(gl))
        if space:
            setattr(facade, space, types.SimpleNamespace(**vars(getattr(gl, space))))
        setattr(getattr(facade, space) if space else facade, short, recorder)
        names = {
            **vars(sys.modules[function.__module__]),
            "gl": facade,
            function.__wrapped__.__name__: recorder,
        }
        for example in doctest.DocTestParser().get_examples(inspect.getdoc(function) or ""):
            if example.source.strip() != "import glbackend as gl":
                with contextlib.redirect_stdout(io.StringIO()):
                    exec(example.source, names)
    return found


def _recorder(
    name: str, function: Callable[..., Any], found: dict[str, dict[str, Any]]
) -> Callable[..., Any]:
    def record(*args: Any, **options: Any) -> Any:
        found.setdefault(name, dict(inspect.signature(function).bind(*args, **options).arguments))
        return function(*args, **options)

    return record


SKIPPED = {"rand_function", "lstm_cells"}  # functions of the user: what they raise is theirs


def test_no_argument_of_any_op_gives_a_raw_error() -> None:
    wrong: list[str] = []
    right = samples()
    assert len(right) > 200
    for name, arguments in right.items():
        function = OPS[name]
        for parameter in inspect.signature(function).parameters:
            for value in nonsense() if parameter not in SKIPPED else ():
                with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
                    warnings.simplefilter("ignore")
                    try:
                        result = function(**{**arguments, parameter: value})
                        if inspect.iscoroutine(result):
                            asyncio.run(result)
                    except GlbackendError as error:
                        if str(error)[:1].isupper() or name.rpartition(".")[2] not in str(error):
                            wrong.append(f"{name}({parameter}={got(value)}): does not name the op: {error}")
                    except Exception as error:
                        wrong.append(f"{name}({parameter}={got(value)}): {type(error).__name__}: {error}")
                    result = None
        del arguments
    right.clear()
    gc.collect()
    assert not wrong, f"{len(wrong)} wrong calls are not explained:\n" + "\n".join(wrong[:40])


@pytest.mark.parametrize("name", sorted(name for name, one in OPS.items() if inspect.isfunction(one)))
def test_camel_case_arguments_answer_with_their_spelling(name: str) -> None:
    for parameter in inspect.signature(OPS[name]).parameters.values():
        first, *rest = parameter.name.split("_")
        if rest and parameter.kind is not parameter.POSITIONAL_ONLY:
            camel = first + "".join(word.capitalize() for word in rest)
            with pytest.raises(CallError, match=f"there is no argument '{camel}': use {parameter.name}"):
                OPS[name](**{camel: 1})
    with pytest.raises(CallError, match=f"{name.rpartition('.')[2]}: there is no argument 'nonsense'"):
        OPS[name](nonsense=1)


# -- a texture lies in the free lists once ---------------------------------------------------------------------


def test_no_texture_is_free_twice(webgl: Inspecting) -> None:
    backend = make_backend("webgl")
    pool: Any = backend.pool  # type: ignore[attr-defined]
    before = gl.get_backend()
    gl.set_backend("webgl")
    try:
        memory = gl.io.from_memory()
        compiled().save(memory)
        for _ in range(2):
            model: Any = gl.load_layers_model(memory)
            model.compile("adam", "meanSquaredError")
            model.fit(X, Y, epochs=2, verbose=0)
            assert model.predict(X).shape == (4, 1)
            with contextlib.suppress(GlbackendError):
                model.predict(np.ones((4, 3), np.float32))
            del model
            gc.collect()
            with backend.context:  # type: ignore[attr-defined]
                pool.collect()
            free = [texture.gl.glo for textures in pool._free.values() for texture in textures]
            assert len(free) == len(set(free))
            assert (
                sum(texture.nbytes for textures in pool._free.values() for texture in textures)
                == pool.bytes_free
            )
    finally:
        gl.set_backend(before)

"""Elementwise ops against third parties: accuracy against SciPy and NumPy in float64, TF.js's semantics."""

import math
from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
from scipy import special

import glbackend as gl
from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.engine.engine import engine
from glbackend.table import ROWS

Array = np.ndarray[Any, Any]
NAN, INF = float("nan"), float("inf")
INT_MAX, INT_MIN = 2**31 - 1, -(2**31)
LARGE = int(np.float32(1e30))
ULP = {"Pow": 16.0}
SAMPLES = 20_000


def int32(*values: int) -> gl.Tensor:
    return gl.tensor(np.array(values, np.int32))


def logarithmic(low: float, high: float) -> Array:
    """Both signs, magnitudes spread over the decades between 10^low and 10^high."""
    generator = np.random.default_rng(3)
    return (generator.choice([-1, 1], SAMPLES) * 10 ** generator.uniform(low, high, SAMPLES)).astype(
        np.float32
    )


def linear(low: float, high: float, seed: int = 5) -> Array:
    return np.random.default_rng(seed).uniform(low, high, SAMPLES).astype(np.float32)


EVERYWHERE = np.concatenate([logarithmic(-30, 30), linear(-20, 20), linear(-2, 2)])
POSITIVE = np.abs(EVERYWHERE)
ANGLES = np.concatenate([linear(-32768, 32768), linear(-7, 7), logarithmic(-30, 0)])
UNIT = np.concatenate([linear(-1, 1), logarithmic(-30, 0)])
ACCURACY: dict[str, tuple[Callable[..., Any], tuple[Array, ...]]] = {
    "Acos": (np.arccos, (UNIT,)),
    "Acosh": (np.arccosh, (POSITIVE + 1,)),
    "Asin": (np.arcsin, (UNIT,)),
    "Asinh": (np.arcsinh, (EVERYWHERE,)),
    "Atan": (np.arctan, (EVERYWHERE,)),
    "Atan2": (np.arctan2, (EVERYWHERE, EVERYWHERE[::-1].copy())),
    "Atanh": (np.arctanh, (UNIT,)),
    "Cos": (np.cos, (ANGLES,)),
    "Cosh": (np.cosh, (linear(-89, 89),)),
    "Elu": (lambda x: np.where(x > 0, x, special.expm1(x)), (EVERYWHERE,)),
    "Erf": (special.erf, (EVERYWHERE,)),
    "Exp": (np.exp, (np.concatenate([linear(-87, 88), logarithmic(-30, 0)]),)),
    "Expm1": (special.expm1, (np.concatenate([linear(-87, 88), logarithmic(-30, 0)]),)),
    "Log": (np.log, (np.concatenate([POSITIVE, linear(0.9, 1.1)]),)),
    "Log1p": (special.log1p, (np.concatenate([POSITIVE, UNIT]),)),
    "Pow": (np.power, (np.exp(linear(-8, 8)), linear(-10, 10, seed=6))),
    "RealDiv": (np.divide, (linear(-9, 9), linear(0.1, 9, seed=6))),
    "Reciprocal": (lambda x: 1 / x, (EVERYWHERE,)),
    "Rsqrt": (lambda x: 1 / np.sqrt(x), (POSITIVE,)),
    "Selu": (
        lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * special.expm1(x)),
        (EVERYWHERE,),
    ),
    "Sigmoid": (special.expit, (np.concatenate([linear(-87, 87), logarithmic(-30, 0)]),)),
    "Sin": (np.sin, (ANGLES,)),
    "Sinh": (np.sinh, (np.concatenate([linear(-89, 89), logarithmic(-30, 0)]),)),
    "Softplus": (lambda x: np.logaddexp(x, 0), (np.concatenate([linear(-87, 87), logarithmic(-30, 30)]),)),
    "Sqrt": (np.sqrt, (POSITIVE,)),
    "Tan": (np.tan, (ANGLES,)),
    "Tanh": (np.tanh, (EVERYWHERE,)),
    "Mod": (np.mod, (linear(-1e6, 1e6), linear(0.01, 100, seed=6))),
}  # fmt: skip


@pytest.mark.parametrize("name", ACCURACY)
def test_accuracy(name: str, backend: str) -> None:
    function, inputs = ACCURACY[name]
    tensors = {key: gl.tensor(x) for key, x in zip(ROWS[name].inputs, inputs, strict=True)}
    got = engine().run_kernel(name, tensors).numpy().astype(np.float64)
    with np.errstate(all="ignore"):
        wanted = function(*(x.astype(np.float64) for x in inputs))
        nearest = wanted.astype(np.float32)
    normal = np.isfinite(nearest) & (np.abs(nearest) >= np.finfo(np.float32).tiny)
    assert normal.mean() > 0.5
    error = np.abs(got - wanted)[normal] / np.spacing(np.abs(nearest[normal]))
    worst = int(np.argmax(error))
    assert not np.isnan(got[normal]).any()
    assert error[worst] <= ULP.get(name, 4.0), [x[normal][worst] for x in inputs]
    rest = ~normal  # zeros, infinities, NaN; denormals count as zero
    same = (got[rest] == nearest[rest]) | (np.isnan(got[rest]) & np.isnan(nearest[rest]))
    assert (same | (np.abs(wanted[rest]) < np.finfo(np.float32).tiny) & (np.abs(got[rest]) < 1.2e-38)).all()


SPECIAL_VALUES = [  # op, arguments, what TF.js documents or computes
    ("relu", ([-1.0, NAN, -0.0, INF],), [0, NAN, 0, INF]),
    ("relu6", ([-1.0, NAN, 7.0, INF],), [0, NAN, 6, 6]),
    ("sign", ([1.5, 0.0, NAN, -1.4],), [1, 0, 0, -1]),
    ("step", ([1.0, -2.0, -0.01, 3.0, NAN], 0.1), [1, 0.1, 0.1, 1, NAN]),
    ("maximum", ([NAN, 1.0, 2.0], [1.0, NAN, -1.0]), [NAN, NAN, 2]),
    ("minimum", ([NAN, 1.0, 2.0], [1.0, NAN, -1.0]), [NAN, NAN, -1]),
    ("clip_by_value", ([NAN, INF, -INF, 0.5], 0, 1), [NAN, 1, 0, 0.5]),
    ("round", ([0.5, 1.5, 2.5, -0.5, -1.5, 0.9],), [0, 2, 2, 0, -2, 1]),
    ("mod", ([5.0, -5.0, 5.0, -5.0, 1.0], [3.0, 3.0, -3.0, -3.0, 0.0]), [2, 1, -1, -2, NAN]),
    ("mod", ([1e30, -1e30, 5.0, -5.0], [7.0, 7.0, INF, INF]), [LARGE % 7, -LARGE % 7, 5, INF]),
    ("div", ([1.0, -1.0, 0.0], 0.0), [INF, -INF, NAN]),
    ("div_no_nan", ([1.0, NAN, 3.0], [0.0, 0.0, 2.0]), [0, 0, 1.5]),
    ("pow", ([-2.0, -2.0, 0.0, NAN, 2.0], [3.0, 0.5, 0.0, 0.0, -INF]), [-8, NAN, 1, 1, 0]),
    ("log", ([0.0, -1.0, INF],), [-INF, NAN, INF]),
    ("rsqrt", ([0.0, -1.0, INF],), [INF, NAN, 0]),
    ("atan2", ([0.0, 0.0, 1.0, -1.0], [1.0, -1.0, 0.0, 0.0]), [0, np.pi, np.pi / 2, -np.pi / 2]),
    ("leaky_relu", ([-1.0, 2.0, NAN],), [-0.2, 2, NAN]),
    ("prelu", ([-1.0, 2.0, NAN], 0.1), [-0.1, 2, NAN]),
    ("log_sigmoid", ([-100.0, 0.0, 100.0],), [-100, -np.log(2), 0]),
    ("floor_div", ([0.0, -6.0, 5.9, -5.9, 1.0, NAN], [3.0, 3.0, -3.1, -3.1, 0.0, 1.0]), [0, -2, -2, 1, 0, 0]),
    ("squared_difference", ([1.0, INF], [3.0, INF]), [4, NAN]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "wanted"), SPECIAL_VALUES)
def test_special_values(name: str, arguments: tuple[Any, ...], wanted: list[float], backend: str) -> None:
    got = getattr(gl, name)(*arguments).numpy()
    np.testing.assert_allclose(got, np.array(wanted, np.float32), rtol=2e-6, atol=1e-37)


def test_integers_are_exact_and_wrap(backend: str) -> None:
    big, one = int32(INT_MAX, INT_MIN, 2**24 + 1), int32(1, 1, 1)
    assert (big + one).numpy().tolist() == [INT_MIN, INT_MIN + 1, 2**24 + 2]
    assert (big * big).numpy().tolist() == [1, 0, (2**24 + 1) ** 2 % 2**32]
    assert (-big).numpy().tolist() == [-INT_MAX, INT_MIN, -(2**24) - 1]
    assert big.equal(int32(INT_MAX, INT_MIN, 2**24)).numpy().tolist() == [True, True, False]


def test_integer_division_rounds_down(backend: str) -> None:
    a, b = int32(7, -7, 7, -7, 5, INT_MIN, INT_MIN, 0), int32(2, 2, -2, -2, 0, -1, 2, 5)
    quotient = [3, -4, -4, 3, 0, INT_MIN, -(2**30), 0]
    assert gl.div(a, b).dtype == "int32"
    assert gl.div(a, b).numpy().tolist() == gl.floor_div(a, b).numpy().tolist() == quotient
    assert gl.mod(a, b).numpy().tolist() == [1, 1, -1, -1, 0, 0, 0, 0]
    assert gl.div(int32(7), 2.0).item() == 3.5


def test_integer_powers(backend: str) -> None:
    a, b = int32(2, -3, 7, 2, 1, -1, -1, 0, 2, 0), int32(10, 3, 0, -1, -5, -5, -4, -1, 31, 0)
    assert gl.pow(a, b).numpy().tolist() == [1024, -27, 1, 0, 1, -1, 1, 0, INT_MIN, 1]


def test_clip_and_step_of_integers(backend: str) -> None:
    x = int32(-5, 2, 2**24 + 3)
    assert gl.clip_by_value(x, -1.5, 2**24 + 1).numpy().tolist() == [-1, 2, 2**24 + 1]
    assert gl.step(x).dtype == "int32" and gl.step(x).numpy().tolist() == [0, 1, 1]


DTYPES = [
    (("float32", "int32"), "float32"),
    (("int32", "bool"), "int32"),
    (("bool", "bool"), "int32"),
    (("int32", "int32"), "int32"),
]


@pytest.mark.parametrize(("given", "wanted"), DTYPES)
def test_arithmetic_upcasts(given: tuple[str, str], wanted: str, backend: str) -> None:
    a, b = (gl.cast([1.0, 0.0], dtype) for dtype in given)
    for name in ("add", "sub", "mul", "maximum", "squared_difference"):
        assert getattr(gl, name)(a, b).dtype == wanted
    assert gl.exp(a).dtype == gl.div_no_nan(a, 2.0).dtype == "float32"
    assert gl.less(a, b).dtype == gl.equal(a, b).dtype == "bool"


def test_python_scalars_take_the_dtype_of_the_tensor(backend: str) -> None:
    assert (int32(1) + 1).dtype == "int32"
    assert (int32(1) + 1.5).dtype == "float32"
    assert (2 - gl.tensor([1.0])).numpy().tolist() == [1.0]
    assert (gl.tensor([True]) & [False]).numpy().tolist() == [False]


def test_cast(backend: str) -> None:
    x = gl.tensor([1.9, -1.9, NAN, 3e9, -3e9])
    assert gl.cast(x, "int32").numpy().tolist() == [1, -1, 0, INT_MAX, INT_MIN]
    assert gl.cast(x, "bool").numpy().all()
    assert (
        x.to_int().dtype == "int32"
        and x.to_bool().dtype == "bool"
        and x.as_type("float32").dtype == "float32"
    )
    assert x.cast("float32").data_id == x.data_id


def test_where_broadcasts_as_numpy_and_select_chooses_rows(backend: str) -> None:
    mask, t, e = np.array([True, False]), np.ones((2, 2), np.float32), np.zeros((2, 2), np.float32)
    assert gl.where(mask, t, e).numpy().tolist() == [[1, 0], [1, 0]]
    inputs = {"condition": gl.tensor(mask), "t": gl.tensor(t), "e": gl.tensor(e)}
    assert engine().run_kernel("Select", inputs).numpy().tolist() == [[1, 1], [0, 0]]
    assert gl.tensor(t).where(mask, 5.0).numpy().tolist() == [[1, 5], [1, 5]]


def test_comparisons_with_nan(backend: str) -> None:
    nan, one = gl.tensor([NAN, 1.0]), gl.tensor([NAN, 1.0])
    assert gl.equal(nan, one).numpy().tolist() == [False, True]
    assert gl.not_equal(nan, one).numpy().tolist() == [True, False]
    for name in ("less_equal", "greater_equal"):
        assert getattr(gl, name)(nan, one).numpy().tolist() == [False, True]
    assert gl.is_nan(nan).numpy().tolist() == [True, False]
    assert gl.is_finite([NAN, INF, 1.0]).numpy().tolist() == [False, False, True]


def test_logic(backend: str) -> None:
    a, b = gl.tensor([False, False, True, True]), gl.tensor([False, True, False, True])
    assert gl.logical_xor(a, b).numpy().tolist() == (a ^ b).numpy().tolist() == [False, True, True, False]
    assert (a | ~b).numpy().tolist() == [True, False, True, True]
    assert gl.bitwise_and(int32(12, -1), int32(10, 5)).numpy().tolist() == [8, 5]


def test_strings_compare() -> None:
    assert gl.equal(["a", "b"], ["a", "c"]).numpy().tolist() == [True, False]


def test_gradients_at_kinks_are_as_in_tfjs(backend: str) -> None:
    zero, other = gl.tensor([0.0]), gl.tensor([0.0])
    assert gl.grad(gl.relu)(zero).item() == 0.0
    assert gl.grad(lambda x: x.relu6())(gl.tensor([6.0, 0.0])).numpy().tolist() == [1, 0]
    assert gl.grad(lambda x: x.clip_by_value(0, 1))(gl.tensor([0.0, 1.0, 2.0])).numpy().tolist() == [1, 1, 0]
    assert [g.item() for g in gl.grads(gl.maximum)([zero, other])] == [1, 0]
    assert gl.grad(gl.round)(gl.tensor([0.3])).item() == 0.0


def test_gradients_of_powers_at_zero(backend: str) -> None:
    zero = gl.tensor([0.0, 2.0])
    assert gl.grad(lambda x: x**2)(zero).numpy().tolist() == [0, 4]
    assert gl.grad(lambda x: x**0)(zero).numpy().tolist() == [0, 0]
    np.testing.assert_allclose(
        gl.grad(lambda e: gl.pow(zero, e))(gl.tensor(2.0)).item(), 4 * np.log(2), rtol=1e-6
    )


ERRORS = [
    (lambda: gl.add([1.0, 2.0], [1.0, 2.0, 3.0]), ShapeError, r"add: shapes \[2\] and \[3\] do not"),
    (lambda: gl.logical_and(gl.tensor([1.0]), [True]), DtypeError, "logical_and: .*float32.*must be bool"),
    (lambda: gl.logical_xor(gl.tensor([1.0]), [True]), DtypeError, "logical_xor: argument 'a' is float32"),
    (lambda: gl.where(gl.tensor([1.0]), [1.0], 2.0), DtypeError, "where: argument 'condition' must be bool"),
    (lambda: gl.bitwise_and([1.0], [1.0]), DtypeError, "bitwise_and: .*float32.*must be int32"),
    (lambda: gl.bitwise_and(int32(1), int32(1, 2)), ShapeError, "bitwise_and: x has shape"),
    (lambda: gl.clip_by_value([1.0], 2, 1), ArgumentError, "clip_value_min 2 is above"),
    (lambda: gl.cast(["a"], "int32"), DtypeError, "cannot cast string to int32"),
    (lambda: gl.cast([1.0], "int64"), DtypeError, "unknown dtype 'int64'"),
    (lambda: gl.exp(["a"]), DtypeError, "exp: argument 'x' is string"),
    (lambda: gl.add_n([]), ArgumentError, "add_n: needs at least one tensor"),
    (lambda: gl.add_n([[1.0], [1.0, 2.0]]), ShapeError, "add_n: tensor 1"),
    (lambda: engine().run_kernel("ClipByValue", {"x": gl.tensor([1.0])}), ArgumentError, "clip_value_min"),
    (lambda: engine().run_kernel("Exp", {"x": gl.tensor([1.0])}, {"base": 2}), ArgumentError, "base"),
    (lambda: engine().run_kernel("Add", {"a": gl.tensor([1.0])}), ArgumentError, "Add: needs the input b"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "message"), ERRORS)
def test_errors(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


PI = Decimal(
    "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798214808651328230665"
)


def quarters(x: float) -> tuple[int, float]:
    """The multiple of pi/2 nearest to x, modulo 4, and what is left, from as many digits as that takes."""
    with localcontext() as digits:
        digits.prec = 120
        k = (Decimal(x) / (PI / 2)).to_integral_value()
        return int(k) % 4, float(Decimal(x) - k * PI / 2)


def test_angles_of_any_size_are_reduced_exactly(backend: str) -> None:
    """cos of 16367173 * 2^72 is the worst of all float32: some 30 bits of the angle cancel."""
    every = [2.0**e * m for e in range(14, 128) for m in (1, 1.3, 1.9999998)]
    near = [k * math.pi / 2 for k in range(20_861, 2**24, 33_333)]
    x = np.array([*every, *near, 16367173 * 2.0**72, 222031363.0, 3.4028235e38], np.float32)
    x = np.concatenate([x, -x])
    places = [quarters(float(one)) for one in x]
    sine = np.array([(math.sin(r), math.cos(r), -math.sin(r), -math.cos(r))[k] for k, r in places])
    cosine = np.array([(math.cos(r), -math.sin(r), -math.cos(r), math.sin(r))[k] for k, r in places])
    for op, wanted in ((gl.sin, sine), (gl.cos, cosine), (gl.tan, sine / cosine)):
        got = op(gl.tensor(x)).numpy().astype(np.float64)
        ulps = np.abs(got - wanted) / np.spacing(np.abs(wanted).astype(np.float32))
        assert ulps.max() < 4, (op.__name__, x[ulps.argmax()], ulps.max())

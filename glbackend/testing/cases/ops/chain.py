"""Cases of Chain, which graphs are fused into: alone with each way of reading, and with each root."""

from typing import Any

from glbackend.base.shapes import Spec
from glbackend.contracts.chain import Prologue, Root
from glbackend.contracts.contract import check
from glbackend.engine.engine import engine
from glbackend.engine.tensor import Tensor
from glbackend.table.step import Step
from glbackend.testing.case import Case, case
from glbackend.testing.sample import Array, bools, integers, normal

LEAKY = {"s1_alpha": 0.1}
TEN = (
    Step("Multiply", (0, 1)), Step("Add", (2, 0)), Step("Relu", (3,)), Step("Sub", (4, 1)),
    Step("Tanh", (5,)), Step("Multiply", (6, 0)), Step("Square", (7,)), Step("Add", (8, 1)),
    Step("Sigmoid", (9,)), Step("Exp", (10,)),
)  # fmt: skip
BIASED = (Step("Add", (0, 1)), Step("LeakyRelu", (2,)))
RESIDUAL = (Step("Add", (0, 1)), Step("LeakyRelu", (3,)), Step("Add", (4, 2)))
MIXED = (Step("Greater", (0, 1)), Step("Cast", (2,), "int32"), Step("Add", (4, 1)), Step("Select", (3, 0, 5)))
CENTRED = (Step("Sub", (0, 1)), Step("Square", (2,)))
CHOSEN = (Step("Select", (0, 1, 2)), Step("Neg", (3,)))


def _case(name: str, steps: tuple[Step, ...], *inputs: Array) -> Case:
    """Rows alone."""
    attrs = {"steps": steps, "numbers": LEAKY}
    return case("Chain", name, lambda *xs: engine().run_kernel("Chain", list(xs), attrs), *inputs)


def _after(root: str, name: str, steps: tuple[Step, ...], *inputs: Array, **attrs: Any) -> Case:
    """A root and rows after it."""
    names = NAMES[root]

    def call(*xs: Tensor) -> object:
        made = check(root, {one: x.spec for one, x in zip(names, xs, strict=False)}, attrs)
        found = {"steps": steps, "numbers": LEAKY, "root": Root(root, names, made.outs[0], made.attrs)}
        return engine().run_kernel("Chain", list(xs), found)

    return case("Chain", f"{root}, {name}", call, *inputs)


def _within(root: str, name: str, steps: tuple[Step, ...], spec: Spec, *inputs: Array, **attrs: Any) -> Case:
    """Rows that give the input of a reduction."""

    def call(*xs: Tensor) -> object:
        made = check(root, {"x": spec}, attrs)
        names = tuple([f"x{i}" for i in range(len(xs))])
        found = Root(root, names, made.outs[0], made.attrs, Prologue(steps, LEAKY, spec))
        return engine().run_kernel("Chain", list(xs), {"steps": (), "root": found})

    return case("Chain", f"{root}, {name}", call, *inputs)


NAMES: dict[str, tuple[str, ...]] = {
    "BatchMatMul": ("a", "b"), "Conv2D": ("x", "filter"), "DepthwiseConv2dNative": ("x", "filter"),
    "Mean": ("x",),
    **dict.fromkeys(("MaxPoolGrad", "MaxPool3DGrad", "AvgPoolGrad", "AvgPool3DGrad"), ("dy", "input")),
}  # fmt: skip
SAME: dict[str, Any] = {"strides": [1, 1], "pad": "same", "dilations": [1, 1]}
IMAGE, PLANES, TAPS = normal(2, 5, 6, 3), normal(2, 3, 5, 6), normal(3, 3, 3, 4)
POOLED: dict[str, Any] = {"filter_size": 3, "strides": 2, "pad": "same"}
MASKED = (Step("Sign", (1,)), Step("Multiply", (0, 2)))
WHOLE = Spec((4, 6), "int32")
PLUS = (Step("Add", (0, 1)),)
COUNTED = (Step("Maximum", (0, 1)), Step("Cast", (2,), "int32"))
CASES = [
    _case("ten", TEN, normal(6, 5), normal(6, 5, seed=1)),
    _case("a row", BIASED, normal(3, 4, 6), normal(6)),
    _case("a column and a number", RESIDUAL, normal(3, 6), normal(3, 1), normal(seed=2)),
    _case("general position", BIASED, normal(2, 3, 4, 5), normal(3, 1, 5)),
    _case("broadcast both ways", BIASED, normal(4, 1), normal(1, 5)),
    _case("long rows", BIASED, normal(3, 40000), normal(3, 1)),
    _case("dtypes", MIXED, normal(4, 6), integers(-2, 3, 4, 6), bools(4, 6)),
    _case("a condition", CHOSEN, bools(4, 1), integers(-9, 9, 4, 3), integers(-9, 9, 3)),
    _case("empty", BIASED, normal(0, 3), normal(3)),
    _after("BatchMatMul", "residual", RESIDUAL, normal(5, 7), normal(7, 6), normal(6), normal(5, 6, seed=3)),
    _after("BatchMatMul", "in parts", BIASED, normal(1, 600), normal(600, 8), normal(8)),
    _after("BatchMatMul", "integers", BIASED, integers(-3, 3, 2, 5), integers(-3, 3, 5, 4), normal(4)),
    _after("Conv2D", "residual", RESIDUAL, IMAGE, TAPS, normal(4), normal(2, 5, 6, 4, seed=5), **SAME),
    _after(
        "Conv2D",
        "channels first",
        BIASED,
        PLANES,
        TAPS,
        normal(4, 1, 1),
        data_format="NCHW",
        **SAME,
    ),
    _after("DepthwiseConv2dNative", "row", BIASED, normal(2, 5, 6, 4), normal(3, 3, 4, 1), normal(4), **SAME),
    *(
        _after(
            f"{kind}PoolGrad",
            "mask",
            MASKED,
            normal(2, 3, 3, 6),
            x := normal(2, 6, 5, 6, seed=1),
            x,
            **POOLED,
        )
        for kind in ("Max", "Avg")
    ),
    *(
        _after(
            f"{kind}Pool3DGrad",
            "row",
            BIASED,
            normal(1, 2, 3, 2, 5),
            normal(1, 4, 5, 3, 5, seed=1),
            normal(5),
            **POOLED,
        )
        for kind in ("Max", "Avg")
    ),
    _after("Mean", "no epilogue", BIASED, normal(4, 8), normal(4, 1), axis=[-1], keep_dims=True),
    _within("Mean", "squares", CENTRED, Spec((6, 7)), normal(6, 7), normal(6, 1), axis=[1], keep_dims=True),
    _within("Mean", "integers", PLUS, WHOLE, integers(-3, 3, 4, 6), integers(1, 3, 6), axis=[1]),
    _within("Sum", "floats to integers", COUNTED, WHOLE, normal(4, 6), normal(6, seed=1), axis=[0]),
    _within("Sum", "lines", BIASED, Spec((9, 5)), normal(9, 5), normal(5), axis=[0]),
    _within("Sum", "all", BIASED, Spec((40, 30)), normal(40, 30), normal(30), axis=None),
    _within("Sum", "nothing to reduce", BIASED, Spec((4, 1)), normal(4, 1), normal(4, 1, seed=1), axis=[1]),
    _within("Sum", "nothing there", BIASED, Spec((0, 3)), normal(0, 3), normal(3), axis=[0]),
    _within("Max", "columns", BIASED, Spec((2, 3, 6)), normal(2, 3, 6), normal(3, 1), reduction_indices=[2]),
    _within("Prod", "integers", PLUS, WHOLE, integers(-3, 3, 4, 6), integers(1, 3, 6), axis=[0]),
]

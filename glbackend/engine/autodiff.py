"""Gradients of functions: grad, grads, value_and_grad(s), variable_grads, custom_grad."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from glbackend.base.annotations import got
from glbackend.base.calling import checked
from glbackend.base.dtypes import NUMPY, with_article
from glbackend.base.errors import ArgumentError, DtypeError, GradientError, ShapeError
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.storage import Handle
from glbackend.engine.tape import Final, Node, Tape, backward, nothing_recorded, record_custom, tapes
from glbackend.engine.tensor import METHODS, Tensor, Variable


class ValueAndGrad(NamedTuple):
    """Value of a function and its gradient (one tensor, or a list)."""

    value: Tensor
    grad: Any


class VariableGrads(NamedTuple):
    """Value of a function and its gradients by variable name."""

    value: Tensor
    grads: dict[str, Tensor]


def floating(tensor: Tensor, name: str, op: str) -> Tensor:
    if tensor.dtype not in ("float32", "complex64"):
        raise DtypeError(
            f"{op}: cannot take the gradient with respect to {name}, {with_article(tensor.dtype)} tensor: "
            f"pass it as float32, e.g. x.cast('float32')"
        )
    return tensor


def recorded(f: Callable[..., Tensor], xs: Sequence[Any], op: str) -> tuple[list[Tensor], Tensor, list[Node]]:
    """The arguments as tensors, the value of f, and what ran."""
    inputs = [as_tensor(x, f"args[{i}]", op) for i, x in enumerate(xs)]
    for i, x in enumerate(inputs):
        floating(x, f"argument {i}", op)
    tape = Tape()
    tape.watch(inputs)
    token = tapes.set((*tapes.get(), tape))
    try:
        y = f(*inputs)
    finally:
        tapes.reset(token)
    if not isinstance(y, Tensor):
        raise GradientError(f"{op}: the function must return a tensor, got {type(y).__name__}")
    return inputs, y, tape.nodes


def _value_and_grads(
    f: Callable[..., Tensor], xs: Sequence[Any], dy: TensorLike | None, op: str
) -> tuple[Tensor, list[Tensor]]:
    inputs, y, nodes = recorded(f, xs, op)
    found = backward(nodes, {y.id: seed_of(y, dy, op)}, {x.id for x in inputs})
    missing = [i for i, x in enumerate(inputs) if x.id not in found]
    if missing:
        raise GradientError(f"{op}: the result does not depend on argument {', '.join(map(str, missing))}")
    return y, [found[x.id] for x in inputs]


def seed_of(y: Tensor, dy: TensorLike | None, op: str) -> Tensor:
    """What the elements of y are weighed with: ones, or `dy`, which must have its shape."""
    if dy is None:
        if y.size == 1:  # a number that the host holds costs no pass
            return Tensor(Handle.of(np.ones(y.shape, NUMPY[y.dtype]), y.spec))
        return METHODS["ones"](y.shape, y.dtype)
    seed = as_tensor(dy, "dy", op)
    if seed.shape != y.shape:
        raise ShapeError(f"{op}: dy has shape {list(seed.shape)}, the function's result {list(y.shape)}")
    return seed


@checked
def grad(f: Callable[[Any], Tensor]) -> Callable[..., Tensor]:
    """The function `g(x, dy=None)` that gives the gradient of `f` at x, in x's shape. As `tf.grad`.

    `dy` weighs the elements of f's result (ones by default). Nest it for higher orders. Raises GradientError
    where f(x) does not depend on x, DtypeError for an int32 x.

    >>> import glbackend as gl
    >>> gl.grad(lambda x: x * x)(gl.tensor(3.)).item()
    6.0
    """
    return lambda x, dy=None: _value_and_grads(f, [x], dy, "grad")[1][0]


@checked
def grads(f: Callable[..., Tensor]) -> Callable[..., list[Tensor]]:
    """The function `g(args, dy=None)` that gives the gradients of `f(*args)`, a list. As `tf.grads`.

    >>> import glbackend as gl
    >>> [g.item() for g in gl.grads(lambda a, b: a * b)([gl.tensor(2.), gl.tensor(3.)])]
    [3.0, 2.0]
    """
    return lambda args, dy=None: _value_and_grads(f, _list(args, "grads"), dy, "grads")[1]


@checked
def value_and_grad(f: Callable[[Any], Tensor]) -> Callable[..., ValueAndGrad]:
    """As `grad`, giving (value, grad). As `tf.valueAndGrad`.

    >>> import glbackend as gl
    >>> value, g = gl.value_and_grad(lambda x: x * x)(gl.tensor(3.))
    >>> value.item(), g.item()
    (9.0, 6.0)
    """

    def run(x: TensorLike, dy: TensorLike | None = None) -> ValueAndGrad:
        value, found = _value_and_grads(f, [x], dy, "value_and_grad")
        return ValueAndGrad(value, found[0])

    return run


@checked
def value_and_grads(f: Callable[..., Tensor]) -> Callable[..., ValueAndGrad]:
    """As `grads`, giving (value, list of gradients). As `tf.valueAndGrads`.

    >>> import glbackend as gl
    >>> value, (ga, gb) = gl.value_and_grads(lambda a, b: a * b)([gl.tensor(2.), gl.tensor(3.)])
    >>> value.item(), ga.item(), gb.item()
    (6.0, 3.0, 2.0)
    """

    def run(args: Sequence[TensorLike], dy: TensorLike | None = None) -> ValueAndGrad:
        return ValueAndGrad(*_value_and_grads(f, _list(args, "value_and_grads"), dy, "value_and_grads"))

    return run


def _list(args: Any, op: str) -> list[Any]:
    if not isinstance(args, list | tuple):
        raise ArgumentError(f"{op}: pass the arguments as one list, got {type(args).__name__}")
    return list(args)


def gradient_pairs(
    f: Callable[[], Tensor],
    var_list: Iterable[Variable] | None = None,
    op: str = "variable_grads",
    final: Final | None = None,
) -> tuple[Tensor, list[tuple[Tensor, Variable]]]:
    """Value of the scalar `f()`, and (gradient, variable) for every variable of `var_list` that it depends
    on.

    Without `var_list`: every trainable variable that f uses. `final`: as of `backward`, told of variables by
    their ids. Raises as `variable_grads`.
    """
    tape = Tape(watch_variables=var_list is None)
    chosen = None if var_list is None else list(var_list)
    if chosen is not None:
        tape.watch(chosen)
    token = tapes.set((*tapes.get(), tape))
    try:
        y = f()
    finally:
        tapes.reset(token)
    if not isinstance(y, Tensor) or y.rank != 0:
        what = f"shape {list(y.shape)}" if isinstance(y, Tensor) else type(y).__name__
        raise GradientError(f"{op}: the function must return a scalar tensor, got {what}")
    variables = chosen if chosen is not None else list(tape.variables.values())
    found = backward(tape.nodes, {y.id: seed_of(y, None, op)}, {v.id for v in variables}, final)
    pairs = [(found[v.id], v) for v in variables if v.id in found]
    if not pairs:
        raise GradientError(f"{op}: the result depends on none of the trainable variables")
    return y, pairs


@checked
def variable_grads(f: Callable[[], Tensor], var_list: Iterable[Variable] | None = None) -> VariableGrads:
    """Value of the scalar `f()` and its gradients by variable name. As `tf.variableGrads`.

    Without `var_list`: every trainable variable that f uses. Raises GradientError where the result is no
    scalar or depends on none of the variables.

    >>> import glbackend as gl
    >>> v = gl.variable(gl.tensor(3.), name="v")
    >>> gl.variable_grads(lambda: v * v).grads["v"].item()
    6.0
    """
    value, pairs = gradient_pairs(f, var_list)
    return VariableGrads(value, {variable.name: gradient for gradient, variable in pairs})


@checked
def custom_grad(f: Callable[..., tuple[Tensor, Callable[..., Any]]]) -> Callable[..., Tensor]:
    """A function with a gradient of its own. As `tf.customGrad`.

    `f(*tensors)` returns (value, gradient function); the gradient function takes dy and gives the gradient of
    each input (one tensor, or a list in the order of the inputs). A parameter of f named `save` gets a
    function that keeps a list of tensors, past tidy and dispose, for the gradient function, which then takes
    (dy, saved); Python's closures do without. Raises GradientError where f returns anything else.

    >>> import glbackend as gl
    >>> clipped = gl.custom_grad(lambda x: (x * 2., lambda dy: dy * 100.))
    >>> gl.grad(clipped)(gl.tensor(1.)).item()
    100.0
    """

    saves = _takes_save(f)

    def run(*args: TensorLike) -> Tensor:
        inputs = [as_tensor(x, f"args[{i}]", "custom_grad") for i, x in enumerate(args)]
        kept: list[tuple[Handle, int]] = []

        def save(tensors: Tensor | Sequence[Tensor]) -> None:
            group = [tensors] if isinstance(tensors, Tensor) else tensors
            kept.extend((as_tensor(one, "save", "custom_grad").handle, one.id) for one in group)

        with nothing_recorded():
            y, gradient = _value_and_gradient(f(*inputs, save=save) if saves else f(*inputs))

        def rule(dys: list[Tensor]) -> Sequence[Tensor | None]:
            result = gradient(dys[0], [Tensor(*one) for one in kept]) if saves else gradient(dys[0])
            found = list(result) if isinstance(result, list | tuple) else [result]
            if len(found) != len(inputs):
                raise GradientError(f"custom_grad: {len(inputs)} inputs, but {len(found)} gradients")
            return found

        record_custom(inputs, [y], rule)
        return y

    return run


def _takes_save(f: Callable[..., Any]) -> bool:
    try:
        return "save" in inspect.signature(f).parameters
    except (TypeError, ValueError):  # a builtin without a signature
        return False


def _value_and_gradient(result: Any) -> tuple[Tensor, Callable[..., Any]]:
    match result:
        case (Tensor() as value, gradient) if callable(gradient):
            return value, gradient
    raise GradientError(
        f"custom_grad: the function must return (value, gradient function), a tensor and a function of dy, "
        f"got {got(result)}"
    )

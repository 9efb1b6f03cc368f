"""How an op is declared: `@op` makes it public (and a Tensor method), `run` calls the engine."""

from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any, TypeVar

from glbackend.base.calling import explained
from glbackend.engine.engine import engine
from glbackend.engine.registry import add_gradient
from glbackend.engine.tensor import Tensor, register_method
from glbackend.table import ROWS

Function = TypeVar("Function", bound=Callable[..., Any])
# public name (dotted inside a namespace: "image.resize_bilinear") -> function
OPS: dict[str, Callable[..., Any]] = {}


def op(*, method: bool = True, namespace: str = "", name: str = "") -> Callable[[Function], Function]:
    """Declares a public op; with `method` also as a method of Tensor, its first parameter."""

    def declare(function: Function) -> Function:
        public = name or function.__name__
        spoken = f"{namespace}.{public}" if namespace else public
        if isinstance(function, FunctionType) and not hasattr(function, "__wrapped__"):
            function = explained(function, spoken)
        OPS[spoken] = function
        if method:
            register_method(public, function)
        return function

    return declare


def kept(keep_dims: bool, keepdims: bool | None) -> bool:
    """Whether reduced axes stay: the argument under TF.js's name, and under NumPy's where that is given."""
    return keep_dims if keepdims is None else keepdims


def run(kernel: str, inputs: Mapping[str, Any] | list[Tensor], **attrs: Any) -> Tensor:
    """Runs a kernel with one output; the short spelling for ops."""
    result: Tensor = engine().run_kernel(kernel, inputs, attrs)
    return result


def run_several(kernel: str, inputs: Mapping[str, Any] | list[Tensor], **attrs: Any) -> tuple[Tensor, ...]:
    """Runs a kernel with several outputs."""
    results: tuple[Tensor, ...] = engine().run_kernel(kernel, inputs, attrs)
    return results


for _row in ROWS.values():
    for _name, _function in _row.gradients().items():
        add_gradient(_row.kernel, _name, _function)

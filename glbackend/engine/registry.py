"""The registry: kernels by (backend, name), gradient rules by kernel and input."""

import importlib
import sys
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from glbackend.base.calling import names_of
from glbackend.base.errors import KernelNotFoundError
from glbackend.contracts.contract import contracts
from glbackend.table import ROWS
from glbackend.table.row import Row

Function = TypeVar("Function", bound=Callable[..., Any])
ALL_INPUTS = "*"

_kernels: dict[str, dict[str, Callable[..., Any]]] = {"cpu": {}, "webgl": {}}
_loaded: set[str] = set()


class Rule(NamedTuple):
    """The gradient with respect to one input: a function, the tensors it needs, the attrs it takes."""

    function: Callable[..., Any]
    saves: tuple[str, ...]
    attrs: tuple[str, ...]


_rules: dict[str, dict[str, Rule]] = {}


def kernel(name: str, *backends: str) -> Callable[[Function], Function]:
    """Registers the decorated function as kernel `name` of the given backends."""

    def register(function: Function) -> Function:
        for backend in backends:
            if name in _kernels[backend]:
                raise RuntimeError(f"two kernels {name} on {backend}: {function.__module__}")
            _kernels[backend][name] = function
        return function

    return register


def kernels(backend: str) -> dict[str, Callable[..., Any]]:
    """All kernels of a backend by name, its modules loaded."""
    if backend not in _loaded:
        importlib.import_module(f"glbackend.backends.{backend}").load_kernels()
        _loaded.add(backend)
    return _kernels[backend]


def add_row(row: Row) -> None:
    """Declares an elementwise row made at run time where kernels are loaded already; elsewhere loading finds
    it in ROWS."""
    contracts()  # loads all of them, before ROWS holds one more
    ROWS[row.kernel] = row
    importlib.import_module("glbackend.contracts.elementwise").declare_row(row)
    for backend in _kernels:
        module = sys.modules.get(f"glbackend.backends.{backend}.kernels.elementwise")
        if module is not None:
            module.declare_row(row)
    for name, function in row.gradients().items():
        add_gradient(row.kernel, name, function)


def find_kernel(name: str, backend: str) -> Callable[..., Any]:
    """The kernel `name` of `backend`; KernelNotFoundError where there is none."""
    found = _kernels[backend].get(name) or kernels(backend).get(name)
    if found is None:
        raise KernelNotFoundError(f"kernel {name!r} is not registered for backend {backend!r}")
    return found


def gradient(name: str, wrt: str = ALL_INPUTS) -> Callable[[Function], Function]:
    """Registers the gradient of kernel `name` with respect to its input `wrt`.

    The positional parameters of the function say what the tape saves: `dy` (the gradient of the output, a
    list for several outputs; `dys` is a list with None for outputs on which nothing depends), inputs by name
    (`dy_input` for one called dy), `y` (the output), `ys` (a list of all outputs), `<input>_spec` for an
    input's shape and dtype only, or `wanted` for the names of those inputs whose gradients are asked for;
    keyword-only parameters are normalised attrs of the kernel. It returns a tensor, or None for no gradient.
    With `wrt="*"` it is for all inputs: it returns a list of gradients for kernels that take one list, else
    by input name a function that gives the gradient.
    """

    def register(function: Function) -> Function:
        add_gradient(name, wrt, function)
        return function

    return register


def add_gradient(name: str, wrt: str, function: Callable[..., Any]) -> None:
    """As the decorator `gradient`, for functions that stand in a table."""
    saves, attrs = names_of(function)
    rules = _rules.setdefault(name, {})
    if wrt in rules:
        raise RuntimeError(f"two gradients of {name} with respect to {wrt}")
    rules[wrt] = Rule(function, saves, attrs)


def rules_of(name: str) -> dict[str, Rule]:
    """Gradient rules of a kernel by input name; empty where it has none."""
    return _rules.get(name, {})


def differentiable_kernels() -> dict[str, tuple[str, ...]]:
    """Every kernel with a gradient, and the inputs it has one for."""
    return {name: tuple(rules) for name, rules in _rules.items()}

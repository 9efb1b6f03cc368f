"""A case: one sample call of an op, declared once, read by tests, bench and `python -m glbackend check`."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from glbackend.base.errors import ArgumentError
from glbackend.testing.sample import Array

RTOL = 1e-5


@dataclass(frozen=True)
class Case:
    """`call(*inputs)` runs `kernel`; `grad`: by which inputs, numbered from 0, it is differentiated.

    `rtol` is looser than 1e-5 or `second_order` False only where `because` says why.
    """

    kernel: str
    name: str
    call: Callable[..., Any]
    inputs: tuple[Array, ...]
    grad: tuple[int, ...] = ()
    rtol: float = RTOL
    second_order: bool = True
    because: str = ""

    def __post_init__(self) -> None:
        if (self.rtol > RTOL or not self.second_order) and not self.because:
            raise ArgumentError(f"case {self.id}: a loosened check needs because='...'")

    @property
    def id(self) -> str:
        """Name for reports: kernel and what is special."""
        return f"{self.kernel}-{self.name}"


def case(
    kernel: str,
    name: str,
    call: Callable[..., Any],
    *inputs: Array,
    grad: tuple[int, ...] = (),
    rtol: float = RTOL,
    second_order: bool = True,
    because: str = "",
) -> Case:
    """Declares a case; see `Case`."""
    return Case(kernel, name, call, inputs, grad, rtol, second_order, because)


@lru_cache(maxsize=1)
def all_cases() -> list[Case]:
    """Every case of every family, in the order of the modules in `testing/cases/ops`."""
    return declared("ops")


def declared(room: str) -> list[Any]:
    """The cases of all modules in a folder of `testing/cases`; ArgumentError where two have one name."""
    package = importlib.import_module(f"glbackend.testing.cases.{room}")
    modules = [
        importlib.import_module(f"{package.__name__}.{module.name}")
        for module in pkgutil.iter_modules(package.__path__)
    ]
    found = [one for module in modules for one in module.CASES]
    names = [one.id for one in found]
    doubled = {name for name in names if names.count(name) > 1}
    if doubled:
        raise ArgumentError(f"cases with one name: {', '.join(sorted(doubled))}")
    return found

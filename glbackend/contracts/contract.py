"""The mechanism of contracts: how one is declared, found and called.

A contract takes input specs and attrs as TF.js sends them, and returns `Checked`: output specs and normalised
attrs, which both backends' kernels receive. It never reads a tensor's values.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from glbackend.base.annotations import got
from glbackend.base.errors import ArgumentError, KernelNotFoundError, ShapeError
from glbackend.base.late import Late
from glbackend.base.shapes import Spec

# A dim that only values decide (Where, Unique, ...): the kernel's handle carries the real one.
UNKNOWN: Any = None


class Checked:
    """What a contract gives: the specs of the outputs, and the normalised attrs.

    `out` is what kernels receive: one spec, or a tuple for a kernel whose outputs are a tuple. `outs` is a
    tuple in both cases, `single` says which it is.
    """

    __slots__ = ("attrs", "out", "outs", "single")

    def __init__(self, out: Spec | tuple[Spec, ...], attrs: Mapping[str, Any] | None = None) -> None:
        self.out = out
        self.single = isinstance(out, Spec)
        self.outs: tuple[Spec, ...] = (out,) if isinstance(out, Spec) else out
        self.attrs: Mapping[str, Any] = attrs or {}


Contract = Callable[..., Checked]
# name -> Spec (or tuple of Spec), or one list for Concat, AddN, Pack, Einsum
Inputs = Mapping[str, Any] | list[Spec]

_contracts: dict[str, Contract] = {}
_late: dict[str, frozenset[str]] = {}  # kernel -> its attrs that may be late


def contract(*kernels: str, late: Sequence[str] = ()) -> Callable[[Contract], Contract]:
    """Declares the decorated function as the contract of the named kernels.

    `late` names the attrs that may be given as a `Late`: the contract checks the present value and passes the
    object on (`derived` does both).
    """

    def declare(function: Contract) -> Contract:
        for kernel in kernels:
            if kernel in _contracts:
                raise RuntimeError(f"two contracts for {kernel}: {function.__module__}")
            _contracts[kernel] = function
            _late[kernel] = frozenset(late)
        return function

    return declare


@lru_cache(maxsize=1)
def contracts() -> dict[str, Contract]:
    """All contracts by kernel name; imports every module of this package on first use."""
    package = importlib.import_module("glbackend.contracts")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"glbackend.contracts.{module.name}")
    return _contracts


def check(kernel: str, inputs: Inputs, attrs: Mapping[str, Any]) -> Checked:
    """Runs the contract of `kernel`; raises what it raises, and ArgumentError for unknown inputs or attrs.

    ShapeError for an input with an unknown dim: contracts compute with whole numbers.
    """
    key: tuple[Any, ...] | None = None
    try:
        given = tuple(inputs) if isinstance(inputs, list) else tuple(inputs.items())
        key = kernel, given, *[(name, *_distinct(value)) for name, value in attrs.items()]
        known = _cache.get(key)
        if known is not None:
            return known
    except TypeError:  # an attr that is a list: not worth freezing, contracts are cheap
        key = None
    function = contracts().get(kernel)
    if function is None:
        raise KernelNotFoundError(f"kernel {kernel!r} is not registered: no contract has this name")
    try:
        if isinstance(inputs, list):
            bound = _signature(function).bind(inputs, **attrs)
        else:
            bound = _signature(function).bind(**inputs, **attrs)
    except TypeError as error:
        raise ArgumentError(f"{kernel}{_signature(function)}: {error}") from None
    for name in _flags(function):
        value = bound.arguments.get(name)
        if value is not None and not isinstance(value, bool | int | np.bool_):  # 0 and 1 come from JSON
            raise ArgumentError(f"{kernel}: argument {name!r} must be True or False, got {got(value)}")
    _check_known(kernel, inputs)
    for name, value in attrs.items():
        if isinstance(value, Late) and name not in _late[kernel]:
            raise ArgumentError(f"{kernel}: attr {name!r} must be a plain value, got {value!r}")
    checked = function(*bound.args, **bound.kwargs)
    if key is not None and all(map(_is_plain, attrs.values())):
        if len(_cache) >= 4096:
            _cache.clear()
        _cache[key] = checked
    return checked


def _check_known(kernel: str, inputs: Inputs) -> None:
    for name, given in inputs.items() if isinstance(inputs, Mapping) else enumerate(inputs):
        for spec in (given,) if isinstance(given, Spec) else given:
            if None in spec.shape:
                raise ShapeError(
                    f"{kernel}: input {name!r} of shape {list(spec.shape)} has an unknown dim, which only "
                    f"values decide: run the kernel on real tensors"
                )


_PLAIN_KINDS = frozenset({int, str})  # nothing else compares equal to one of the same kind


def _distinct(value: Any) -> tuple[Any, ...]:
    """What tells an attr from others that compare equal: 1 from 1.0 and True, 0.0 from -0.0."""
    kind = type(value)
    if kind is tuple and not {*map(type, value)} <= _PLAIN_KINDS:
        return tuple([_distinct(one) for one in value])
    return (kind, str(value)) if kind is float and not value else (kind, value)


def _is_plain(value: Any) -> bool:
    """Whether a cache may hold the value: nothing late, and no tensor, which would live as long."""
    if isinstance(value, Late):
        return False
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    return isinstance(value, np.generic | type) or not hasattr(value, "dtype")


@lru_cache(maxsize=1024)
def _signature(function: Contract) -> inspect.Signature:
    return inspect.signature(function)


@lru_cache(maxsize=1024)
def _flags(function: Contract) -> tuple[str, ...]:
    """Names of the attrs that are True or False."""
    return tuple(one.name for one in _signature(function).parameters.values() if one.annotation is bool)


_cache: dict[tuple[Any, ...], Checked] = {}

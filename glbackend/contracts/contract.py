"""The mechanism of contracts: how one is declared, found and called.

A contract takes input specs and attrs as TF.js sends them, and returns `Checked`: output specs and normalised
attrs, which both backends' kernels receive. It never reads a tensor's values.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from glbackend.base.annotations import got
from glbackend.base.errors import ArgumentError, KernelNotFoundError
from glbackend.base.shapes import Spec

UNKNOWN = (
    -1
)  # a dim that only the values decide (Where, Unique, ...): the kernel's handle carries the real one


class Checked(NamedTuple):
    """What a contract gives: the spec of the output (a tuple of specs for several), and the normalised
    attrs."""

    out: Spec | tuple[Spec, ...]
    attrs: Mapping[str, Any] = {}


Contract = Callable[..., Checked]
Inputs = (
    Mapping[str, Any] | list[Spec]
)  # name -> Spec (or list of Spec), or one list for Concat, AddN, Pack, Einsum

_contracts: dict[str, Contract] = {}


def contract(*kernels: str) -> Callable[[Contract], Contract]:
    """Declares the decorated function as the contract of the named kernels."""

    def declare(function: Contract) -> Contract:
        for kernel in kernels:
            if kernel in _contracts:
                raise RuntimeError(f"two contracts for {kernel}: {function.__module__}")
            _contracts[kernel] = function
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
    """Runs the contract of `kernel`; raises what it raises, and ArgumentError for unknown inputs or attrs."""
    key: tuple[Any, ...] | None = None
    try:
        given = tuple(inputs) if isinstance(inputs, list) else tuple(inputs.items())
        key = (kernel, given, tuple([(name, *_distinct(value)) for name, value in attrs.items()]))
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
            bound = inspect.signature(function).bind(inputs, **attrs)
        else:
            bound = inspect.signature(function).bind(**inputs, **attrs)
    except TypeError as error:
        raise ArgumentError(f"{kernel}{inspect.signature(function)}: {error}") from None
    for name in _flags(function):
        value = bound.arguments.get(name)
        if value is not None and not isinstance(value, bool | int | np.bool_):  # 0 and 1 come from JSON
            raise ArgumentError(f"{kernel}: argument {name!r} must be True or False, got {got(value)}")
    checked = function(*bound.args, **bound.kwargs)
    if key is not None and all(map(_is_plain, attrs.values())):
        if len(_cache) >= 4096:
            _cache.clear()
        _cache[key] = checked
    return checked


def _distinct(value: Any) -> tuple[Any, ...]:
    """What tells an attr from others that compare equal: 1 from 1.0 and True, 0.0 from -0.0."""
    if type(value) is tuple:
        return tuple([_distinct(one) for one in value])
    return (type(value), str(value)) if type(value) is float and not value else (type(value), value)


def _is_plain(value: Any) -> bool:
    """Whether a cache may hold the value: no tensor, which would live as long as the cache."""
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    return isinstance(value, np.generic | type) or not hasattr(value, "dtype")


@lru_cache(maxsize=1024)
def _flags(function: Contract) -> tuple[str, ...]:
    """Names of the attrs that are True or False."""
    return tuple(
        one.name for one in inspect.signature(function).parameters.values() if one.annotation is bool
    )


_cache: dict[tuple[Any, ...], Checked] = {}

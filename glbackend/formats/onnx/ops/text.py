"""Strings, on the host."""

import re
from typing import Any

import numpy as np

from glbackend.engine.tensor import Tensor
from glbackend.formats.onnx.declare import Array, onnx_op
from glbackend.formats.onnx.host import whole


@onnx_op("StringSplit", since=20)
def string_split(x: Array, *, delimiter: str | None = None, maxsplit: int | None = None) -> Any:
    """The parts of each string, filled up with empty ones, and how many there are."""
    most = -1 if maxsplit is None else maxsplit
    parts = [str(one).split(delimiter or None, most) if str(one) else [] for one in x.ravel()]
    width = max(map(len, parts), default=0)
    rows = np.array([[*one, *[""] * (width - len(one))] for one in parts], object).reshape((*x.shape, width))
    return whole(rows, "string"), whole(np.array([len(one) for one in parts]).reshape(x.shape))


@onnx_op("StringConcat", since=20)
def string_concat(a: Array, b: Array) -> Tensor:
    """Strings one after another."""
    return whole(a.astype(object) + b.astype(object), "string")


@onnx_op("RegexFullMatch", since=20)
def regex_full_match(x: Array, *, pattern: str) -> Tensor:
    """Whether strings match a pattern as wholes."""
    try:
        found = re.compile(pattern)
    except re.error as error:
        raise ValueError(f"the pattern {pattern!r} does not compile: {error}") from None
    return whole(
        np.array([found.fullmatch(str(one)) is not None for one in x.ravel()]).reshape(x.shape), "bool"
    )

"""Tables of other libraries (pandas, pyarrow, polars), known by what they can do: none is imported."""

from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError, DtypeError

NUMBERS, TEXT = "biufc", "USO"  # NumPy's kinds


def is_frame(value: Any) -> bool:
    """Whether it is a table: what makes an array and has names of columns, as a DataFrame does.

    >>> is_frame(np.zeros((2, 2)))
    False
    """
    cls = type(value)
    return hasattr(cls, "__array__") and (hasattr(cls, "columns") or hasattr(cls, "column_names"))


def columns_of(frame: Any) -> dict[str, Any]:
    """The columns of a table by their names; ArgumentError where two have one name."""
    names = list(frame.column_names if hasattr(type(frame), "column_names") else frame.columns)
    found = {str(name): name for name in names}
    if len(found) < len(names):
        raise ArgumentError(f"columns must have different names, got {', '.join(map(str, names))}")
    return {spoken: frame[name] for spoken, name in found.items()}


def matrix_of(frame: Any, name: str) -> np.ndarray[Any, Any]:
    """A table of numbers (or of text) as an array [rows, columns]; missing numbers are NaN.

    Bools and integers are promoted as NumPy does. DtypeError names the columns that hold something else,
    `name` says whose they are.
    """
    columns = columns_of(frame)
    arrays = {key: np.asarray(column) for key, column in columns.items()}
    text = all(one.dtype.kind in TEXT for one in arrays.values())
    bad = [key for key, one in arrays.items() if one.dtype.kind not in (TEXT if text else NUMBERS)]
    if bad:
        shown = ", ".join(f"{key!r} ({_dtype(columns[key])})" for key in bad)
        raise DtypeError(
            f"{name}: columns must hold numbers, not so {shown}: leave them out, encode them as numbers, or "
            f"give columns one by one, in a dict by name"
        )
    return np.stack(list(arrays.values()), axis=1) if arrays else np.empty((len(frame), 0), np.float32)


def _dtype(column: Any) -> Any:
    return getattr(column, "dtype", None) or getattr(column, "type", None)

"""Values of a graph that are no tensors: lists and arrays of tensors, tables, and variables."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np

from glbackend.base.dtypes import DType
from glbackend.base.errors import ArgumentError, DtypeError, ModelFormatError, ShapeError, TraceError
from glbackend.base.text import as_text
from glbackend.engine.node import tracing
from glbackend.engine.tensor import Tensor
from glbackend.engine.tidy import keep
from glbackend.formats.graph_model.host import host_tensor
from glbackend.ops import concat, create

MOST_ENTRIES = 1 << 24
Dims = tuple[int, ...] | None  # -1 where a dim is not known, None where the rank is not


class TensorList:
    """A list of tensors of one dtype that never changes: setting gives another one. None is a place without
    a tensor, which reads as zeros. `shape` is what is known of the entries'."""

    __slots__ = ("dtype", "entries", "shape")

    def __init__(self, entries: Sequence[Tensor | None], shape: Dims, dtype: DType) -> None:
        self.entries, self.shape, self.dtype = list(entries), shape, dtype

    @classmethod
    def of_length(cls, length: int, shape: Dims, dtype: DType) -> "TensorList":
        """A list of so many places."""
        if not 0 <= length <= MOST_ENTRIES:
            raise ArgumentError(f"a list of {length} tensors: must be between 0 and {MOST_ENTRIES}")
        return cls([None] * length, shape, dtype)

    def __len__(self) -> int:
        return len(self.entries)

    def zeros_like(self) -> "TensorList":
        """The places, empty."""
        return TensorList([None] * len(self.entries), self.shape, self.dtype)

    def place(self, index: int) -> int:
        """The index, if there is such a place."""
        if not 0 <= index < len(self.entries):
            raise ArgumentError(f"entry {index} of a list of {len(self.entries)} tensors does not exist")
        return index

    def with_entry(self, index: int, value: Tensor) -> "TensorList":
        """The list with another entry."""
        entries = self.entries.copy()
        entries[self.place(index)] = value
        return TensorList(entries, self.shape, self.dtype)

    def filled(self, asked: Dims) -> list[Tensor]:
        """All entries, places without a tensor as zeros; ShapeError where nothing says their shape."""
        if None not in self.entries:
            return [entry for entry in self.entries if entry is not None]
        zeros = create.zeros(self.shape_of_entries(asked), self.dtype)
        return [zeros if entry is None else entry for entry in self.entries]

    def entry(self, index: int, asked: Dims) -> Tensor:
        """One entry."""
        found = self.entries[self.place(index)]
        return create.zeros(self.shape_of_entries(asked), self.dtype) if found is None else found

    def shape_of_entries(self, asked: Dims) -> tuple[int, ...]:
        """The shape that all entries have, as far as the list, the entries and who asks know it."""
        shapes = [self.shape, asked, next((entry.shape for entry in self.entries if entry is not None), None)]
        known = [one for one in shapes if one is not None]
        if not known or len({len(one) for one in known}) > 1:
            raise ShapeError(f"the shape of a list's entries is not known: {shapes}")
        dims = tuple(max(sizes) for sizes in zip(*known, strict=True))
        if any(dim < 0 for dim in dims):
            raise ShapeError(f"the shape {list(dims)} of a list's entries is not known")
        return dims


class TensorArray:
    """An array of tensors of control flow v1: what is written stays, whoever holds it."""

    def __init__(self, size: int, shape: Dims, dtype: DType, dynamic: bool) -> None:
        self.list = TensorList.of_length(size, shape, dtype)
        self.dynamic = dynamic

    def write(self, index: int, value: Tensor) -> None:
        """Puts a tensor at a place, beyond the end where the array may grow."""
        entries = self.list.entries
        if self.dynamic and len(entries) <= index < MOST_ENTRIES:
            entries.extend([None] * (index + 1 - len(entries)))
        entries[self.list.place(index)] = value

    def read(self, indices: Iterable[int]) -> list[Tensor]:
        """The tensors at these places."""
        return [self.list.entry(index, None) for index in indices]


class Table:
    """A hash table from int32 or string to any dtype."""

    def __init__(self, key_dtype: DType, value_dtype: DType) -> None:
        self.key_dtype, self.value_dtype = key_dtype, value_dtype
        self.rows: dict[Any, Any] = {}

    def fill(self, keys: Tensor, values: Tensor) -> None:
        """Takes up pairs."""
        self.rows.update(zip(_keys(keys), values.numpy().ravel().tolist(), strict=True))

    def find(self, keys: Tensor, default: Tensor) -> Tensor:
        """The values of keys, `default` for those that are not there."""
        missing = default.numpy().ravel().tolist()[0]
        found = np.empty(keys.size, object)
        found[:] = [self.rows.get(key, missing) for key in _keys(keys)]
        plain = found if default.dtype == "string" else np.asarray(found.tolist(), default.numpy().dtype)
        return host_tensor(plain.reshape(keys.shape), default.dtype)


class Variable:
    """A variable: what was last assigned, or what `source` gives, which is asked when that is first needed.

    `fixed`: whether nothing in the model assigns to it.
    """

    def __init__(self, name: str, source: Callable[[], np.ndarray[Any, Any]] | None = None) -> None:
        self.name, self.source, self.fixed = name, source, False
        self._value: Tensor | None = None

    def read(self) -> Tensor:
        """The value; ModelFormatError where there is none. A trace cannot know what will be assigned."""
        if not self.fixed and tracing.get() is not None:
            raise TraceError(f"the variable {self.name!r} is read, and may change")
        if self._value is None:
            if self.source is None:
                raise ModelFormatError(f"the variable {self.name!r} has no value: nothing restores it")
            try:
                self._value = keep(host_tensor(self.source()))
            except DtypeError as error:  # whole numbers beyond int32
                raise ModelFormatError(f"the variable {self.name!r}: {error}") from None
        return self._value

    def read_ahead(self) -> None:
        """Asks `source` now, as it may not be there later; what it cannot give is told when it is needed."""
        if self._value is None and self.source is not None:
            with suppress(ModelFormatError):
                self.source = partial(np.asarray, self.source())

    def assign(self, value: Tensor) -> None:
        """Puts another value in its place."""
        if tracing.get() is not None:
            raise TraceError(f"the variable {self.name!r} is assigned to")
        self._value = keep(value.clone())

    def dispose(self) -> None:
        """Gives the value back."""
        if self._value is not None:
            self._value.dispose()
        self._value = self.source = None


def _keys(keys: Tensor) -> list[Any]:
    flat = keys.numpy().ravel().tolist()
    return [as_text(one) for one in flat] if keys.dtype == "string" else flat


def stacked(tensors: Sequence[Tensor], shape: Dims, dtype: DType) -> Tensor:
    """Tensors along a new first dim; of none, a tensor without elements."""
    if not tensors:
        return create.zeros((0, *(max(dim, 0) for dim in shape or ())), dtype)
    return concat.stack(tensors)


def joined(tensors: Sequence[Tensor], shape: Dims, dtype: DType) -> Tensor:
    """Tensors one after the other along their first dim."""
    if not tensors:
        return create.zeros((0, *(max(dim, 0) for dim in (shape or ())[1:])), dtype)
    return concat.concat(tensors) if len(tensors) > 1 else tensors[0]


def cut(tensor: Tensor, lengths: Sequence[int]) -> list[Tensor]:
    """A tensor in pieces of so many rows."""
    if sum(lengths) != tensor.shape[0]:
        raise ShapeError(f"pieces of {list(lengths)} rows do not make up the {tensor.shape[0]} given")
    return tensor.split(list(lengths)) if len(lengths) > 1 else [tensor] * len(lengths)

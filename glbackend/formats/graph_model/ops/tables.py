"""Hash tables: resources, which belong to the model and are filled by its initializer."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from glbackend.base.errors import ModelFormatError
from glbackend.engine.tensor import Tensor
from glbackend.formats.graph_model.declare import tf_op
from glbackend.formats.graph_model.host import host_tensor, whole
from glbackend.formats.graph_model.lists import Table


@tf_op("HashTable", "HashTableV2", "MutableHashTable", "MutableHashTableV2", pure=False)
def hash_table(*, shared_name: str = "", key_dtype: Any, value_dtype: Any, run: Any) -> Table:
    """The model's table of that name, else of the node's."""
    made: Table = run.resource(shared_name, lambda: Table(key_dtype, value_dtype))
    return made


@tf_op(
    "LookupTableImport", "LookupTableImportV2", "InitializeTable", "InitializeTableV2",
    "LookupTableInsert", "LookupTableInsertV2", pure=False,
)  # fmt: skip
def fill(table: Table, keys: Tensor, values: Tensor) -> tuple[()]:
    """Takes up keys with their values."""
    table.fill(keys, values)
    return ()


@tf_op("InitializeTableFromTextFile", "InitializeTableFromTextFileV2", pure=False)
def fill_from_file(
    table: Table,
    filename: str,
    *,
    key_index: int,
    value_index: int,
    vocab_size: int = -1,
    delimiter: str = "\t",
    offset: int = 0,
    run: Any,
) -> tuple[()]:
    """Takes up a line each of an asset: its number, itself (an index of -2), or a column."""
    lines = run.asset(filename).decode("utf-8", "surrogateescape").replace("\r", "").split("\n")
    if not lines[-1]:
        lines.pop()
    if vocab_size > len(lines):
        raise ModelFormatError(f"the asset {filename!r} has {len(lines)} lines, not {vocab_size}")
    lines = lines[: vocab_size if vocab_size >= 0 else None]
    parts = [
        host_tensor(
            list(_column(lines, index, dtype, delimiter, offset, filename)) or np.zeros(0, np.int32), dtype
        )
        for index, dtype in ((key_index, table.key_dtype), (value_index, table.value_dtype))
    ]
    table.fill(*parts)
    return ()


LINE_NUMBER, WHOLE_LINE = -1, -2


def _column(
    lines: list[str], index: int, dtype: str, delimiter: str, offset: int, filename: str
) -> Iterator[Any]:
    kind = {"string": str, "int32": int, "float32": float}.get(dtype)
    for number, line in enumerate(lines):
        if index == LINE_NUMBER:
            yield number + offset
            continue
        columns = [line] if index == WHOLE_LINE else line.split(delimiter)
        try:
            yield kind(columns[max(index, 0)])  # type: ignore[misc]
        except (TypeError, ValueError, IndexError):
            raise ModelFormatError(
                f"line {number + 1} of the asset {filename!r} has no {dtype} in column {index}: {line!r:.60}"
            ) from None


@tf_op("LookupTableFind", "LookupTableFindV2", pure=False)
def find(table: Table, keys: Tensor, default_value: Tensor) -> Tensor:
    """The values of keys."""
    return table.find(keys, default_value)


@tf_op("LookupTableSize", "LookupTableSizeV2", pure=False)
def size(table: Table) -> Tensor:
    """How many keys."""
    return whole(len(table.rows))

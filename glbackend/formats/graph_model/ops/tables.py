"""Hash tables: resources, which belong to the model and are filled by its initializer."""

from typing import Any

from glbackend.engine.tensor import Tensor
from glbackend.formats.graph_model.declare import tf_op
from glbackend.formats.graph_model.host import whole
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


@tf_op("LookupTableFind", "LookupTableFindV2", pure=False)
def find(table: Table, keys: Tensor, default_value: Tensor) -> Tensor:
    """The values of keys."""
    return table.find(keys, default_value)


@tf_op("LookupTableSize", "LookupTableSizeV2", pure=False)
def size(table: Table) -> Tensor:
    """How many keys."""
    return whole(len(table.rows))

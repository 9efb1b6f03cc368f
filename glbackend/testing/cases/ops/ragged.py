"""Cases of kernels over ragged tensors."""

from typing import Any

import numpy as np

from glbackend.ops.ragged import ragged_gather, ragged_range, ragged_tensor_to_tensor
from glbackend.testing.case import case
from glbackend.testing.sample import integers, normal


def _ints(*values: int) -> np.ndarray[Any, Any]:
    return np.array(values, np.int32)


def _gather(outer: Any, inner: Any, values: Any, indices: Any) -> list[Any]:
    found = ragged_gather([outer, inner], values, indices)
    return [*found.output_nested_splits, found.output_dense_values]


def _dense(values: Any, splits: Any) -> Any:
    return ragged_tensor_to_tensor([-1, 3, -1], values, [7.0], [splits], ["ROW_SPLITS"])


def _from_ids(values: Any, ids: Any) -> Any:
    kinds = ["FIRST_DIM_SIZE", "VALUE_ROWIDS"]
    return ragged_tensor_to_tensor(_ints(4, -1), values, np.int32(-1), [np.int32(5), ids], kinds)


_NESTED = _ints(0, 1, 3, 3), _ints(0, 2, 2, 5)

CASES = [
    case("RaggedGather", "vector", _gather, *_NESTED, normal(5, 3), _ints(2, 1, 0, 1)),
    case("RaggedGather", "matrix", _gather, *_NESTED, integers(-9, 9, 5), _ints(0, 1, 2, 1).reshape(2, 2)),
    case("RaggedGather", "scalar", _gather, *_NESTED, normal(5), _ints(1).reshape(())),
    case("RaggedGather", "empty", _gather, *_NESTED, normal(5), _ints()),
    case(
        "RaggedRange",
        "float",
        ragged_range,
        np.array([0, 5, 8, 1], np.float32),
        np.array([3, 4, 5.5, 1], np.float32),
        np.array([0.5, 1, -1, 2], np.float32),
    ),
    case("RaggedRange", "int", ragged_range, _ints(0, 5), _ints(7).reshape(()), _ints(3).reshape(())),
    case("RaggedTensorToTensor", "splits", _dense, normal(6, 2), _ints(0, 4, 4, 6)),
    case("RaggedTensorToTensor", "ids", _from_ids, integers(0, 9, 6), _ints(0, 0, 2, 2, 2, 4)),
    case("RaggedTensorToTensor", "empty", _from_ids, integers(0, 9, 0), _ints()),
]

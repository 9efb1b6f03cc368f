"""Small tensors whose values lie on the host, as shapes, sizes, loop counters: computed with there."""

from typing import Any

import numpy as np

from glbackend.base.dtypes import DType, infer_dtype, to_numpy
from glbackend.base.shapes import Spec
from glbackend.engine.engine import make_tensor
from glbackend.engine.tensor import Tensor

MOST_ELEMENTS = 64


def host_tensor(values: Any, dtype: DType | None = None) -> Tensor:
    """A tensor over a NumPy array, which is not copied where its dtype is one of ours."""
    array = to_numpy(np.asarray(values), dtype, "a value")
    return make_tensor(array, Spec(array.shape, dtype or infer_dtype(array)))


def held_tensor(values: np.ndarray[Any, Any]) -> Tensor:
    """A tensor over what a file holds; the ends of int64, which mean "as far as it goes", become int32's.

    >>> held_tensor(np.array([1 << 62, (1 << 63) - 1]) * np.array([0, 1])).numpy().tolist()
    [0, 2147483647]
    """
    if values.dtype == np.int64:
        for end, ours in zip(_ends(np.int64), _ends(np.int32), strict=True):
            if np.any(values == end):
                values = np.where(values == end, ours, values)
    return host_tensor(values)


def _ends(dtype: Any) -> tuple[int, int]:
    found = np.iinfo(dtype)
    return int(found.min), int(found.max)


def whole(values: Any) -> Tensor:
    """An int32 tensor of whole numbers, on the host."""
    return host_tensor(np.asarray(values, np.int32))


def on_host(*tensors: Tensor) -> bool:
    """Whether all are small int32 tensors whose values lie on the host."""
    return all(
        x.dtype == "int32" and x.size <= MOST_ELEMENTS and x.handle.storage.host is not None for x in tensors
    )

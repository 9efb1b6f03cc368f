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


def whole(values: Any) -> Tensor:
    """An int32 tensor of whole numbers, on the host."""
    return host_tensor(np.asarray(values, np.int32))


def on_host(*tensors: Tensor) -> bool:
    """Whether all are small int32 tensors whose values lie on the host."""
    return all(
        x.dtype == "int32" and x.size <= MOST_ELEMENTS and x.handle.storage.host is not None for x in tensors
    )

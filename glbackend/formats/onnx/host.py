"""Small tensors whose values lie on the host, as shapes, sizes, loop counters: computed with there."""

from typing import Any

import numpy as np

from glbackend.base.dtypes import NUMPY, DType
from glbackend.engine.tensor import Tensor
from glbackend.formats.onnx.attributes import host_tensor

MOST_ELEMENTS = 128


def whole(values: Any, dtype: DType = "int32") -> Tensor:
    """A tensor of values that the host knows, int32 by default."""
    return host_tensor(np.asarray(values).astype(NUMPY[dtype]))


def on_host(*tensors: Tensor) -> bool:
    """Whether all are small int32 tensors whose values lie on the host."""
    return all(
        x.dtype == "int32" and x.size <= MOST_ELEMENTS and x.handle.storage.host is not None for x in tensors
    )


def host_values(x: Tensor) -> np.ndarray[Any, Any]:
    """The values of a tensor, as wide integers where they are whole."""
    found = x.numpy()
    return found.astype(np.int64) if found.dtype.kind == "i" else found

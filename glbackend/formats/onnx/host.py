"""Small tensors whose values lie on the host, as shapes, sizes, loop counters: computed with there."""

from typing import Any

import numpy as np

from glbackend.base.dtypes import NUMPY, DType
from glbackend.base.errors import HostMemoryError
from glbackend.engine.tensor import Tensor
from glbackend.formats.onnx.attributes import host_tensor

MOST_ELEMENTS = 128
MOST_MADE_ELEMENTS = 1 << 27  # of an array that the host makes for a node


def within(count: float) -> int:
    """How many elements the host shall make; HostMemoryError where a file asks for too many."""
    if not count <= MOST_MADE_ELEMENTS:
        raise HostMemoryError(f"{count:,.0f} elements are asked for, at most {MOST_MADE_ELEMENTS:,} are made")
    return int(count)


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

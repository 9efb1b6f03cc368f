"""Arrays of other libraries, by DLPack."""

from typing import Any

import numpy as np

from glbackend.base.annotations import got
from glbackend.base.dtypes import DTYPES, NUMPY
from glbackend.base.errors import ArgumentError, DtypeError, ExchangeError
from glbackend.base.shapes import Spec
from glbackend.engine.engine import make_tensor
from glbackend.engine.exchange import HOST
from glbackend.engine.tensor import Tensor
from glbackend.ops.op import op

NEAREST = {"f": "float32", "i": "int32", "u": "int32", "c": "complex64"}  # by NumPy's kind


@op(method=False)
def from_dlpack(x: Any, *, copy: bool | None = None) -> Tensor:
    """A tensor with the values of an array of another library. As NumPy's `from_dlpack`; TF.js has none.

    The other way round a tensor is taken by `numpy.from_dlpack`, `torch.from_dlpack` and their like, as a
    copy in host memory.

    `x`: what has DLPack's methods: an array of NumPy, PyTorch, JAX, CuPy, a pyarrow array without nulls. Its
    dtype must be float32, int32, bool or complex64.
    `copy`: None or True; the values are always copied, as a tensor never changes. A tensor is given as it is.

    With NumPy before 2.1 x must be writeable and in host memory.

    DtypeError for another dtype, ExchangeError (a BufferError) for copy=False and where the array cannot be
    handed over: as it asks for gradients, or lies on a device from which its library does not copy it.

    >>> import numpy as np
    >>> import glbackend as gl
    >>> gl.from_dlpack(np.arange(3, dtype=np.int32)).numpy().tolist()
    [0, 1, 2]
    >>> np.from_dlpack(gl.tensor([1., 2.])).tolist()
    [1.0, 2.0]
    """
    if copy is False:
        raise ExchangeError("from_dlpack: a tensor copies the values, it never shares memory (copy=False)")
    if isinstance(x, Tensor):
        return x
    if not (hasattr(x, "__dlpack__") and hasattr(x, "__dlpack_device__")):
        raise ArgumentError(f"from_dlpack: x must have __dlpack__ and __dlpack_device__, got {got(x)}")
    array = _on_host(x)
    for dtype in DTYPES:
        if array.dtype == NUMPY[dtype]:
            return make_tensor(np.array(array, order="C"), Spec(array.shape, dtype))
    near = NEAREST.get(array.dtype.kind, "float32")
    raise DtypeError(
        f"from_dlpack: there is no dtype {array.dtype.name} here: convert x to {near} in its own library, or "
        f"let gl.tensor convert it, gl.tensor(numpy.from_dlpack(x))"
    )


def _on_host(x: Any) -> np.ndarray[Any, Any]:
    """A view of the array, or its library's copy where that lies on another device."""
    kind = tuple(int(one) for one in x.__dlpack_device__())
    try:
        return np.from_dlpack(x) if kind[0] == HOST[0] else np.from_dlpack(x, device="cpu")
    except MemoryError:
        raise
    except Exception as error:  # each library has its own
        where = "" if kind[0] == HOST[0] else f" from DLPack's device {kind}: copy it to the host first"
        raise ExchangeError(
            f"from_dlpack: {type(x).__module__}.{type(x).__name__} cannot be taken{where} ({error})"
        ) from error

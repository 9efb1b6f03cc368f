"""What a tensor hands to other libraries: DLPack's capsules, as the array API of 2023.12 has them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from glbackend.base.dtypes import DType
from glbackend.base.errors import ExchangeError

HOST = (1, 0)  # host memory, DLPack's kDLCPU


def capsule(
    dtype: DType,
    values: Callable[[], np.ndarray[Any, Any]],
    *,
    stream: Any = None,
    max_version: Any = None,
    dl_device: Any = None,
    copy: bool | None = None,
) -> Any:
    """A capsule with the array that `values` makes for it alone; ExchangeError for what it cannot be.

    Always a copy in host memory: what another library writes to must not change a tensor, and DLPack has no
    word for textures.
    """
    if dtype == "string":
        raise ExchangeError("DLPack has no strings: take numpy(), an array of objects")
    if copy is False:
        raise ExchangeError("a tensor hands over a copy of its values, never its memory (copy=False)")
    if stream is not None or dl_device not in (None, HOST):
        raise ExchangeError(
            f"a tensor is handed over in host memory, device {HOST} without a stream, "
            f"not on {dl_device or HOST} with stream {stream}"
        )
    array = values()
    try:
        return array.__dlpack__(max_version=max_version, copy=copy)
    except TypeError:  # NumPy before 2.1
        return array.__dlpack__()

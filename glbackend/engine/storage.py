"""Storages hold data, handles are views of them: what kernels take and give.

A storage lives as long as some handle refers to it, by Python's own reference counts; a tape or a second
tensor that shares it keeps it alive. Its data is a host array, device forms (opaque here, owned by a
backend), or both.
"""

import itertools
import math
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np

from glbackend.base.dtypes import BYTES, DType
from glbackend.base.errors import BackendError
from glbackend.base.shapes import Shape, Spec

MOST_ENDED = 256  # storages that wait until what they held is given back, where nobody asks for it before
_ids = itertools.count(1)


class _Life(weakref.ref["Storage"]):
    """What has to be done when a storage ends. Python calls `append` then, which no signal interrupts: in a
    finaliser of Python's own a KeyboardInterrupt would be lost."""

    __slots__ = ("data_id", "forms", "nbytes")
    data_id: int
    forms: dict[Any, Any]
    nbytes: int


_lives: dict[int, _Life] = {}  # by data_id
_ended: deque[_Life] = deque()


def settle() -> None:
    """Gives back the device forms of storages that have ended; any thread, at any time."""
    while _ended:
        try:
            life = _ended[0]
            if life.forms:
                for form in life.forms.values():
                    if hasattr(form, "give_back"):
                        form.give_back()  # a second time it does nothing: an interrupt may come between
            _lives.pop(life.data_id, None)
            _ended.remove(life)
        except (IndexError, ValueError):  # another thread did it
            continue


def live_bytes() -> list[int]:
    """Bytes of the logical data of each live storage."""
    settle()
    return [life.nbytes for life in list(_lives.values())]


class Reading(NamedTuple):
    """A read-back that has begun, into a flat array of the asker's own, which has the values after `wait`.

    `ready` never waits; it may come to say that `wait` will not either.
    """

    array: np.ndarray[Any, Any]
    ready: Callable[[], bool] = lambda: True
    wait: Callable[[], None] = lambda: None


class Owner(Protocol):
    """What holds the device forms of storages: a backend."""

    def read(self, storage: "Storage") -> np.ndarray[Any, Any]:
        """The flat host array of a storage whose forms it holds."""
        ...

    def reading(self, storage: "Storage") -> Reading:
        """As `read`, while the device goes on with what it is asked afterwards."""
        ...

    def release(self, storage: "Storage") -> None:
        """Takes back the device forms of a storage."""
        ...

    def ready(self) -> Callable[[], bool]:
        """A function to poll: True once the device has done all that was asked up to now. It never waits."""
        ...


class Storage:
    """The logical data of one or more tensors: `size` elements of `dtype`, flat, C order."""

    __slots__ = ("__weakref__", "data_id", "dtype", "forms", "host", "owner", "size")

    symbolic: ClassVar[bool] = False  # whether it stands for data that a trace has not computed

    def __init__(
        self, dtype: DType, size: int, host: np.ndarray[Any, Any] | None = None, counted: bool = True
    ) -> None:
        self.data_id = next(_ids)
        self.dtype = dtype
        self.size = size
        self.host = host
        self.forms: dict[Any, Any] = {}  # the owner's device forms; always this dict
        self.owner: Owner | None = None
        if counted:
            life = _lives[self.data_id] = _Life(self, _ended.append)
            life.data_id, life.forms, life.nbytes = self.data_id, self.forms, size * BYTES[dtype]
        if len(_ended) >= MOST_ENDED:
            settle()

    def values(self) -> np.ndarray[Any, Any]:
        """The flat host array; read back from the device that owns it where the host holds none."""
        if self.host is not None:
            return self.host
        if self.owner is None:
            raise BackendError(f"storage {self.data_id} holds no data")
        return self.owner.read(self)

    def reading(self) -> Reading:
        """The values in an array that nobody else has; the device goes on while it is filled."""
        if self.host is None and self.owner is not None:
            return self.owner.reading(self)
        return Reading(self.values().copy())


class Coded(Storage):
    """float32 data kept in fewer bits: halves, or codes c that mean c * scale + low, of which `zero` is 0.

    Backends may read it as it is kept; values are made where the host asks for them.
    """

    __slots__ = ("codes", "low", "scale", "zero")

    def __init__(self, codes: np.ndarray[Any, Any], scale: float | None = None, low: float = 0.0) -> None:
        super().__init__("float32", codes.size)
        self.codes = codes.reshape(-1)
        self.scale, self.low = scale, low
        self.zero = 0 if scale is None else round(-low / scale)

    def values(self) -> np.ndarray[Any, Any]:
        """The numbers that are meant, computed in float64 and rounded once."""
        if self.host is None:
            plain = (
                self.codes if self.scale is None else self.codes.astype(np.float64) * self.scale + self.low
            )
            self.host = plain.astype(np.float32)
        return self.host


class Handle:
    """A storage seen with a shape and a dtype (int32 for a bool storage after a cast)."""

    __slots__ = ("spec", "storage")

    def __init__(self, storage: Storage, spec: Spec) -> None:
        self.storage = storage
        self.spec = spec

    @property
    def shape(self) -> Shape:
        """Dims of the view."""
        return self.spec.shape

    @property
    def dtype(self) -> DType:
        """Dtype of the view."""
        return self.spec.dtype

    @property
    def size(self) -> int:
        """Number of elements."""
        return self.storage.size

    def view(self, shape: Shape, dtype: DType | None = None) -> "Handle":
        """The same data with another shape of equal size (and, for bool storages, dtype)."""
        assert math.prod(shape) == self.storage.size
        return Handle(self.storage, Spec(shape, dtype or self.spec.dtype))

    @classmethod
    def of(cls, array: np.ndarray[Any, Any], spec: Spec) -> "Handle":
        """A handle whose storage holds `array` (not copied) on the host."""
        return cls(Storage(spec.dtype, array.size, array.reshape(-1)), spec)

"""Arrays to and from other libraries: DLPack through NumPy, PyTorch and pyarrow."""

from typing import Any

import numpy as np
import pytest

import glbackend as gl

# before, NumPy hands over and takes by the protocol of 2021: no read-only arrays, no devices, results are read-only
of_2023 = pytest.mark.skipif(
    tuple(map(int, np.__version__.split(".")[:2])) < (2, 1), reason="NumPy has the protocol of 2023 since 2.1"
)
TAKEN = [np.float32, np.int32, np.bool_, np.complex64]


@pytest.mark.parametrize("dtype", TAKEN, ids=lambda one: one.__name__)
@pytest.mark.parametrize("shape", [(), (3,), (2, 0), (2, 3, 5)])
def test_there_and_back(backend: str, dtype: Any, shape: tuple[int, ...]) -> None:
    values = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    x = gl.from_dlpack(values)
    assert (x.shape, x.dtype) == (shape, np.dtype(dtype).name)
    back = np.from_dlpack(x)
    assert back.dtype == dtype
    np.testing.assert_array_equal(back, values)


@of_2023
def test_nothing_is_shared(backend: str) -> None:
    values = np.zeros(4, np.float32)
    x = gl.from_dlpack(values)
    values[0] = 1
    taken = np.from_dlpack(x)
    taken[1] = 2
    assert x.numpy().tolist() == [0, 0, 0, 0] and taken.tolist() == [0, 2, 0, 0]
    assert gl.from_dlpack(x) is x


def test_results_of_the_device(backend: str) -> None:
    """What no host has read yet, and a bool that is seen as int32."""
    x = gl.tensor([1.0, -2.0]) * 3
    np.testing.assert_array_equal(np.from_dlpack(x), [3, -6])
    taken = np.from_dlpack(gl.tensor([True, False]).cast("int32"))
    assert taken.dtype == np.int32 and taken.tolist() == [1, 0]


@of_2023
def test_strides_and_read_only() -> None:
    values = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert gl.from_dlpack(values[::-1, ::2].T).numpy().tolist() == values[::-1, ::2].T.tolist()
    values.flags.writeable = False
    assert gl.from_dlpack(values).numpy().tolist() == values.tolist()


@of_2023
def test_the_protocol_of_2023() -> None:
    """Versions by what the consumer knows, devices and copies as the array API says; refusals are BufferErrors."""
    x = gl.tensor([1.0])
    assert x.__dlpack_device__() == (1, 0)
    assert 'dltensor"' in repr(x.__dlpack__()) and 'dltensor"' in repr(x.__dlpack__(max_version=(0, 8)))
    for options in ({}, {"copy": True}, {"dl_device": (1, 0), "stream": None}):
        assert '"dltensor_versioned"' in repr(x.__dlpack__(max_version=(1, 0), **options))
    for options in ({"copy": False}, {"dl_device": (2, 0)}, {"stream": 1}):
        with pytest.raises(BufferError, match="a tensor"):
            x.__dlpack__(**options)
    with pytest.raises(BufferError):
        np.from_dlpack(x, copy=False)
    with pytest.raises(BufferError, match="DLPack has no strings: take numpy"):
        gl.tensor(["a"]).__dlpack__()
    with pytest.raises(gl.errors.ExchangeError, match=r"from_dlpack: .*copy=False"):
        gl.from_dlpack(np.zeros(1, np.float32), copy=False)


@pytest.mark.parametrize("dtype", ["float64", "float16", "int64", "uint8", "int8", "complex128"])
def test_other_dtypes_are_refused_with_a_remedy(dtype: str) -> None:
    values = np.ones(2, dtype)
    with pytest.raises(
        gl.errors.DtypeError, match=rf"no dtype {dtype} here: convert x to \w+ .* gl\.tensor\("
    ):
        gl.from_dlpack(values)
    assert gl.tensor(np.from_dlpack(values)).numpy().tolist() == [1, 1]


class Elsewhere:
    """An array on another device, whose library copies it to the host where `copies`."""

    def __init__(self, copies: bool) -> None:
        self.copies = copies

    def __dlpack_device__(self) -> tuple[int, int]:
        return (2, 0)

    def __dlpack__(
        self, *, dl_device: Any = None, max_version: Any = None, copy: Any = None, stream: Any = None
    ) -> Any:
        if not (self.copies and dl_device == (1, 0)):
            raise BufferError("not from here")
        return np.ones(2, np.float32).__dlpack__(max_version=max_version)


@of_2023
def test_arrays_of_other_devices() -> None:
    assert gl.from_dlpack(Elsewhere(True)).numpy().tolist() == [1, 1]
    with pytest.raises(
        gl.errors.ExchangeError, match=r"Elsewhere cannot be taken from DLPack's device \(2, 0\): copy it"
    ):
        gl.from_dlpack(Elsewhere(False))
    with pytest.raises(gl.errors.ArgumentError, match=r"from_dlpack: x must have __dlpack__.*got .1.0"):
        gl.from_dlpack([1.0])


def test_pyarrow() -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is an extra")
    x = gl.from_dlpack(pyarrow.array([1.5, 2.5], pyarrow.float32()))
    assert x.numpy().tolist() == [1.5, 2.5]
    for bad in (pyarrow.array([1.0, None], pyarrow.float32()), pyarrow.array([True]), pyarrow.array(["a"])):
        with pytest.raises(gl.errors.ExchangeError, match="from_dlpack: pyarrow"):
            gl.from_dlpack(bad)


def test_pytorch() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is no dependency")
    given = torch.arange(6, dtype=torch.float32).reshape(2, 3)
    x = gl.from_dlpack(given.T)
    assert x.numpy().tolist() == given.T.tolist()
    taken = torch.from_dlpack(x)
    taken += 1
    assert x.numpy().tolist() == given.T.tolist() and taken.tolist() == (given.T + 1).tolist()
    with pytest.raises(gl.errors.ExchangeError, match="grad"):
        gl.from_dlpack(given.requires_grad_())
    with pytest.raises(gl.errors.GlbackendError):
        gl.from_dlpack(torch.ones(2, dtype=torch.bfloat16))

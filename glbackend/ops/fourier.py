"""Fourier transforms over the last axis, of complex and of real tensors."""

from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.complex import complex, imag, real
from glbackend.ops.concat import concat
from glbackend.ops.create import zeros_like
from glbackend.ops.op import op, run


@op(method=False, namespace="spectral")
@op()
def fft(input: TensorLike) -> Tensor:
    """The discrete Fourier transform over the last axis, which may have any length.

    Element k is the sum of input[j] exp(-2 pi i j k / n). `input` is complex64 of rank 1 at least; shape and
    dtype stay. Raises DtypeError for real tensors (see `rfft`). As `tf.spectral.fft`.

    >>> fft(complex([1., 2., 3.], [0., 0., 0.])).numpy().round(3).tolist()
    [(6+0j), (-1.5+0.8659999966621399j), (-1.5-0.8659999966621399j)]
    """
    return run("FFT", {"input": as_tensor(input, "input", "fft")})


@gradient("FFT", wrt="input")
def fft_dinput(dy: Tensor) -> Tensor:
    """The adjoint: the inverse without its division by n."""
    return ifft(dy) * float(dy.shape[-1])


@op(method=False, namespace="spectral")
@op()
def ifft(input: TensorLike) -> Tensor:
    """The inverse of `fft`: exp(+2 pi i j k / n), and the sums divided by n. As `tf.spectral.ifft`.

    `input` is complex64 of rank 1 at least; shape and dtype stay. Raises DtypeError for real tensors.

    >>> ifft(fft(complex([1., 2., 3.], [0., 0., 0.]))).numpy().round(3).tolist()
    [(1+0j), (2+0j), (3+0j)]
    """
    return run("IFFT", {"input": as_tensor(input, "input", "ifft")})


@gradient("IFFT", wrt="input")
def ifft_dinput(dy: Tensor) -> Tensor:
    """The adjoint: a transform divided by n."""
    return fft(dy) * (1.0 / max(dy.shape[-1], 1))


@op(method=False, namespace="spectral")
@op()
def rfft(input: TensorLike, fft_length: int | None = None) -> Tensor:
    """The first n // 2 + 1 elements of the Fourier transform of a real tensor; the others mirror them.

    `input` is float32 of rank 1 at least; its last axis is transformed, cut or filled with zeros to
    `fft_length` elements where given. Gives complex64. Raises DtypeError for other dtypes. As
    `tf.spectral.rfft`.

    >>> rfft([1., 2., 3.]).numpy().round(3).tolist()
    [(6+0j), (-1.5+0.8659999966621399j)]
    """
    x = as_tensor(input, "input", "rfft")
    if x.dtype != "float32":
        raise DtypeError(f"rfft: argument 'input' must be float32, got {x.dtype}: use fft for complex64")
    if x.rank == 0:
        raise ShapeError("rfft: argument 'input' needs at least rank 1, got a scalar")
    n = x.shape[-1] if fft_length is None else int(fft_length)
    if n != (fft_length or n):
        raise ArgumentError(f"rfft: fft_length must be a whole number, got {fft_length}")
    if n < 1:
        raise ArgumentError(f"rfft: a transform needs at least 1 element, got {n}")
    adjusted = _resized(x, n)
    return fft(complex(adjusted, zeros_like(adjusted)))[..., : n // 2 + 1]


def _resized(x: Tensor, n: int) -> Tensor:
    """The last axis cut or filled with zeros to n elements."""
    if n < x.shape[-1]:
        return x[..., :n]
    if n == x.shape[-1]:
        return x
    return x.pad([*([(0, 0)] * (x.rank - 1)), (0, n - x.shape[-1])])


@op(method=False, namespace="spectral")
@op()
def irfft(input: TensorLike) -> Tensor:
    """The real tensor whose `rfft` is the complex64 `input`: float32, 2 (m - 1) elements for m of input.

    Over the last axis (m = 1 gives one element). Raises DtypeError for real tensors. As `tf.spectral.irfft`,
    which gives a vector one more axis.

    >>> irfft(rfft([1., 2., 3., 4.])).numpy().round(3).tolist()
    [1.0, 2.0, 3.0, 4.0]
    """
    x = as_tensor(input, "input", "irfft")
    if x.dtype != "complex64":
        raise DtypeError(f"irfft: argument 'input' must be complex64, got {x.dtype}: make one with complex()")
    if x.rank == 0:
        raise ShapeError("irfft: argument 'input' needs at least rank 1, got a scalar")
    if x.shape[-1] > 2:
        inner = x[..., -2:0:-1]
        x = concat([x, complex(real(inner), -imag(inner))], -1)
    return real(ifft(x))

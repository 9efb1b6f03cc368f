"""Keras's `ops` of signals: windows, pieces, Fourier transforms in two parts. In `gl.ops`."""

from collections.abc import Callable, Sequence

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.convert import TensorLike
from glbackend.engine.tensor import Tensor
from glbackend.ops import complex, fourier, logical
from glbackend.ops.create import tensor
from glbackend.ops.further.elementwise import floats, tensor_of
from glbackend.ops.index import gather

Parts = Sequence[TensorLike]
Window = TensorLike | None  # a name, or numbers


def _window(of: Callable[..., np.ndarray], x: TensorLike, *more: float) -> Tensor:
    """One of NumPy's windows; its length has to be known on the host, as it is the result's shape."""
    length = np.asarray(x)
    if length.size != 1 or length.item() != int(length.item()):
        raise ArgumentError(f"{of.__name__}: x must be one whole number, got {x!r}")
    return tensor(of(int(length.item()), *more).astype(np.float32))


@checked
def bartlett(x: TensorLike) -> Tensor:
    """The Bartlett window of `x` points, a triangle. As `keras.ops.bartlett`.

    >>> bartlett(5).numpy().tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    return _window(np.bartlett, x)


@checked
def blackman(x: TensorLike) -> Tensor:
    """The Blackman window of `x` points. As `keras.ops.blackman`.

    >>> blackman(3).numpy().round(3).tolist()
    [-0.0, 1.0, -0.0]
    """
    return _window(np.blackman, x)


@checked
def hamming(x: TensorLike) -> Tensor:
    """The Hamming window of `x` points. As `keras.ops.hamming`.

    >>> hamming(3).numpy().round(2).tolist()
    [0.07999999821186066, 1.0, 0.07999999821186066]
    """
    return _window(np.hamming, x)


@checked
def hanning(x: TensorLike) -> Tensor:
    """The Hann window of `x` points. As `keras.ops.hanning`.

    >>> hanning(3).numpy().round(3).tolist()
    [0.0, 1.0, 0.0]
    """
    return _window(np.hanning, x)


@checked
def kaiser(x: TensorLike, beta: float) -> Tensor:
    """The Kaiser window of `x` points. As `keras.ops.kaiser`.

    `beta`: how narrow it is.

    >>> kaiser(3, 0.).numpy().tolist()
    [1.0, 1.0, 1.0]
    """
    return _window(np.kaiser, x, beta)


def _complex(x: Parts, op: str) -> Tensor:
    if not isinstance(x, tuple | list) or len(x) != 2:
        raise ArgumentError(f"{op}: x must be two tensors, the real and the imaginary part")
    real, imag = floats(x[0]), floats(x[1])
    if real.shape != imag.shape or not real.rank:
        raise ShapeError(
            f"{op}: both parts must have one shape, got {list(real.shape)} and {list(imag.shape)}"
        )
    return complex.complex(real, imag)


def _parts(x: Tensor) -> tuple[Tensor, Tensor]:
    return complex.real(x), complex.imag(x)


def _over_two(of: Callable[[Tensor], Tensor], x: Parts, op: str) -> tuple[Tensor, Tensor]:
    given = _complex(x, op)
    if given.rank < 2:
        raise ShapeError(f"{op}: both parts must have two axes at least, got shape {list(given.shape)}")
    order = [*range(given.rank - 2), given.rank - 1, given.rank - 2]
    return _parts(of(of(given).transpose(order)).transpose(order))


@checked
def fft(x: Parts) -> tuple[Tensor, Tensor]:
    """The Fourier transform over the last axis, as two parts. As `keras.ops.fft`; `gl.fft` takes complex64.

    `x`: the real and the imaginary part.

    >>> [one.numpy().tolist() for one in fft(([1., 2.], [0., 0.]))]
    [[3.0, -1.0], [0.0, 0.0]]
    """
    return _parts(fourier.fft(_complex(x, "fft")))


@checked
def fft2(x: Parts) -> tuple[Tensor, Tensor]:
    """The Fourier transform over the last two axes, as two parts. As `keras.ops.fft2`.

    `x`: the real and the imaginary part.

    >>> [one.numpy().tolist() for one in fft2(([[1., 2.]], [[0., 0.]]))]
    [[[3.0, -1.0]], [[0.0, 0.0]]]
    """
    return _over_two(fourier.fft, x, "fft2")


@checked
def ifft2(x: Parts) -> tuple[Tensor, Tensor]:
    """The inverse of `fft2`. As `keras.ops.ifft2`.

    `x`: the real and the imaginary part.

    >>> [one.numpy().tolist() for one in ifft2(([[3., -1.]], [[0., 0.]]))]
    [[[1.0, 2.0]], [[0.0, 0.0]]]
    """
    return _over_two(fourier.ifft, x, "ifft2")


@checked
def rfft(x: TensorLike, fft_length: int | None = None) -> tuple[Tensor, Tensor]:
    """The first half of the Fourier transform of real `x` over the last axis, as two parts.

    `fft_length`: x is cut or filled with zeros to so many elements.

    As `keras.ops.rfft`; `gl.rfft` gives complex64.

    >>> [one.numpy().tolist() for one in rfft([1., 2.])]
    [[3.0, -1.0], [0.0, 0.0]]
    """
    return _parts(fourier.rfft(floats(x), fft_length))


@checked
def irfft(x: Parts, fft_length: int | None = None) -> Tensor:
    """The real tensor whose `rfft` is `x`. As `keras.ops.irfft`.

    `x`: the real and the imaginary part.
    `fft_length`: how many elements it has, by default 2 (m - 1) for m of x.

    >>> irfft(([3., -1.], [0., 0.])).numpy().tolist()
    [1.0, 2.0]
    """
    given = _complex(x, "irfft")
    n = 2 * (given.shape[-1] - 1) if fft_length is None else fft_length
    if n < 1:
        raise ArgumentError(f"irfft: fft_length must be at least 1, got {n}")
    real, imag = _parts(given)
    half = n // 2 + 1
    lacking = [*([(0, 0)] * (real.rank - 1)), (0, max(half - real.shape[-1], 0))]
    real, imag = (one[..., :half].pad(lacking) for one in (real, imag))
    edge = np.ones(half, np.float32)
    edge[0] = 0  # what belongs to both directions is real
    edge[-1] = edge[-1] if n % 2 else 0
    imag = imag * tensor(edge)
    mirrored = slice(1, half if n % 2 else half - 1)
    real = real.concat([real[..., mirrored].reverse(real.rank - 1)], -1)
    imag = imag.concat([-imag[..., mirrored].reverse(imag.rank - 1)], -1)
    return complex.real(fourier.ifft(complex.complex(real, imag)))


@checked
def extract_sequences(x: TensorLike, sequence_length: int, sequence_stride: int) -> Tensor:
    """The pieces of the last axis of `x`, along a new one. As `keras.ops.extract_sequences`.

    `sequence_length`: of a piece.
    `sequence_stride`: from the start of one to that of the next.

    >>> extract_sequences([1., 2., 3.], 2, 1).numpy().tolist()
    [[1.0, 2.0], [2.0, 3.0]]
    """
    given = tensor_of(x)
    if not given.rank or not 1 <= sequence_length <= given.shape[-1] or sequence_stride < 1:
        raise ArgumentError(
            f"extract_sequences: pieces of {sequence_length}, {sequence_stride} apart, do not fit shape "
            f"{list(given.shape)}"
        )
    count = 1 + (given.shape[-1] - sequence_length) // sequence_stride
    places = np.arange(count)[:, None] * sequence_stride + np.arange(sequence_length)
    return gather(given, tensor(places.astype(np.int32)), given.rank - 1)


def _weights(window: Window, length: int, op: str) -> Tensor:
    if window is None:
        return tensor(np.ones(length, np.float32))
    if isinstance(window, str):
        if window not in ("hann", "hamming"):
            raise ArgumentError(f"{op}: window must be 'hann', 'hamming', numbers or None, got {window!r}")
        of = np.hanning if window == "hann" else np.hamming
        return tensor(of(length + 1)[:length].astype(np.float32))  # so that it can be repeated
    found = floats(window)
    if found.shape != (length,):
        raise ShapeError(
            f"{op}: window must have sequence_length ({length}) numbers, got {list(found.shape)}"
        )
    return found


def _centred(x: Tensor, length: int) -> Tensor:
    """A vector with zeros on both sides."""
    before = (length - x.shape[0]) // 2
    return x.pad([(before, length - x.shape[0] - before)])


@checked
def stft(
    x: TensorLike,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    window: Window = "hann",
    center: bool = True,
) -> tuple[Tensor, Tensor]:
    """The Fourier transforms of windowed pieces of the last axis of `x`, as two parts.

    `sequence_length`: of a window.
    `sequence_stride`: from the start of one piece to that of the next.
    `fft_length`: of a piece, in whose middle the window lies.
    `window`: "hann", "hamming", numbers, or None for ones.
    `center`: whether pieces lie about their places: x is mirrored at its ends.

    As `keras.ops.stft`.

    >>> stft([1., 2., 3., 4.], 2, 2, 2)[0].shape
    (3, 2)
    """
    given = floats(x)
    if fft_length < sequence_length:
        raise ArgumentError(
            f"stft: fft_length {fft_length} must not be below sequence_length {sequence_length}"
        )
    if center:
        around = fft_length // 2
        given = given.mirror_pad([*([(0, 0)] * (given.rank - 1)), (around, around)], "reflect")
    weights = _centred(_weights(window, sequence_length, "stft"), fft_length)
    return rfft(extract_sequences(given, fft_length, sequence_stride) * weights)


def _overlapped(x: Tensor, stride: int) -> Tensor:
    """Pieces, the last two axes, added up where they lie over one another."""
    *batch, count, length = x.shape
    rounds = -(-length // stride)
    pad = [*([(0, 0)] * len(batch)), (0, 0), (0, rounds * stride - length)]
    blocks = x.pad(pad).reshape((*batch, count, rounds, stride))
    total = None
    for i in range(rounds):
        part = blocks[..., i, :].pad([*([(0, 0)] * len(batch)), (i, rounds - 1 - i), (0, 0)])
        total = part if total is None else total + part
    assert total is not None
    whole = total.reshape((*batch, (count + rounds - 1) * stride))
    return whole[..., : (count - 1) * stride + length]


@checked
def istft(
    x: Parts,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    length: int | None = None,
    window: Window = "hann",
    center: bool = True,
) -> Tensor:
    """The signal whose `stft` is `x`, as good as its pieces know it. As `keras.ops.istft`.

    `x`: the real and the imaginary part, [..., pieces, elements].
    `length`: how many elements are given; by default all that pieces reach, less what `center` added.
    `sequence_length`, `sequence_stride`, `fft_length`, `window`, `center`: as of `stft`.

    >>> istft(stft([1., 2., 3., 4.], 4, 1, 4), 4, 1, 4).numpy().round(3).tolist()
    [1.0, 2.0, 3.0, 4.0]
    """
    weights = _centred(_weights(window, sequence_length, "istft"), fft_length)
    pieces = irfft(x, fft_length) * weights
    whole = _overlapped(pieces, sequence_stride)
    share = _overlapped(weights.square().broadcast_to(pieces.shape[-2:]), sequence_stride)
    seen = share.greater(1e-11)
    whole = logical.where(seen, whole / logical.where(seen, share, 1.0), whole)
    start = fft_length // 2 if center else 0
    end = whole.shape[-1] - (start if length is None else 0)
    found = whole[..., start:end] if length is None else whole[..., start : start + length]
    lacking = 0 if length is None else length - found.shape[-1]
    return found.pad([*([(0, 0)] * (found.rank - 1)), (0, lacking)]) if lacking else found

"""Complex numbers, Fourier transforms and signals, held against NumPy and SciPy."""

from typing import Any

import numpy as np
import pytest
import scipy.signal

import glbackend as gl
from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.testing.case import case
from glbackend.testing.check import gradient_numeric
from glbackend.testing.sample import complex_normal, normal


@pytest.mark.parametrize("n", [1, 2, 4, 9, 15, 31, 64, 97, 300, 509, 2048, 4099])
def test_transforms_are_as_good_as_float32_allows(backend: str, n: int) -> None:
    x = complex_normal(2, n)
    for ours, theirs in ((gl.spectral.fft, np.fft.fft), (gl.spectral.ifft, np.fft.ifft)):
        wanted = theirs(x.astype(np.complex128))
        error = np.abs(ours(gl.tensor(x)).numpy() - wanted).max() / np.sqrt(np.mean(np.abs(wanted) ** 2))
        assert error < 2e-6


def test_every_prime_up_to_127(backend: str) -> None:
    for n in (3, 5, 7, 11, 13, 17, 59, 61, 67, 71, 113, 127):
        x = complex_normal(n)
        np.testing.assert_allclose(gl.fft(gl.tensor(x)).numpy(), np.fft.fft(x), rtol=0, atol=3e-6 * n)


@pytest.mark.parametrize(
    ("shape", "length"), [((7,), None), ((2, 8), None), ((2, 3, 9), 6), ((2, 9), 12), ((4,), 1)]
)
def test_real_transforms(backend: str, shape: tuple[int, ...], length: int | None) -> None:
    x = normal(*shape)
    spectrum = gl.rfft(gl.tensor(x), length).numpy()
    np.testing.assert_allclose(spectrum, np.fft.rfft(x, length), rtol=0, atol=5e-6)
    if length is None:
        back = gl.irfft(gl.tensor(spectrum)).numpy()
        np.testing.assert_allclose(back, np.fft.irfft(spectrum), rtol=0, atol=2e-6)
        assert back.shape == (*shape[:-1], 2 * (spectrum.shape[-1] - 1))


def test_transforms_refuse_what_they_cannot_take(backend: str) -> None:
    with pytest.raises(DtypeError, match="fft: argument 'input' is float32"):
        gl.fft(gl.tensor([1.0, 2.0]))
    with pytest.raises(DtypeError, match="rfft: argument 'input' must be float32, got complex64"):
        gl.rfft(gl.complex([1.0], [1.0]))
    with pytest.raises(DtypeError, match="irfft: argument 'input' must be complex64"):
        gl.irfft([1.0, 2.0])
    with pytest.raises(ShapeError, match=r"ifft.*rank 1"):
        gl.ifft(gl.complex(1.0, 2.0))
    with pytest.raises(ArgumentError, match="at least 1 element, got 0"):
        gl.rfft([1.0, 2.0], 0)


def test_gradient_of_a_spectrum_is_tensorflows() -> None:
    x = complex_normal(6)
    dy = complex_normal(6, seed=1)
    got = gl.grad(gl.fft)(gl.tensor(x), gl.tensor(dy)).numpy()
    np.testing.assert_allclose(got, np.fft.ifft(dy) * 6, atol=1e-5)  # the conjugate transpose of the matrix


def test_gradient_of_a_product_runs_against_the_phase(backend: str) -> None:
    a, b, dy = (complex_normal(3, seed=seed) for seed in range(3))
    da, db = gl.grads(lambda x, y: x * y)([gl.tensor(a), gl.tensor(b)], gl.tensor(dy))
    np.testing.assert_allclose(da.numpy(), dy * b.conj(), rtol=1e-5)
    np.testing.assert_allclose(db.numpy(), dy * a.conj(), rtol=1e-5)
    real = gl.grad(lambda x: gl.tensor(a) * x)(gl.tensor(a.real.copy()), gl.tensor(dy))
    assert real.dtype == "float32"
    np.testing.assert_allclose(real.numpy(), (dy * a.conj()).real, rtol=1e-5)


def test_complex_parts(backend: str) -> None:
    z = gl.complex([1.0, np.inf], np.array([2, 3]))
    assert (z.dtype, z.shape) == ("complex64", (2,))
    assert z.numpy()[1].real == np.inf and z.numpy()[1].imag == 3
    assert gl.real(z).numpy().tolist() == [1, np.inf]
    assert gl.imag(z).numpy().tolist() == [2, 3]
    assert gl.abs(gl.complex([3e38, 3e-30], [0.0, 4e-30])).numpy() == pytest.approx([3e38, 5e-30], rel=1e-6)
    with pytest.raises(ShapeError, match=r"complex: real and imag shapes, \[2\] and \[3\]"):
        gl.complex([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(DtypeError, match="real: argument 'input' is float32"):
        gl.real([1.0])


def test_complex_tensors_move_and_refuse_to_be_summed(backend: str) -> None:
    x = complex_normal(2, 3, 4)
    z = gl.tensor(x)
    moves: list[tuple[Any, Any]] = [
        (z.transpose([2, 0, 1]), x.transpose(2, 0, 1)),
        (z[1, ::-1, 1:3], x[1, ::-1, 1:3]),
        (z.pad([(0, 0), (1, 0), (0, 2)]), np.pad(x, [(0, 0), (1, 0), (0, 2)])),
        (gl.concat([z, z], 1), np.concatenate([x, x], 1)),
        (gl.stack([z, z], 2), np.stack([x, x], 2)),
        (z.reshape([6, 4]).reverse(1), x.reshape(6, 4)[:, ::-1]),
        (z.unstack(1)[2], x[:, 2]),
        (z.transpose([0, 2, 1], True), x.transpose(0, 2, 1).conj()),
        (z.cast("float32"), x.real),
        (gl.zeros_like(z) + z * 2.0 - gl.ones_like(z), x * 2 - 1),
    ]
    for got, wanted in moves:
        np.testing.assert_allclose(got.numpy(), wanted, rtol=1e-6)
    for reduce in (gl.sum, gl.mean, gl.max):
        with pytest.raises(DtypeError, match="complex64"):
            reduce(z)


def test_windows() -> None:
    for n in (2, 7, 8, 10):
        even = n - n % 2  # an odd window is TF.js's: symmetric
        np.testing.assert_allclose(
            gl.signal.hann_window(n).numpy(), 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / even), atol=1e-7
        )
    np.testing.assert_allclose(
        gl.signal.hamming_window(8).numpy(), scipy.signal.get_window(("general_hamming", 0.54), 8), atol=1e-6
    )
    assert np.isnan(gl.signal.hann_window(1).numpy()).all()
    assert gl.signal.hann_window(0).shape == (0,)
    assert [gl.enclosing_power_of_two(n) for n in (1, 2, 3, 8, 9)] == [1, 2, 4, 8, 16]


@pytest.mark.parametrize(("length", "step"), [(3, 1), (4, 2), (2, 4), (6, 4), (7, 7), (12, 1)])
@pytest.mark.parametrize("pad_end", [False, True])
def test_frames(backend: str, length: int, step: int, pad_end: bool) -> None:
    x = np.arange(1, 11, dtype=np.float32)
    wanted, start = [], 0
    while start + length <= len(x) or (pad_end and start < len(x)):
        piece = x[start : start + length]
        wanted.append(np.pad(piece, (0, length - len(piece)), constant_values=-1))
        start += step
    got = gl.signal.frame(x, length, step, pad_end, -1).numpy()
    np.testing.assert_array_equal(got, np.array(wanted).reshape(-1, length))


def test_short_time_transform(backend: str) -> None:
    x = normal(40)
    got = gl.signal.stft(x, 10, 5, 16).numpy()
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(10) / 10)
    wanted = [np.fft.rfft(x[i : i + 10] * window, 16) for i in range(0, 31, 5)]
    np.testing.assert_allclose(got, wanted, atol=5e-6)
    assert gl.signal.stft(x, 10, 5).shape == (7, 9)
    with pytest.raises(ShapeError, match="frame: argument 'signal' must be a vector"):
        gl.signal.stft([[1.0]], 1, 1)
    with pytest.raises(ArgumentError, match="frame_step must be a whole number of at least 1, got 0"):
        gl.signal.frame([1.0], 1, 0)


def test_gradient_of_short_time_transform() -> None:
    def power(x: gl.Tensor) -> gl.Tensor:
        y = gl.signal.stft(x, 4, 2)
        return gl.real(y).square() + gl.imag(y).square()

    one = case("Sum", "stft", power, normal(9), grad=(0,))
    gradient_numeric(one)
    gradient_numeric(one, order=2)

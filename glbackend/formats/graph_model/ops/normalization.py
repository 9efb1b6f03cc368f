"""Normalisations, softmax, transforms of Fourier."""

import numpy as np

from glbackend.engine.tensor import Tensor
from glbackend.formats.graph_model.declare import rows, tf_op
from glbackend.formats.graph_model.host import host_tensor
from glbackend.ops import fourier, lrn, norm, softmax

rows({
    "Softmax": softmax.softmax, "LogSoftmax": softmax.log_softmax, "FFT": fourier.fft, "IFFT": fourier.ifft,
})  # fmt: skip


@tf_op(
    "FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3", outputs=("y", "batch_mean", "batch_variance")
)
def fused_batch_norm(
    x: Tensor,
    scale: Tensor,
    offset: Tensor,
    mean: Tensor,
    variance: Tensor,
    *,
    epsilon: float = 1e-4,
    data_format: str = "NHWC",
    is_training: bool = False,
) -> tuple[Tensor, ...]:
    """Each channel by its moments: the given ones, or with `is_training` the batch's own."""
    first = data_format.startswith("NC")
    axes = (0, *range(2, x.rank)) if first else tuple(range(x.rank - 1))
    if is_training:
        mean = x.mean(axes)
        spread = (x - _fitted(mean, x, first)).square().mean(axes)
        count = x.size // max(mean.size, 1)
        variance = spread * (count / max(count - 1, 1))  # what it gives is unbiased, what it uses is not
    else:
        spread = variance
    center, spread, offset, scale = (_fitted(one, x, first) for one in (mean, spread, offset, scale))
    y = norm.batch_norm(x, center, spread, offset, scale, epsilon)
    return y, mean, variance, mean, variance, host_tensor(np.zeros(0), "float32")


def _fitted(given: Tensor, x: Tensor, first: bool) -> Tensor:
    """A number for each channel, so that it broadcasts to x."""
    return given.reshape((1, given.size, *(1,) * (x.rank - 2))) if first else given


@tf_op("LRN")
def local_response_normalization(
    input: Tensor, *, depth_radius: int = 5, bias: float = 1, alpha: float = 1, beta: float = 0.5
) -> Tensor:
    """Each element by its neighbours in depth."""
    return lrn.local_response_normalization(input, depth_radius, bias, alpha, beta)


@tf_op("RFFT")
def rfft(input: Tensor, fft_length: int) -> Tensor:
    """The transform of real numbers."""
    return fourier.rfft(input, fft_length)


@tf_op("IRFFT")
def irfft(input: Tensor, fft_length: int) -> Tensor:
    """Back to real numbers, so many of them."""
    wanted = fft_length // 2 + 1
    if wanted != input.shape[-1]:
        last = input.rank - 1
        input = input.slice([0] * input.rank, [*input.shape[:last], min(wanted, input.shape[last])])
    y = fourier.irfft(input)
    return y.slice([0] * y.rank, [*y.shape[:-1], fft_length]) if y.shape[-1] > fft_length else y

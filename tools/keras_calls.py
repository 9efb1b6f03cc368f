"""Calls of `keras.ops` that `tools.keras_files` makes nodes of a model of."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

SINGLE = (
    "abs arctan arcsinh ceil cos cosh erf exp expm1 floor isfinite isinf isnan logical_not negative "
    "reciprocal relu relu6 round selu sigmoid sign silu sin sinh softplus softsign square tan tanh "
    "hard_sigmoid hard_silu hard_tanh sparse_plus sparse_sigmoid tanh_shrink log_sigmoid squareplus "
    "elu celu gelu glu leaky_relu softmax log_softmax soft_shrink hard_shrink ravel transpose flip "
    "trunc zeros_like ones_like exp2 sort argsort erfc sparsemax copy fabs cbrt deg2rad rad2deg sinc angle "
    "conjugate real imag i0 isposinf isneginf signbit isreal fliplr flipud rot90 view_as_real empty_like"
)
ABOVE = "sqrt rsqrt log log1p log2 log10 arccosh"
DOUBLE = (
    "add subtract multiply divide true_divide maximum minimum arctan2 equal not_equal greater "
    "greater_equal less less_equal logical_and logical_or logical_xor hypot append outer vdot "
    "divide_no_nan fmax fmin fmod logaddexp2 heaviside isin cdist floor_divide"
)
FOLDING = (
    "all any max min mean sum prod std var argmax argmin logsumexp amax amin nansum nanprod nanmean nanvar "
    "nanstd nanmax nanmin nanargmax nanargmin nanmedian"
)


def functions(ops: Any) -> dict[str, Callable[[Any, Any, Any], Any]]:
    """Calls of `keras.ops` on floats x [2, 3, 4], y above 0 of that shape, and integers n [2, 3]."""
    o = ops
    single = SINGLE.split()
    above = ABOVE.split()
    double = DOUBLE.split()
    folding = FOLDING.split()
    found: dict[str, Callable[[Any, Any, Any], Any]] = {}
    for name in (*single, *above, *double, *folding):
        found[name] = _plainly(getattr(o, name), name in above, name in double)
    for name in folding:
        found[f"{name}_kept"] = partial(_folded, getattr(o, name))
    return found | {
        "bounded": lambda x, y, n: o.arcsin(x * 0.5) + o.arccos(x * 0.25) + o.arctanh(x * 0.125),
        "operators": lambda x, y, n: (2.0 - x) * y / 4.0 + x[:, 1:2] - x[..., -1:] ** 2.0 + (x % 2.0) - -x,
        "whole": lambda x, y, n: o.cast(n // 2 + n % 3 + abs(n) * 2, "float32") + o.cast(n != 1, "float32"),
        "items": lambda x, y, n: x[:, 0, ::-1] + x[0, 1] + x[:, 1, None, 2],
        "cumsum": lambda x, y, n: o.cumsum(x, axis=1) + o.cumprod(x, axis=-1), "cumsum_all": lambda x, y, n: o.cumsum(x),
        "clip": lambda x, y, n: o.clip(x, -0.5, 0.25), "power": lambda x, y, n: o.power(y, 1.5),
        "concatenate": lambda x, y, n: o.concatenate([x, y], axis=1), "stack": lambda x, y, n: o.stack([x, y], axis=-1),
        "hstack": lambda x, y, n: o.hstack([x, y]), "vstack": lambda x, y, n: o.vstack([n, n]),
        "split": lambda x, y, n: o.split(x, [1, 3], axis=-1)[1], "split_even": lambda x, y, n: o.split(x, 2, axis=2)[1],
        "unstack": lambda x, y, n: o.unstack(x, axis=1)[2], "expand": lambda x, y, n: o.expand_dims(x, (0, -1)),
        "squeeze": lambda x, y, n: o.squeeze(x[:, :1], axis=1), "reshape": lambda x, y, n: o.reshape(x, (2, -1)),
        "transpose_axes": lambda x, y, n: o.transpose(x, (2, 0, 1)), "swapaxes": lambda x, y, n: o.swapaxes(x, 0, -1),
        "moveaxis": lambda x, y, n: o.moveaxis(x, 0, -1), "repeat": lambda x, y, n: o.repeat(x, 2, axis=1),
        "tile": lambda x, y, n: o.tile(x, (2, 1, 1, 2)), "roll": lambda x, y, n: o.roll(x, 2, axis=-1),
        "roll_all": lambda x, y, n: o.roll(x, -3), "flip_one": lambda x, y, n: o.flip(x, axis=1),
        "pad": lambda x, y, n: o.pad(x, ((0, 0), (1, 2), (0, 1)), constant_values=3.0),
        "reflect": lambda x, y, n: o.pad(x, ((0, 0), (1, 2), (2, 1)), mode="reflect"),
        "take": lambda x, y, n: o.take(x, n[0], axis=1), "along": lambda x, y, n: o.take_along_axis(x, n[:, :, None], axis=1),
        "tril": lambda x, y, n: o.tril(x, k=1) + o.triu(x, k=-1), "where": lambda x, y, n: o.where(x > 0.0, x, y),
        "broadcast_to": lambda x, y, n: o.broadcast_to(x, (3, 2, 3, 4)), "top_k": lambda x, y, n: o.top_k(x, 2)[0],
        "matmul": lambda x, y, n: o.matmul(x, o.swapaxes(y, 1, 2)), "matmul_vector": lambda x, y, n: o.matmul(x, y[0, 0]),
        "dot": lambda x, y, n: o.dot(x[0, 0], y[1, 1]), "einsum": lambda x, y, n: o.einsum("abc,adc->abd", x, y),
        "one_hot": lambda x, y, n: o.one_hot(n, 5) + o.one_hot(n, 5, axis=-1), "normalize": lambda x, y, n: o.normalize(x),
        "softmax_axis": lambda x, y, n: o.softmax(x, axis=1) + o.log_softmax(x, axis=0),
        "gelu_exact": lambda x, y, n: o.gelu(x, approximate=False), "elu_alpha": lambda x, y, n: o.elu(x, alpha=0.5) + o.celu(x, alpha=2.0),
        "slopes": lambda x, y, n: o.leaky_relu(x, negative_slope=0.5) + o.soft_shrink(x, threshold=0.25) + o.hard_shrink(x, threshold=0.75),
        "threshold": lambda x, y, n: o.threshold(x, 0.25, -1.0), "decimals": lambda x, y, n: o.round(x, decimals=1),
        "slice": lambda x, y, n: o.slice(x, (0, 1, 1), (2, 2, 3)), "full_like": lambda x, y, n: o.full_like(x, 2.5),
        "average": lambda x, y, n: o.average(x, axis=1, weights=y), "count": lambda x, y, n: o.count_nonzero(n, axis=1),
        "diag": lambda x, y, n: o.diag(x[0, 0]) + o.diag(x[0, 1, :3], k=1), "diagonal": lambda x, y, n: o.diagonal(x, 1, 1, 2),
        "diff": lambda x, y, n: o.diff(x, axis=1), "inner": lambda x, y, n: o.inner(x, y[0, 0]),
        "isclose": lambda x, y, n: o.isclose(x, o.round(x, 1), 0.0, 0.02), "logaddexp": lambda x, y, n: o.logaddexp(x, y),
        "median": lambda x, y, n: o.median(x, axis=-1, keepdims=True), "median_all": lambda x, y, n: o.median(x),
        "nan_to_num": lambda x, y, n: o.nan_to_num(o.log(x), nan=7.0), "trace": lambda x, y, n: o.trace(x, 0, 1, 2),
        "tensordot": lambda x, y, n: o.tensordot(x, y, axes=[[1, 2], [1, 2]]), "norm": lambda x, y, n: o.norm(x, axis=-1),
        "scatter_update": lambda x, y, n: o.scatter_update(x, [[0, 1], [1, 2]], y[0, :2]),
        "slice_update": lambda x, y, n: o.slice_update(x, [0, 1, 2], y[:, :2, :2]),
        "segment_sum": lambda x, y, n: o.segment_sum(x[0], o.convert_to_tensor([0, 2, 2]), num_segments=3),
        "multi_hot": lambda x, y, n: o.cast(o.multi_hot(n % 3, 3), "float32"), "moments": lambda x, y, n: o.moments(x, axes=[0, 2])[1],
        "resize": lambda x, y, n: o.image.resize(x, (5, 3)) + o.image.resize(x, (5, 3), interpolation="nearest"),
        "binary": lambda x, y, n: o.binary_crossentropy(o.cast(y > 1.0, "float32"), x, from_logits=True),
        "binary_shares": lambda x, y, n: o.binary_crossentropy(o.cast(y > 1.0, "float32"), o.sigmoid(x)),
        "categorical": lambda x, y, n: o.categorical_crossentropy(o.softmax(y), x, from_logits=True),
        "categorical_shares": lambda x, y, n: o.categorical_crossentropy(o.softmax(y), o.softmax(x)),
        "sparse": lambda x, y, n: o.sparse_categorical_crossentropy(n % 3, x, from_logits=True),
        "bits": lambda x, y, n: o.bitwise_and(n, n + 1) + o.bitwise_or(n, n + 2) + o.bitwise_xor(n, n + 5) + o.bitwise_not(n) + o.bitwise_invert(n),
        "shifts": lambda x, y, n: o.left_shift(n, n) + o.bitwise_left_shift(n, n + 1) + o.right_shift(n, n) + o.bitwise_right_shift(n + 9, n),
        "divisors": lambda x, y, n: o.gcd(n, n + 4) + o.lcm(n, n + 3), "ldexp": lambda x, y, n: o.ldexp(x[..., 0], n),
        "polar": lambda x, y, n: o.view_as_real(o.polar(y, x)), "psnr": lambda x, y, n: o.psnr(x, y, 2.0),
        "saturate": lambda x, y, n: o.cast(o.saturate_cast(x * 200.0, "uint8"), "float32"), "erfinv": lambda x, y, n: o.erfinv(x * 0.25),
        "blocks": lambda x, y, n: o.space_to_depth(o.depth_to_space(o.expand_dims(x, 0), 2), 2), "unfold": lambda x, y, n: o.unfold(o.expand_dims(x, 0), 2, padding=1),
        "fold": lambda x, y, n: o.fold(o.unfold(o.expand_dims(x, 0), 2), (3, 4), 2),
        "nan_scans": lambda x, y, n: o.nancumsum(x, axis=1) + o.nancumprod(x, axis=2), "all_close": lambda x, y, n: o.allclose(x, x + 1e-9),
        "quantiles": lambda x, y, n: o.nanquantile(x, 0.25, axis=-1) + o.nanpercentile(x, 60.0, axis=-1, method="nearest"),
        "norms": lambda x, y, n: o.layer_normalization(x) + o.rms_normalization(x) + o.batch_normalization(x, y[0, 0], y[0, 1], -1),
        "attention": lambda x, y, n: o.dot_product_attention(o.expand_dims(x, 0), o.expand_dims(y, 0), o.expand_dims(x, 0)), "vectors": lambda x, y, n: o.cross(x[..., :3], y[..., :3]),
        "argpartition": lambda x, y, n: o.sort(o.take_along_axis(x[0], o.argpartition(x[0], 1)[:, :2], axis=1)), "array_split": lambda x, y, n: o.array_split(x, 3, axis=2)[0],
        "splits": lambda x, y, n: o.hsplit(x, 3)[1] + o.vsplit(x, 2)[1][..., :1, :] + o.dsplit(x, 2)[0][:, :1, :1], "dstack": lambda x, y, n: o.dstack([x, y]),
        "diagflat": lambda x, y, n: o.diagflat(x[0, 0], k=-1), "kron": lambda x, y, n: o.kron(x[0, :2, :2], y[0, 0]), "vander": lambda x, y, n: o.vander(x[0, 0], 3),
        "rearrange": lambda x, y, n: o.rearrange(x, "a b (c d) -> (d a) c b", d=2),
        "meshgrid": lambda x, y, n: o.meshgrid(x[0, 0], y[0, 0])[0],
        "spectra": lambda x, y, n: o.fft((x, y))[0] + o.fft2((x, y))[1] + o.ifft2((x, y))[0], "real_spectra": lambda x, y, n: o.irfft(o.rfft(x, 6), 5),
        "sequences": lambda x, y, n: o.extract_sequences(x, 2, 1), "stft": lambda x, y, n: o.stft(o.reshape(x, (1, -1)), 8, 4, 8)[0],
        "istft": lambda x, y, n: o.istft(o.stft(o.reshape(x, (1, -1)), 8, 4, 8), 8, 4, 8), "correlate": lambda x, y, n: o.correlate(x[0, 0], y[0, 0], "full"),
        "segments": lambda x, y, n: o.segment_max(x[0], n[0], num_segments=3) + o.segment_min(x[0], n[0], num_segments=3) + o.segment_prod(x[0], n[0], num_segments=3),
        "trapezoid": lambda x, y, n: o.trapezoid(x, dx=0.5, axis=1), "linspace": lambda x, y, n: o.linspace(x[0], y[0], 3) + o.logspace(x[0], y[0], 3, base=2.0),
        "geomspace": lambda x, y, n: o.geomspace(y[0], y[1], 3), "corrcoef": lambda x, y, n: o.corrcoef(x[0]), "in_top_k": lambda x, y, n: o.in_top_k(n[0], x[0], 2),
        "inverse": lambda x, y, n: _square(o, x, lambda a: o.inv(a) + o.pinv(a) + o.solve(a, a @ a) + o.cholesky(a) + o.cholesky_inverse(o.cholesky(a))),
        "determinants": lambda x, y, n: _square(o, x, lambda a: o.det(a) + o.logdet(a) + o.slogdet(a)[1] + o.cast(o.matrix_rank(a), "float32")),
        "factors": lambda x, y, n: _square(o, x, lambda a: o.qr(a)[1] + o.eigh(a)[0][..., None] + o.svd(a, compute_uv=False)[..., None] + o.lu_factor(a[0])[0]),
        "triangular": lambda x, y, n: _square(o, x, lambda a: o.solve_triangular(o.cholesky(a), a, lower=True)), "lstsq": lambda x, y, n: o.lstsq(o.transpose(x[0]), y[0, 0]),
        "conv": lambda x, y, n: o.conv(x, o.reshape(y, (2, 4, 3)), 1, "same"), "pools": lambda x, y, n: o.max_pool(x, 2, 1) + o.average_pool(x, 2, 1),
        "depthwise": lambda x, y, n: o.depthwise_conv(x, o.reshape(y[0], (1, 4, 3))) + o.separable_conv(x, o.reshape(y[0], (1, 4, 3)), o.reshape(o.tile(y, (6, 1, 1)), (1, 12, 12))),
        "adaptive": lambda x, y, n: o.adaptive_max_pool(x, (2,)) + o.adaptive_average_pool(x, (2,)),
        "colors": lambda x, y, n: o.image.rgb_to_grayscale(y[..., :3]) + o.image.rgb_to_hsv(y[..., :3] * 0.5) + o.image.hsv_to_rgb(y[..., :3] * 0.5),
        "patches": lambda x, y, n: o.image.extract_patches(x, (2, 2)), "crops": lambda x, y, n: o.image.pad_images(o.image.crop_images(x, 0, 1, 1, 0), 1, 0, 0, 1),
        "sampled": lambda x, y, n: o.image.map_coordinates(x[0], y[:, 0], 1), "transformed": lambda x, y, n: o.image.affine_transform(x, o.reshape(y, (3, 8))[1] * 0.5),
        "blurred": lambda x, y, n: o.image.gaussian_blur(o.expand_dims(x, 0)), "scaled": lambda x, y, n: o.image.scale_and_translate(x, (2, 3, 4), y[0, 0, :2], y[0, 1, :2], (1, 2), "linear"),
        "stop": lambda x, y, n: o.stop_gradient(x) + o.convert_to_tensor(y), "constants": lambda x, y, n: x + np.arange(4.0, dtype="float32"),
    }  # fmt: skip


def _square(o: Any, x: Any, function: Any) -> Any:
    """What `function` gives for positive definite matrices."""
    return function(o.matmul(x, o.transpose(x, (0, 2, 1))) + np.eye(3, dtype="float32"))


def _plainly(function: Any, above: bool, double: bool) -> Callable[[Any, Any, Any], Any]:
    """A call with x, with y + 1, or with both."""
    return lambda x, y, n: function(x, y) if double else function(y + 1.0 if above else x)


def _folded(function: Any, x: Any, y: Any, n: Any) -> Any:
    return function(x, axis=1, keepdims=True)

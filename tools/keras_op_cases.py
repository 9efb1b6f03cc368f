"""Calls of `keras.ops` whose results, and gradients, `tools.keras_op_goldens` asks Keras for; judged by tests.

A case takes the namespace, Keras's or ours, and numbers by name (`numbers`); it gives a tensor or several.
Where numbers are `x`, those are what gradients are taken with respect to.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

Case = Callable[[Any, Any], Any]


def numbers() -> SimpleNamespace:
    """What cases compute with, the same in each run."""
    rng = np.random.RandomState(7)

    def normal(*shape: int) -> Any:
        return rng.normal(size=shape).astype("float32")

    square = normal(2, 4, 4)
    holes = normal(3, 5)
    holes[rng.uniform(size=holes.shape) < 0.4] = np.nan
    holes[1] = np.nan
    return SimpleNamespace(
        x=normal(3, 4), y=normal(3, 4), p=rng.uniform(0.1, 2, (3, 4)).astype("float32"), z=normal(2, 3, 4), v=normal(5), w=normal(3),
        n=rng.randint(-9, 9, (3, 4)).astype("int32"), m=rng.randint(1, 9, (3, 4)).astype("int32"), b=rng.uniform(size=(3, 4)) < 0.5,
        holes=holes, square=square, positive=(square @ square.transpose(0, 2, 1) + np.eye(4)).astype("float32"), tall=normal(2, 5, 3),
        sequence=normal(2, 7, 4), image=rng.uniform(size=(2, 6, 5, 4)).astype("float32"), volume=normal(2, 4, 4, 5, 2),
        picture=rng.uniform(size=(2, 6, 8, 3)).astype("float32"), big=rng.uniform(size=(2, 12, 14, 2)).astype("float32"),
        k1=normal(3, 4, 5), k2=normal(3, 2, 4, 6), k3=normal(2, 2, 3, 2, 3), t1=normal(3, 5, 4), t2=normal(3, 2, 6, 4), t3=normal(2, 2, 3, 3, 2),
        g2=normal(3, 3, 2, 6), d1=normal(3, 4, 2), d2=normal(3, 2, 4, 2), s1=normal(1, 8, 5), s2=normal(1, 1, 8, 5),
        query=normal(2, 3, 4, 5), key=normal(2, 6, 4, 5), value=normal(2, 6, 4, 5), logits=normal(2, 6, 5),
        infinite=np.array([-np.inf, -1, -0.0, 0, 2, np.inf, np.nan], "float32"), special=np.linspace(-3.5, 3.5, 15).astype("float32"),
        inside=np.linspace(-0.99, 0.99, 12).astype("float32"), segments=np.array([2, 0, 2, -1, 0, 5, 2]), rows=normal(7, 3),
        labels=np.array([[1, 2, 2], [3, 1, 0]], "int32"), signal=normal(2, 40),
        points=(np.array([[[0, 0], [7, 0], [0, 5], [7, 5]]] * 2, "float32"), np.array([[[1, 0], [6, 1], [0, 5], [7, 4]], [[0, 1], [7, 0], [1, 5], [6, 5]]], "float32")),
        maps=np.array([[1, 0.2, -0.5, 0.1, 0.9, 1.3, 0, 0], [0.7, -0.3, 2.1, 0.4, 1.1, -2.2, 0, 0]], "float32"),
        places=rng.uniform(-3, 9, (2, 4, 5)).astype("float32"),
    )  # fmt: skip


UNARY = "cbrt deg2rad rad2deg exp2 fabs sinc real conj conjugate angle isreal signbit isposinf isneginf celu squareplus hard_shrink soft_shrink glu"
NAN_FOLDS = "nansum nanprod nanmean nanvar nanstd nanmax nanmin nanargmax nanargmin"
BITS = "bitwise_and bitwise_or bitwise_xor"
MODES = ("constant", "nearest", "wrap", "mirror", "reflect")


def _fixed(function: Callable[..., Any], *others: Any) -> Case:
    return lambda o, d: function(o, d, *others)


def _unary(name: str) -> Case:
    return lambda o, d: getattr(o, name)(d.x)


def _folded(name: str, axis: Any, keepdims: bool) -> Case:
    return lambda o, d: getattr(o, name)(d.holes, axis=axis, keepdims=keepdims)


def _made_of_tables() -> dict[str, Case]:
    found: dict[str, Case] = {name: _unary(name) for name in UNARY.split()}
    for name in NAN_FOLDS.split():
        for axis, keepdims in ((None, False), (0, False), (1, True), (-1, False)):
            found[f"{name} {axis} {keepdims}"] = _folded(name, axis, keepdims)
    for name in BITS.split():
        found[name] = _fixed(_bits, name)
    for mode in MODES:
        for order in (0, 1):
            found[f"map_coordinates {mode} {order}"] = _fixed(_mapped, order, mode)
        for way in ("nearest", "bilinear"):
            found[f"affine_transform {mode} {way}"] = _fixed(_transformed, way, mode)
    for axis in (None, 0, -1):
        for method in ("linear", "lower", "higher", "nearest", "midpoint"):
            found[f"nanquantile {axis} {method}"] = _fixed(_quantiles, axis, method)
        found[f"nanmedian {axis}"] = _fixed(lambda o, d, axis: o.nanmedian(d.holes, axis=axis), axis)
        found[f"percentile {axis}"] = _fixed(lambda o, d, axis: o.percentile(d.x, 35.0, axis=axis), axis)
    for number in (None, 1, 2, 3.5, -1, 0, float("inf"), -float("inf")):
        found[f"norm of vectors {number}"] = _fixed(_vector_norms, number)
    for word in (None, "fro", "nuc", 1, -1, 2, -2, float("inf"), -float("inf")):
        found[f"norm of matrices {word}"] = _fixed(_matrix_norms, word)
    for padding in ("valid", "same"):
        for n in (1, 2, 3):
            found |= _windows(padding, n)
    return found


def _bits(o: Any, d: Any, name: str) -> Any:
    function = getattr(o, name)
    return [function(d.n, d.m), function(d.b, d.x > 0), function(d.n, 5)]


def _mapped(o: Any, d: Any, order: int, mode: str) -> Any:
    return o.image.map_coordinates(d.x, d.places, order, mode, 0.5)


def _transformed(o: Any, d: Any, way: str, mode: str) -> Any:
    return o.image.affine_transform(d.picture, o.copy(d.maps), way, mode, 0.25)


def _quantiles(o: Any, d: Any, axis: Any, method: str) -> Any:
    shares = np.array([0.1, 0.5, 0.8], "float32")
    return o.nanquantile(d.holes, shares, axis=axis, method=method, keepdims=True)


def _vector_norms(o: Any, d: Any, order: Any) -> Any:
    return [o.norm(d.x, order, axis=1), o.norm(d.v, order), o.norm(d.z, order, axis=0, keepdims=True)]


def _matrix_norms(o: Any, d: Any, order: Any) -> Any:
    last = o.norm(d.z, order, axis=(2, 0), keepdims=True)
    return [o.norm(d.x, order), o.norm(d.z, order, axis=(1, 2)), last]


def _windows(padding: str, n: int) -> dict[str, Case]:
    data = ("sequence", "image", "volume")[n - 1]
    found: dict[str, Case] = {
        f"conv{n} {padding}": lambda o, d: [
            o.conv(getattr(d, data), getattr(d, f"k{n}"), s, padding) for s in (1, 2)
        ],
        f"conv{n} dilated {padding}": lambda o, d: o.conv(
            getattr(d, data), getattr(d, f"k{n}"), 1, padding, dilation_rate=1 if n == 3 else 2
        ),
        f"conv_transpose{n} {padding}": lambda o, d: [
            o.conv_transpose(getattr(d, data), getattr(d, f"t{n}"), s, padding) for s in (1, 2, 3)
        ],
        f"max_pool{n} {padding}": lambda o, d: [
            o.max_pool(getattr(d, data), 2, s, padding) for s in (None, 1)
        ],
        f"average_pool{n} {padding}": lambda o, d: [
            o.average_pool(getattr(d, data), 2, s, padding) for s in (None, 1)
        ],
        f"conv{n} first {padding}": lambda o, d: o.conv(
            o.moveaxis(getattr(d, data), -1, 1), getattr(d, f"k{n}"), 1, padding, "channels_first"
        ),
        f"max_pool{n} first {padding}": lambda o, d: o.max_pool(
            o.moveaxis(getattr(d, data), -1, 1), 2, 2, padding, "channels_first"
        ),
    }
    if n < 3:
        found |= {
            f"depthwise_conv{n} {padding}": lambda o, d: [
                o.depthwise_conv(getattr(d, data), getattr(d, f"d{n}"), s, padding) for s in (1, 2)
            ],
            f"separable_conv{n} {padding}": lambda o, d: o.separable_conv(
                getattr(d, data), getattr(d, f"d{n}"), getattr(d, f"s{n}"), 1, padding
            ),
        }
    if padding == "valid":
        found |= {
            f"adaptive_average_pool{n}": lambda o, d: [
                o.adaptive_average_pool(getattr(d, data), size) for size in (2, 3)
            ],
            f"adaptive_max_pool{n}": lambda o, d: [
                o.adaptive_max_pool(getattr(d, data), size) for size in (2, 3)
            ],
        }
    return found


CASES: dict[str, Case] = _made_of_tables() | {
    "allclose": lambda o, d: [o.allclose(d.x, d.x + 1e-7), o.allclose(d.x, d.y), o.allclose(d.holes, d.holes, equal_nan=True), o.allclose(d.holes, d.holes)],
    "signs": lambda o, d: [o.signbit(d.infinite), o.isposinf(d.infinite), o.isneginf(d.infinite), o.heaviside(d.infinite[:-1], 0.5), o.nan_to_num(d.infinite)],
    "heaviside": lambda o, d: o.heaviside(d.x, d.y), "erfc": lambda o, d: o.erfc(d.special), "erfinv": lambda o, d: o.erfinv(d.inside),
    "i0": lambda o, d: o.i0(d.special * 2), "sinc of whole": lambda o, d: o.sinc(np.array([-1.0, 0.0, 0.5, 2.0], "float32")),
    "ldexp": lambda o, d: o.ldexp(d.x, d.n), "logaddexp2": lambda o, d: [o.logaddexp2(d.x, d.y * 30), o.logaddexp(d.x, d.y * 30)],
    "fmod": lambda o, d: [o.fmod(d.x * 4, d.p), o.fmod(d.n, d.m)], "gcd": lambda o, d: [o.gcd(d.n * 6, d.m * 4), o.lcm(d.n, d.m)],
    "shifts": lambda o, d: [o.bitwise_left_shift(d.n, d.m), o.bitwise_right_shift(d.n * 1000, d.m), o.left_shift(d.m, 2), o.right_shift(d.n, 1)],
    "bitwise_not": lambda o, d: [o.bitwise_not(d.n), o.bitwise_invert(d.m), o.bitwise_not(d.b)],
    "polar": lambda o, d: [o.real(o.polar(d.p, d.y)), o.imag(o.polar(d.p, d.y)), o.angle(o.polar(d.p, d.y)), o.imag(o.conj(o.polar(d.p, d.y)))],
    "views": lambda o, d: o.view_as_real(o.view_as_complex(d.z[..., :2])), "saturate_cast": lambda o, d: [o.saturate_cast(d.x * 200, "uint8"), o.saturate_cast(d.n * 100, "int8")],
    "threshold": lambda o, d: o.threshold(d.x, 0.25, -1.0), "celu alpha": lambda o, d: o.celu(d.x, 2.5), "shrinks": lambda o, d: [o.hard_shrink(d.x, 1.0), o.soft_shrink(d.x, 0.1)],
    "glu axis": lambda o, d: o.glu(d.z, 0), "squareplus b": lambda o, d: o.squareplus(d.x, 9),
    "append": lambda o, d: [o.append(d.x, d.w), o.append(d.x, d.y, axis=1)], "array_split": lambda o, d: [*o.array_split(d.x, 3, axis=1), *o.array_split(d.v, 2)],
    "splits": lambda o, d: [*o.hsplit(d.x, 2), *o.vsplit(d.x, 3), *o.dsplit(d.z, 2), *o.hsplit(d.v[:4], 2)],
    "stacks": lambda o, d: [o.dstack([d.x, d.y]), o.dstack([d.v, d.v]), o.dstack([d.z, d.z])], "flips": lambda o, d: [o.fliplr(d.x), o.flipud(d.x)],
    "rot90": lambda o, d: [o.rot90(d.z, k, axes) for k in (-1, 0, 1, 2, 3) for axes in ((0, 1), (2, 0))],
    "diagflat": lambda o, d: [o.diagflat(d.w), o.diagflat(d.x, 1), o.diagflat(d.w, -2)], "tri": lambda o, d: [o.tri(3), o.tri(3, 4, 1), o.tri(4, 2, -1, "int32")],
    "vander": lambda o, d: [o.vander(d.w), o.vander(d.w, 4, True), o.vander(np.array([1, 2, 3], "int32"))],
    "kron": lambda o, d: [o.kron(d.x, d.y[:2, :2]), o.kron(d.v, d.w), o.kron(d.z, d.x)], "vdot": lambda o, d: o.vdot(d.v, d.v + 1.0),
    "cross": lambda o, d: o.cross(d.tall, o.flip(d.tall, 0) + 1.0), "select": lambda o, d: o.select([d.b, d.y > 0], [d.x, d.y], 7.0),
    "unravel_index": lambda o, d: o.unravel_index(np.array([[0, 5], [11, 7]]), (3, 4)),
    "argpartition": lambda o, d: o.sort(o.take_along_axis(np.array([[5, 3, 9, 1]], "int32"), o.argpartition(np.array([[5, 3, 9, 1]], "int32"), 1), axis=1)[:, :2]),
    "rearrange": lambda o, d: [o.rearrange(d.z, "a b c -> c (a b)"), o.rearrange(d.image, "b (h i) w c -> b h w (i c)", i=2)],
    "vectorize": lambda o, d: o.vectorize(lambda a, b: a * b + 1.0)(d.x, d.v[:4]), "vectorize signature": lambda o, d: o.vectorize(lambda a: o.sum(a), signature="(n)->()")(d.x),
    "isin": lambda o, d: [o.isin(d.n, np.array([1, -3, 4])), o.isin(d.n, d.m, invert=True)], "histogram": lambda o, d: [*o.histogram(d.signal[0], 7), *o.histogram(d.v, 4, (-1.0, 1.0))],
    "cdist": lambda o, d: [o.cdist(d.z, d.z + 1), o.cdist(d.x, d.y)], "corrcoef": lambda o, d: o.corrcoef(d.x),
    "correlate": lambda o, d: [o.correlate(d.signal[0, :9], d.w, mode) for mode in ("valid", "same", "full")],
    "trapezoid": lambda o, d: [o.trapezoid(d.x), o.trapezoid(d.x, dx=0.5, axis=0), o.trapezoid(d.x, x=np.array([0.0, 1.0, 3.0, 4.0], "float32"))],
    "linspace": lambda o, d: [o.linspace(0.0, 3.0), o.linspace(-1.0, 2.0, 7, endpoint=False), o.linspace(d.w, d.w + 2, 4)],
    "logspace": lambda o, d: [o.logspace(0.0, 2.0, 5), o.logspace(0.0, 1.0, 4, base=2.0)], "geomspace": lambda o, d: [o.geomspace(1.0, 256.0, 9), o.geomspace(-2.0, -8.0, 3)],
    "unique": lambda o, d: [o.unique(d.n), *o.unique(np.array([3, 1, 2, 1, 3]), return_inverse=True, return_counts=True), *o.unique(np.array([3, 1, 1]), size=4, fill_value=9, return_counts=True)],
    "unique axis": lambda o, d: o.unique(np.array([[1, 0], [0, 1], [1, 0]]), axis=0),
    "segment_max": lambda o, d: [o.segment_max(d.rows, d.segments, 5), o.segment_max(d.rows[:, 0], d.segments, 7)],
    "segment_min": lambda o, d: [o.segment_min(d.rows, d.segments, 5), o.segment_min(d.rows, d.segments)], "segment_prod": lambda o, d: o.segment_prod(d.rows, d.segments, 5),
    "associative_scan": lambda o, d: [o.associative_scan(lambda a, b: a + b, d.x, axis=1), o.associative_scan(o.maximum, d.rows, reverse=True)],
    "associative_scan matrices": lambda o, d: o.associative_scan(o.matmul, d.volume[0, :, :, :4, 0] * 0.5),
    "nancum": lambda o, d: [o.nancumsum(d.holes, axis=1), o.nancumprod(d.holes, axis=0), o.nancumsum(d.holes)], "nanpercentile": lambda o, d: o.nanpercentile(d.holes, 40.0, axis=0),
    "quantile axes": lambda o, d: o.quantile(d.z, np.array([0.25, 0.6], "float32"), axis=(0, 2)), "take_along_axis": lambda o, d: [o.take_along_axis(d.x, np.array([[0], [3], [-1]]), axis=1), o.take_along_axis(d.x, np.array([[1, 2, -1, 0]]), axis=0)],
    "windows": lambda o, d: [o.bartlett(6), o.blackman(7), o.hamming(6), o.hanning(7), o.kaiser(5, 2.5)],
    "fft": lambda o, d: o.fft((d.x, d.y)), "fft2": lambda o, d: [*o.fft2((d.z, d.z + 1)), *o.ifft2((d.z, d.z + 1))],
    "rfft": lambda o, d: [*o.rfft(d.x), *o.rfft(d.x, 3), *o.rfft(d.x, 7)], "irfft": lambda o, d: [o.irfft((d.x, d.y)), o.irfft((d.x, d.y), 7), o.irfft((d.x, d.y), 4), o.irfft((d.x, d.y), 11)],
    "extract_sequences": lambda o, d: o.extract_sequences(d.signal, 7, 3),
    "stft": lambda o, d: [*o.stft(d.signal, 8, 3, 8), *o.stft(d.signal, 7, 4, 10, window="hamming"), *o.stft(d.signal, 6, 2, 8, window=None, center=False)],
    "istft": lambda o, d: [o.istft(o.stft(d.signal, 8, 2, 8), 8, 2, 8), o.istft(o.stft(d.signal, 8, 4, 8, window="hamming"), 8, 4, 8, window="hamming", length=30)],
    "conv groups": lambda o, d: o.conv(d.image, d.g2, 1, "same"), "conv_transpose more": lambda o, d: [o.conv_transpose(d.image, d.t2, 2, "valid", output_padding=1), o.conv_transpose(d.image, d.t2, 1, "valid", dilation_rate=2)],
    "pools unequal": lambda o, d: [o.max_pool(d.image, (3, 2), (1, 2), "same"), o.average_pool(d.image, (2, 3), (2, 1), "same")],
    "depth_to_space": lambda o, d: [o.depth_to_space(d.image, 2), o.depth_to_space(o.moveaxis(d.image, -1, 1), 2, "channels_first")],
    "space_to_depth": lambda o, d: [o.space_to_depth(d.picture, 2), o.space_to_depth(o.moveaxis(d.picture, -1, 1), 2, "channels_first")],
    "unfold": lambda o, d: [o.unfold(o.transpose(d.image, (0, 3, 1, 2)), 2), o.unfold(o.transpose(d.image, (0, 3, 1, 2)), (3, 2), (1, 2), (1, 0), (2, 1))],
    "fold": lambda o, d: [o.fold(o.unfold(o.transpose(d.image, (0, 3, 1, 2)), 2), (6, 5), 2), o.fold(o.unfold(o.transpose(d.image, (0, 3, 1, 2)), (3, 2), (1, 2), (1, 0), (2, 1)), (6, 5), (3, 2), (1, 2), (1, 0), (2, 1))],
    "batch_normalization": lambda o, d: [o.batch_normalization(d.x, d.v[:4], d.p[0], -1), o.batch_normalization(d.x, d.w, d.p[:, 0], 0, d.w + 1, d.w - 1, 0.1)],
    "layer_normalization": lambda o, d: [o.layer_normalization(d.x), o.layer_normalization(d.x, d.p[0], d.y[0], epsilon=0.1), o.layer_normalization(d.z, axis=(1, 2), epsilon=0.01)],
    "rms_normalization": lambda o, d: [o.rms_normalization(d.x), o.rms_normalization(d.z, d.p[0], epsilon=0.1), o.rms_normalization(d.z, axis=(1, 2))],
    "attention": lambda o, d: [o.dot_product_attention(d.query, d.key, d.value), o.dot_product_attention(d.query, d.key, d.value, scale=0.3, is_causal=True)],
    "attention masked": lambda o, d: o.dot_product_attention(d.query, d.key, d.value, mask=np.tile(np.arange(6) < 4, (2, 4, 3, 1))),
    "attention biased": lambda o, d: o.dot_product_attention(d.query, d.key, d.value, bias=np.tile(np.linspace(0, 2, 18).reshape(3, 6).astype("float32"), (2, 4, 1, 1))),
    "psnr": lambda o, d: o.psnr(d.x, d.y, 2.0), "ctc_loss": lambda o, d: o.ctc_loss(d.labels, d.logits, np.array([3, 2]), np.array([6, 4])),
    "ctc_decode": lambda o, d: [*o.ctc_decode(d.logits, np.array([6, 4])), *o.ctc_decode(d.logits, np.array([5, 6]), merge_repeated=False, mask_index=2)],
    "solve": lambda o, d: [o.solve(d.square, d.square[:, :, :3]), o.solve(d.positive[0], d.square[0])], "inv": lambda o, d: o.inv(d.square), "det": lambda o, d: [o.det(d.square), o.det(d.square[0])],
    "slogdet": lambda o, d: o.slogdet(d.square), "logdet": lambda o, d: o.logdet(d.positive), "lu_factor": lambda o, d: o.lu_factor(d.square),
    "cholesky": lambda o, d: [o.cholesky(d.positive), o.cholesky(d.positive[0], upper=True)], "cholesky_inverse": lambda o, d: o.cholesky_inverse(o.cholesky(d.positive)),
    "solve_triangular": lambda o, d: [o.solve_triangular(o.cholesky(d.positive), d.square, lower=True), o.solve_triangular(o.triu(d.positive), d.square)],
    "qr": lambda o, d: [o.matmul(*o.qr(d.tall)), o.abs(o.qr(d.tall)[1]), *(o.shape(one) and one * 0 for one in o.qr(d.tall, "complete"))],
    "eigh": lambda o, d: [o.eigh(d.positive)[0], o.abs(o.eigh(d.positive)[1])],
    "svd": lambda o, d: [o.abs(one) for one in o.svd(d.tall, full_matrices=False)], "svd values": lambda o, d: [o.svd(d.tall, compute_uv=False), o.svd(o.swapaxes(d.tall, 1, 2), compute_uv=False)],
    "svd wide": lambda o, d: [o.abs(one) for one in o.svd(o.swapaxes(d.tall, 1, 2), full_matrices=False)], "svd whole": lambda o, d: [one * 0 for one in o.svd(d.tall)],
    "pinv": lambda o, d: o.pinv(d.tall), "pinv cut": lambda o, d: o.pinv(o.swapaxes(d.tall, 1, 2), rcond=0.4), "lstsq": lambda o, d: [o.lstsq(d.tall[0], d.v), o.lstsq(d.tall[0], d.tall[1])],
    "matrix_rank": lambda o, d: [o.matrix_rank(d.tall), o.matrix_rank(np.ones((3, 3), "float32")), o.matrix_rank(d.square, tol=1.0)],
    "jvp": lambda o, d: o.jvp(lambda a, b: o.sin(a) * b, (o.array(d.y), o.array(d.p)), (o.array(d.p), o.array(d.y))),
    "rgb_to_hsv": lambda o, d: [o.image.rgb_to_hsv(d.picture), o.image.rgb_to_hsv(o.moveaxis(d.picture, -1, 1), "channels_first")], "hsv_to_rgb": lambda o, d: o.image.hsv_to_rgb(d.picture),
    "rgb_to_grayscale": lambda o, d: [o.image.rgb_to_grayscale(d.picture), o.image.rgb_to_grayscale(d.picture[0]), o.image.rgb_to_grayscale(o.moveaxis(d.picture, -1, 1), "channels_first")],
    "pad_images": lambda o, d: [o.image.pad_images(d.picture, 1, 2, 3, 0), o.image.pad_images(d.picture[0], top_padding=1, left_padding=2, target_height=9, target_width=11), o.image.pad_images(d.picture, bottom_padding=1, right_padding=2, target_height=9, target_width=11)],
    "crop_images": lambda o, d: [o.image.crop_images(d.picture, 1, 2, 3, 0), o.image.crop_images(d.picture[0], top_cropping=1, left_cropping=2, target_height=3, target_width=4), o.image.crop_images(d.picture, bottom_cropping=1, right_cropping=2, target_height=3, target_width=4)],
    "extract_patches": lambda o, d: [o.image.extract_patches(d.image, 2), o.image.extract_patches(d.image, (3, 2), 1, padding="same"), o.image.extract_patches(d.image, 2, 1, dilation_rate=2), o.image.extract_patches(d.image[0], 3, 2), o.image.extract_patches(d.image, (3, 3), 2, padding="same")],
    "extract_patches_3d": lambda o, d: [o.image.extract_patches_3d(d.volume, 2), o.image.extract_patches(d.volume, (2, 1, 3), (1, 2, 1), padding="same")],
    "gaussian_blur": lambda o, d: [o.image.gaussian_blur(d.picture, (3, 3), (1.0, 2.0), "channels_last"), o.image.gaussian_blur(d.picture[0], (5, 5), (0.7, 0.7), "channels_last")],
    "sobel_edges": lambda o, d: o.image.sobel_edges(d.image), "ssim": lambda o, d: [o.image.ssim(d.big, d.big * 0.9 + 0.05), o.image.ssim(d.big[0], d.big[1], filter_size=7)],
    "perspective_transform": lambda o, d: [o.image.perspective_transform(d.picture, *d.points, how, 0.5) for how in ("nearest", "bilinear")],
    "scale_and_translate": lambda o, d: [o.image.scale_and_translate(d.image, (2, 9, 4, 4), np.array([1.5, 0.8], "float32"), np.array([0.3, -0.2], "float32"), (1, 2), how, smooth) for how in ("linear", "cubic", "lanczos3", "lanczos5") for smooth in (True, False)],
    "resize": lambda o, d: [o.image.resize(d.image, (9, 4)), o.image.resize(d.image, (9, 4), "nearest"), o.image.resize(d.image[0], (3, 3), antialias=True), o.image.resize(o.moveaxis(d.image, -1, 1), (5, 7), data_format="channels_first")],
    "resize aspect": lambda o, d: [o.image.resize(d.picture, (4, 4), crop_to_aspect_ratio=True), o.image.resize(d.picture, (4, 4), pad_to_aspect_ratio=True, fill_value=0.5)],
    # what TF.js has too, in Keras's words and sense
    "in_top_k": lambda o, d: o.in_top_k(np.array([0,1,2]), d.x, 2),
    "cumprod": lambda o, d: [o.cumprod(d.x), o.cumprod(d.x, axis=1), o.cumsum(d.n), o.cumsum(d.b, axis=0), o.cumsum(d.n, axis=1, dtype="float32")],
    "elu": lambda o, d: o.elu(d.x, alpha=0.5),
    "elu pos": lambda o, d: o.elu(d.x, 0.5),
    "round": lambda o, d: [o.round(d.x,1), o.round(d.x,decimals=2), o.round(d.n)],
    "zeros_like": lambda o, d: [o.zeros_like(d.x, dtype="int32"), o.ones_like(d.n, "float32"), o.zeros_like(d.b), o.ones_like(d.x)],
    "zeros": lambda o, d: [o.zeros((2,3)), o.ones((2,), dtype="int32"), o.zeros(3), o.ones((), None), o.zeros((2,), dtype="bool")],
    "full": lambda o, d: [o.full((2,3), 7), o.full((2,3), 0.5, dtype="float32"), o.full((2,3), np.array([1.,2.,3.],"f4")), o.full((2,), True)],
    "meshgrid": lambda o, d: [*o.meshgrid(d.w, d.v), *o.meshgrid(d.w, d.v, indexing="ij"), *o.meshgrid(d.w, d.v, d.w), *o.meshgrid(d.w)],
    "where": lambda o, d: [o.where(d.b, d.x, 0), o.where(d.n, d.x, d.y), o.where(d.b, 1, 2)],
    "max initial": lambda o, d: [o.max(d.x, axis=1, initial=0.5), o.min(d.x, initial=-5.), o.max(d.n), o.max(d.b), o.amax(d.x,(0,1)), o.amin(d.n, axis=1)],
    "sum": lambda o, d: [o.sum(d.b), o.sum(d.n, axis=0), o.sum(d.x, axis=(0,1), keepdims=True), o.prod(d.m, axis=1), o.prod(d.x, dtype="float32"), o.prod(d.b), o.sum(d.x, -1)],
    "mean": lambda o, d: [o.mean(d.n), o.mean(d.b, axis=0), o.var(d.n), o.std(d.n, axis=1), o.mean(d.x, axis=[0,1]), o.var(d.b), o.var(d.x,axis=(0,1),keepdims=True)],
    "all": lambda o, d: [o.all(d.n), o.any(d.n, axis=1), o.all(d.x), o.any(d.b, keepdims=True), o.any(d.x>0,axis=0)],
    "logical": lambda o, d: [o.logical_and(d.n, d.b), o.logical_or(d.x, d.n), o.logical_xor(d.b, d.n), o.logical_not(d.n), o.logical_not(d.x)],
    "outer": lambda o, d: [o.outer(d.x, d.w), o.outer(d.v, d.w), o.outer(d.n[0], d.v)],
    "multi_hot": lambda o, d: [o.multi_hot(np.array([[0,2],[1,1]]), 4), o.multi_hot(np.array([0,2]), num_classes=4), o.multi_hot(np.array([[0,2],[1,1]]), 4, dtype="int32"), o.multi_hot(np.array([[[0],[2]],[[1],[1]]]), 4, axis=1)],
    "moments": lambda o, d: [*o.moments(d.x, axes=[0]), *o.moments(d.z, [0,2], keepdims=True), *o.moments(d.z, [0,2], True)],
    "matmul": lambda o, d: [o.matmul(d.x, d.y.T), o.matmul(d.v, d.v), o.matmul(d.x, d.x[0]), o.matmul(d.z, d.x.T), o.matmul(d.n, d.m.T), o.matmul(d.w, d.x)],
    "identity": lambda o, d: [o.identity(3), o.identity(3, dtype="int32"), o.eye(3), o.eye(2,3,1), o.eye(3, dtype="bool"), o.eye(3, k=-1)],
    "one_hot": lambda o, d: [o.one_hot(np.array([0,2,-1]), 3), o.one_hot(d.m % 4, 5, axis=0), o.one_hot(np.array([[1]]), 3, axis=1), o.one_hot(np.array([1]),2,dtype="bool")],
    "normalize": lambda o, d: [o.normalize(d.x), o.normalize(d.x, axis=0, order=1), o.normalize(d.z, order=3), o.normalize(d.z, axis=(1,2))],
    "normalize zeros": lambda o, d: o.normalize(d.x * 0.0),
    "tile": lambda o, d: [o.tile(d.x, 2), o.tile(d.x, (2,1,3)), o.tile(d.w, [2]), o.tile(d.x,(2,))],
    "roll": lambda o, d: [o.roll(d.x, 2), o.roll(d.x, -1, axis=1), o.flip(d.x), o.flip(d.z, axis=1), o.roll(d.x,(1,2),axis=(0,1)), o.flip(d.z,axis=(0,2))],
    "softmax": lambda o, d: [o.softmax(d.x), o.softmax(d.z, axis=0), o.log_softmax(d.z, axis=1), o.softmax(d.z, axis=(1,2)), o.logsumexp(d.z, axis=1), o.logsumexp(d.x), o.logsumexp(d.z,axis=(0,2),keepdims=True)],
    "softmax none": lambda o, d: o.softmax(d.z, axis=None),
    "act": lambda o, d: [o.relu(d.n), o.leaky_relu(d.x), o.leaky_relu(d.x, negative_slope=0.3), o.gelu(d.x), o.gelu(d.x, approximate=False), o.selu(d.x), o.softplus(d.x), o.silu(d.x), o.hard_sigmoid(d.x*4), o.relu6(d.x*5), o.tanh_shrink(d.x), o.softsign(d.x), o.log_sigmoid(d.x), o.hard_tanh(d.x), o.sparse_plus(d.x), o.sparse_sigmoid(d.x), o.hard_silu(d.x)],
}  # fmt: skip


NO_GRADIENT = {
    "ldexp": "PyTorch computes it in whole numbers, where 2 to a power below 0 is 0",
    "normalize zeros": "Keras's is NaN",
}


def listed(found: Any) -> list[Any]:
    """The results of a case in one list."""
    return list(found) if isinstance(found, list | tuple) else [found]

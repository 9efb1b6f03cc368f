"""Which module here has which of Keras's `ops`."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

MODULES = {
    "activations": "celu elu glu hard_shrink leaky_relu soft_shrink squareplus threshold",
    "bits": (
        "angle bitwise_and bitwise_invert bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift "
        "bitwise_xor conj conjugate empty empty_like gcd isreal lcm left_shift polar right_shift "
        "saturate_cast view_as_complex view_as_real"
    ),
    "blocks": "depth_to_space fold space_to_depth unfold",
    "ctc": "ctc_decode ctc_loss",
    "elementwise": (
        "abs absolute cbrt deg2rad erfc erfinv exp2 fabs fmod heaviside i0 imag isneginf isposinf ldexp "
        "logaddexp2 rad2deg real sign signbit sinc"
    ),
    "filters": "gaussian_blur resize scale_and_translate sobel_edges ssim",
    "folding": "all amax amin any cumprod logsumexp max min normalize prod softmax",
    "functions": "associative_scan custom_gradient jvp vectorize",
    "images": (
        "crop_images extract_patches extract_patches_3d hsv_to_rgb pad_images rgb_to_grayscale rgb_to_hsv"
    ),
    "linalg": ("cholesky cholesky_inverse det inv logdet lu_factor qr slogdet solve solve_triangular"),
    "mapping": "affine_transform map_coordinates perspective_transform",
    "namesakes": (
        "ceil dot floor full in_top_k logical_and logical_not logical_or "
        "logical_xor matmul meshgrid ones ones_like outer repeat roll round tile unstack where zeros "
        "zeros_like"
    ),
    "pairs": (
        "add allclose divide_no_nan floor_divide fmax fmin isclose maximum minimum mod multiply power "
        "subtract"
    ),
    "nans": (
        "nanargmax nanargmin nancumprod nancumsum nanmax nanmean nanmedian nanmin nanpercentile nanprod "
        "nanquantile nanstd nansum nanvar"
    ),
    "norms": ("batch_normalization dot_product_attention layer_normalization psnr rms_normalization"),
    "shaping": (
        "append argpartition array_split cross diagflat dsplit dstack fliplr flipud hsplit kron "
        "rearrange rot90 select tri unravel_index vander vdot vsplit"
    ),
    "signals": (
        "bartlett blackman extract_sequences fft fft2 hamming hanning ifft2 irfft istft kaiser rfft stft"
    ),
    "spectra": "eigh lstsq matrix_rank norm pinv svd",
    "statistics": (
        "cdist corrcoef correlate geomspace histogram isin linspace logspace segment_max segment_min "
        "segment_prod trapezoid unique"
    ),
    "windows": (
        "adaptive_average_pool adaptive_max_pool average_pool conv conv_transpose depthwise_conv "
        "max_pool separable_conv"
    ),
}
MODULE_OF = {name: module for module, names in MODULES.items() for name in names.split()}
IN_IMAGE = ("filters", "images", "mapping")  # `gl.ops.image` has what these have
IMAGE = [name for module in IN_IMAGE for name in MODULES[module].split()]
LINALG = [  # which stand in `gl.ops.linalg` too
    "cholesky", "cholesky_inverse", "det", "eigh", "inv", "jvp", "lstsq", "lu_factor", "matrix_rank", "norm",
    "pinv", "qr", "solve", "solve_triangular", "svd",
]  # fmt: skip


def found(name: str) -> Callable[..., Any]:
    """The function of that name.

    >>> found("cbrt").__module__
    'glbackend.ops.further.elementwise'
    """
    function: Callable[..., Any] = getattr(import_module(f"glbackend.ops.further.{MODULE_OF[name]}"), name)
    return function


def spelled(name: str) -> str:
    """A name as it is called in `keras.ops`.

    >>> spelled("cbrt"), spelled("resize")
    ('cbrt', 'image.resize')
    """
    return f"image.{name}" if name in IMAGE else name

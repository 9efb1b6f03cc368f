"""Pixels in and out, as Python has them: arrays, pictures and files; windows and notebooks."""

import sys
from collections.abc import Callable
from os import PathLike, fspath
from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError, BackendError, DtypeError
from glbackend.base.pixels import OPAQUE, image_size, png, to_rgba
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.ops.create import tensor
from glbackend.ops.op import op, run

Array = np.ndarray[Any, Any]


@op(method=False, namespace="browser")
def from_pixels(pixels: Any, num_channels: int = 3) -> Tensor:
    """A picture as int32 [height, width, num_channels], red, green, blue and alpha from 0 to 255.

    `pixels`: an array of whole numbers [height, width] (grey) or [height, width, 1, 3 or 4], an int32 tensor
    of such a shape, a PIL image, or the path of a picture file (which needs Pillow).
    `num_channels`: how many of red, green, blue and alpha the result has, 1 to 4. Grey gives equal red, green
    and blue; what has no alpha is opaque.

    Raises ArgumentError for numbers outside [0, 255] (of a tensor they are not looked at) and for what is no
    picture. As `tf.browser.fromPixels`.

    >>> from_pixels(np.array([[7, 255]], np.uint8)).numpy().tolist()
    [[[7, 7, 7], [255, 255, 255]]]
    """
    if isinstance(pixels, Tensor):
        image = pixels.expand_dims(2) if pixels.rank == 2 else pixels
    else:
        image = tensor(_as_array(pixels), dtype="int32")
    return run("FromPixels", {"pixels": image}, num_channels=num_channels)


@op(method=False, namespace="browser")
def from_pixels_async(pixels: Any, num_channels: int = 3) -> Tensor:
    """`from_pixels` of `pixels` and `num_channels`, by its other name; there is nothing to await.

    As `tf.browser.fromPixelsAsync`.

    >>> from_pixels_async(np.zeros((2, 5, 3), np.uint8)).shape
    (2, 5, 3)
    """
    return from_pixels(pixels, num_channels)


@op(method=False, namespace="browser")
def to_pixels(image: TensorLike) -> Array:
    """An image as uint8 [height, width, 4]: red, green, blue, alpha (opaque where the image has none).

    `image`: [height, width] (grey) or [height, width, 1, 3 or 4], float32 from 0 to 1 or int32 from 0 to 255
    (what is no tensor counts as int32); reads it back from the device. ArgumentError for other values. As
    `tf.browser.toPixels`.

    >>> to_pixels(tensor([[0.0, 1.0]])).tolist()
    [[[0, 0, 0, 255], [255, 255, 255, 255]]]
    """
    given = _image(image, "to_pixels")
    image_size(given.spec, "to_pixels")
    return to_rgba(given.numpy(), OPAQUE, "to_pixels")


@op(method=False, namespace="browser")
def draw(image: TensorLike, canvas: Callable[[Array], object] | None = None, *, alpha: float = 1.0) -> None:
    """Shows an image: in the notebook that runs this, else in a window, which waits until it is closed.

    `image` as in `to_pixels`; `alpha` in [0, 1] is used where the image has none. `canvas`, where given, is
    called with the pixels (uint8 [height, width, 4]) instead. Values out of range raise ArgumentError on cpu
    and are clamped on webgl. BackendError where there is neither notebook nor display. As `tf.browser.draw`.

    >>> draw(tensor([[0.0, 1.0]]), lambda pixels: print(pixels.shape))
    (1, 2, 4)
    """
    options = {"image_options": {"alpha": alpha}}
    shown = run("Draw", {"image": _image(image, "draw")}, options=options)
    pixels = shown.numpy().astype(np.uint8)
    (canvas or _show)(pixels)


def _image(image: TensorLike, op: str) -> Tensor:
    return as_tensor(image, "image", op, None if isinstance(image, Tensor) else "int32")


def _as_array(pixels: Any) -> Array:
    if isinstance(pixels, str | PathLike):
        pixels = _opened(fspath(pixels))
    if hasattr(pixels, "convert") and hasattr(pixels, "getbands"):  # a PIL image
        clear = "A" in pixels.getbands() or "transparency" in pixels.info
        kind = "RGBA" if clear else "L" if pixels.mode in ("1", "L") else "RGB"
        pixels = pixels.convert(kind)
    elif not hasattr(pixels, "__array__"):
        raise ArgumentError(
            f"from_pixels: pixels must be an array, a PIL image or the path of a file, "
            f"got {type(pixels).__name__}"
        )
    array = np.asarray(pixels)
    if array.dtype.kind not in "iu":
        raise DtypeError(
            f"from_pixels: pixels must be whole numbers from 0 to 255, got {array.dtype}: "
            f"a float image becomes them by (image * 255).round().astype('uint8')"
        )
    if array.dtype != np.uint8 and array.size and not 0 <= array.min() <= array.max() <= OPAQUE:
        raise ArgumentError(f"from_pixels: pixels must lie in [0, 255], got {array.min()} to {array.max()}")
    return array.reshape(*array.shape, 1) if array.ndim == 2 else array


def _opened(path: str) -> Any:
    try:
        from PIL import Image  # noqa: PLC0415 - an optional extra
    except ImportError:
        raise ArgumentError(f"from_pixels: to read {path!r} install Pillow: pip install pillow") from None
    try:
        with Image.open(path) as picture:
            picture.load()
            return picture
    except OSError as error:
        raise ArgumentError(f"from_pixels: {path!r} is no picture that can be read: {error}") from None


def _show(pixels: Array) -> None:
    """In the notebook where there is one: IPython is then loaded already."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is not None and getattr(shell, "kernel", None) is not None:
        display = sys.modules["IPython"].display
        display.display(display.Image(data=png(pixels)))
        return
    _show_window(pixels)


def _show_window(pixels: Array) -> None:
    try:
        import tkinter  # noqa: PLC0415 - not in every Python, and only needed here
    except ImportError:
        raise BackendError(
            "draw: no window can be opened: this Python has no tkinter; pass canvas=..."
        ) from None
    try:
        window = tkinter.Tk()
    except tkinter.TclError as error:
        raise BackendError(f"draw: no window can be opened ({error}); pass canvas=...") from None
    window.title("glbackend")
    picture = tkinter.PhotoImage(master=window, data=png(pixels), format="png")
    tkinter.Label(window, image=picture, borderwidth=0).pack()
    window.mainloop()

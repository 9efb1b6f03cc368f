"""What users ask of the device itself: an application's context and textures, and programs compiled ahead."""

import importlib
from collections.abc import Callable, Sequence
from typing import Any

from glbackend.base.dtypes import DType, check_dtype
from glbackend.base.errors import ArgumentError, BackendError
from glbackend.base.shapes import Spec, check_shape
from glbackend.engine.backend import adopted_backend, load
from glbackend.engine.engine import engine
from glbackend.engine.tensor import METHODS, Tensor
from glbackend.engine.tidy import tidy


def adopt_context(context: Any) -> None:
    """Makes webgl, on an application's own moderngl context, the backend of all threads.

    The context must be current on this thread, and is used on this thread only: anywhere else an op raises
    BackendError. Every call leaves framebuffer, viewport, blending, masks, bindings and the like as it found
    them. Tensors that live on another backend move when they are next used. Adopting the same context again
    changes nothing. Raises ArgumentError for anything but a moderngl.Context.

    >>> import glbackend as gl
    >>> gl.adopt_context("a window")
    Traceback (most recent call last):
    glbackend.base.errors.ArgumentError: adopt_context: needs a moderngl.Context, got str
    """
    engine().use(adopted_backend(context))


def devices() -> list[Any]:
    """What EGL offers to compute on, in its order: `index`, `name`, `version` and `software` of each device.

    `name` and `version` are those of the OpenGL driver, empty where it has none; `software` tells a renderer
    on the CPU. GLBACKEND_DEVICE=<index> chooses one before the webgl backend is made. The list is empty where
    there is no EGL (Windows, macOS). TF.js has no counterpart: there the browser chooses.

    >>> import glbackend as gl
    >>> [device.index for device in gl.devices()] == list(range(len(gl.devices())))
    True
    """
    found: list[Any] = load("webgl").devices()
    return found


def from_texture(texture: Any, shape: Sequence[int], dtype: DType | None = None) -> Tensor:
    """A tensor of what a moderngl texture holds, without leaving the GPU.

    The texture's context is the backend's (see `adopt_context`). Pixel number t of an RGBA texture, row by
    row from its first row, is texel t of the tensor: a row of shape [..., C] takes ceil(C / 4) pixels, so
    [height, width, 4] reads an RGBA image and [height, width, 3] drops its alpha. Textures of one to three
    components hold the elements one after another. Float textures give float32, integer ones int32 (or bool).

    Nothing is copied where the texture is RGBA32F or RGBA32I, C % 4 == 0, and its width is that of the layout
    (the smallest power of two whose square holds the pixels, at least 128 where there are as many): the
    tensor then shows what the application writes there later, and the texture must not be released before the
    tensor. Else one pass copies. The texture stays the application's. ShapeError where the shape does not
    fit.

    >>> import glbackend as gl
    >>> gl.set_backend("cpu")
    >>> gl.from_texture(None, [1])
    Traceback (most recent call last):
    glbackend.base.errors.BackendError: from_texture: needs the webgl backend, the chosen one is cpu
    """
    dims = check_shape(shape, "from_texture")
    module, backend = _webgl("from_texture")
    return Tensor(module.from_texture(backend, texture, dims, None if dtype is None else check_dtype(dtype)))


def to_texture(tensor: Tensor, size: tuple[int, int] | None = None) -> Any:
    """A moderngl texture with the values of a float32, int32 or bool tensor, without leaving the GPU.

    It is RGBA32F or RGBA32I and laid out as `from_texture` says; lanes that pad a row are zero. Without
    `size` it is the tensor's own texture (a power of two wide, perhaps higher than need be; not to be written
    to); with `size` (width, height) pixels after the last texel are zero, and one pass copies unless the
    tensor's own texture has that size. It stays valid as long as the returned object lives, whatever becomes
    of the tensor.

    >>> import glbackend as gl
    >>> gl.set_backend("cpu")
    >>> gl.to_texture(gl.tensor([1.]))
    Traceback (most recent call last):
    glbackend.base.errors.BackendError: to_texture: needs the webgl backend, the chosen one is cpu
    """
    module, backend = _webgl("to_texture")
    return module.to_texture(backend, tensor.handle, size)


def warm_up(model: Callable[..., Any], *inputs: Any) -> int:
    """Calls a function or model with zeros, so that every program this needs is compiled and has drawn once.

    `inputs` are shapes, (shape, dtype) pairs, or tensors and arrays whose shape and dtype count. Returns how
    many programs were compiled (0 on the cpu backend, which has none).

    >>> import glbackend as gl
    >>> gl.set_backend("cpu")
    >>> gl.warm_up(lambda x: x.relu(), [2, 3])
    0
    """
    specs = [_spec(one, i) for i, one in enumerate(inputs)]
    backend = engine().backend
    before = backend.num_programs()

    def call() -> None:
        zeros = [
            METHODS["zeros"](spec.shape, spec.dtype) for spec in specs
        ]  # made there: the host computes nothing
        if hasattr(model, "predict") and len(zeros) > 1:  # a model takes several inputs as one list
            model(zeros)
        else:
            model(*zeros)

    tidy(call)
    backend.synchronize()
    return backend.num_programs() - before


def _webgl(op: str) -> tuple[Any, Any]:
    backend = engine().backend
    if backend.name != "webgl":
        raise BackendError(f"{op}: needs the webgl backend, the chosen one is {backend.name}")
    return importlib.import_module("glbackend.backends.webgl"), backend


def _spec(given: Any, position: int) -> Spec:
    op = f"warm_up: input {position}"
    if isinstance(given, Tensor):
        return given.spec
    if hasattr(given, "shape") and hasattr(given, "dtype"):
        array_dtype: DType = (
            "int32" if given.dtype.kind in "iu" else "bool" if given.dtype.kind == "b" else "float32"
        )
        return Spec(tuple(given.shape), array_dtype)
    if isinstance(given, tuple | list):
        if len(given) == 2 and isinstance(given[1], str):
            return Spec(check_shape(given[0], op), check_dtype(given[1]))
        return Spec(check_shape(given, op))
    raise ArgumentError(
        f"{op} must be a shape, a (shape, dtype) pair or a tensor, got {type(given).__name__}"
    )

"""Every error that glbackend raises on purpose, in one small tree.

Each class also derives from the builtin that a Python user would catch for that fault (ValueError, TypeError,
...).
"""

import sys
import warnings
from pathlib import Path
from types import FrameType
from typing import ClassVar

PACKAGE = str(Path(__file__).resolve().parents[1])


class GlbackendError(Exception):
    """Base of all errors raised on purpose by glbackend."""

    caller: str | None = None  # the public function that was called, once it is known
    inner: str = ""  # the message before its callers' names were put in front
    layer: str = ""  # the name of the innermost layer whose call it ended
    longest: ClassVar[int] = 800  # characters that are shown: what came may have thousands

    def __str__(self) -> str:
        text = super().__str__()
        tail = self.longest // 4
        return text if len(text) <= self.longest else f"{text[: self.longest - tail]} ... {text[-tail:]}"

    def name_layer(self, kind: str, name: str) -> None:
        """Puts a layer, by class and name, before the message, unless that names a layer already."""
        if self.layer or not self.args:
            return
        self.layer = name
        said = str(self)  # where a short name may stand for something else
        if not any(f"{one} {name!r}" in said for one in ("layer", "model")) and f" {name!r}: " not in said:
            self.inner = f"{kind} {name!r}: {self.inner or self.args[0]}"
            self.args = (self.inner, *self.args[1:])


class ShapeError(GlbackendError, ValueError):
    """Shapes, axes or sizes that do not fit an op."""


class OutOfRangeError(ShapeError, IndexError):
    """An index beyond the end of an axis: what Python's iteration and NumPy's users catch as IndexError."""


class DtypeError(GlbackendError, TypeError):
    """A dtype that an op does not take, or a value that its dtype cannot hold."""


class ArgumentError(GlbackendError, ValueError):
    """An argument outside its legal values."""


class UnsayableTrainingError(ArgumentError):
    """A loss, metric or optimizer that a kind of file has no words for."""


class NotAppliedError(ArgumentError, AttributeError):
    """The input or output of a layer that has none, or several: `hasattr(layer, "output")` is then False."""


class CallError(ArgumentError, TypeError):
    """A call that the function does not take: an unknown or missing argument, or one of the wrong type."""


class ExchangeError(GlbackendError, BufferError):
    """Data that cannot be handed to or taken from another library as was asked."""


class DisposedError(GlbackendError, RuntimeError):
    """Use of a tensor whose data has been given back."""


class KernelNotFoundError(GlbackendError, NotImplementedError):
    """No kernel of that name on the chosen backend."""


class BackendError(GlbackendError, RuntimeError):
    """A backend that cannot be used: no OpenGL context, an unknown name, a context from before a fork."""


class ContextLostError(BackendError):
    """The OpenGL context stopped working."""


class ShaderError(BackendError):
    """A shader that does not compile or link; the message names file and line."""

    longest = 20_000  # the driver's log


class GLMemoryError(BackendError, MemoryError):
    """A texture over the limits of the driver or of the memory budget."""


class HostMemoryError(GlbackendError, MemoryError):
    """An array that the host's memory does not hold."""


class GradientError(GlbackendError, ValueError):
    """A gradient that does not exist or cannot be taken."""


class TraceError(GlbackendError, RuntimeError):
    """A traced function that asks for what a trace does not have: the values of its tensors."""


class GraphWarning(UserWarning):
    """A captured function that is traced more often than need be."""


class ModelFormatError(GlbackendError, ValueError):
    """A model file that cannot be read; the message names the file."""


class DataFormatError(GlbackendError, ValueError):
    """A file of data that cannot be read; the message names the file, and the line where it has lines."""


class DeviceError(GlbackendError, RuntimeError):
    """A camera or a microphone that is not there, or gives nothing."""


class FetchError(GlbackendError, ConnectionError):
    """A file that its server does not give; the message names the address and what came."""


class UnreachableError(FetchError):
    """A server that does not answer, or breaks off, however often it is asked."""


class MissingPackageError(GlbackendError, ImportError):
    """An optional package that is not installed; the message has the line that installs it."""


def user_line() -> str:
    """File and line of the innermost call from outside glbackend, for messages: "train.py:12"."""
    frame, _ = _user_frame()
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"


def warn_user(message: str, category: type[Warning] = UserWarning) -> None:
    """Warns at the innermost call from outside glbackend."""
    warnings.warn(message, category, stacklevel=_user_frame()[1])


_said: set[str] = set()


def warn_once(message: str) -> None:
    """As `warn_user`, the first time alone that this message comes in the process."""
    if message not in _said:
        _said.add(message)
        warnings.warn(message, UserWarning, stacklevel=_user_frame()[1])


def _user_frame() -> tuple[FrameType, int]:
    """The innermost frame from outside glbackend, and how far out it lies for the caller of this one."""
    frame, level = sys._getframe(2), 2
    while frame.f_back is not None and frame.f_code.co_filename.startswith(PACKAGE):
        frame, level = frame.f_back, level + 1
    return frame, level

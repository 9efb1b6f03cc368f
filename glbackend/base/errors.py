"""Every error that glbackend raises on purpose, in one small tree.

Each class also derives from the builtin that a Python user would catch for that fault (ValueError, TypeError, ...).
"""


class GlbackendError(Exception):
    """Base of all errors raised on purpose by glbackend."""


class ShapeError(GlbackendError, ValueError):
    """Shapes, axes or sizes that do not fit an op."""


class DtypeError(GlbackendError, TypeError):
    """A dtype that an op does not take, or a value that its dtype cannot hold."""


class ArgumentError(GlbackendError, ValueError):
    """An argument outside its legal values."""


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


class GLMemoryError(BackendError, MemoryError):
    """A texture over the limits of the driver or of the memory budget."""


class GradientError(GlbackendError, ValueError):
    """A gradient that does not exist or cannot be taken."""


class ModelFormatError(GlbackendError, ValueError):
    """A model file that cannot be read; the message names the file."""

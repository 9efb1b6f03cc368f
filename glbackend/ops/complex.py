"""Complex tensors from real ones and back. Gradients are those of the real and the imaginary part, a + bi."""

from glbackend.base.dtypes import DType
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.create import zeros_like
from glbackend.ops.logical import where
from glbackend.ops.op import op, run

NUMBERS: tuple[DType, ...] = ("int32", "bool")


def _float(x: TensorLike, name: str) -> Tensor:
    tensor = as_tensor(x, name, "complex")
    return tensor.cast("float32") if tensor.dtype in NUMBERS else tensor


@op()
def complex(real: TensorLike, imag: TensorLike) -> Tensor:
    """The complex64 tensor `real` + i `imag`, of two real tensors of one shape. As `tf.complex`.

    int32 and bool are cast to float32. Raises ShapeError where the shapes differ, DtypeError for parts that
    are complex or text.

    >>> complex([1., 2.], [3., 4.]).numpy().tolist()
    [(1+3j), (2+4j)]
    """
    return run("Complex", {"real": _float(real, "real"), "imag": _float(imag, "imag")})


@gradient("Complex", wrt="real")
def complex_dreal(dy: Tensor) -> Tensor:
    """The real part."""
    return real(dy)


@gradient("Complex", wrt="imag")
def complex_dimag(dy: Tensor) -> Tensor:
    """The imaginary part."""
    return imag(dy)


@op()
def real(input: TensorLike) -> Tensor:
    """The real part of `input`, a complex64 tensor, as float32. As `tf.real`.

    Raises DtypeError for any other dtype.

    >>> real(complex([1., 2.], [3., 4.])).numpy().tolist()
    [1.0, 2.0]
    """
    return run("Real", {"input": as_tensor(input, "input", "real")})


@gradient("Real", wrt="input")
def real_dinput(dy: Tensor) -> Tensor:
    """The gradient itself, as a real part."""
    return complex(dy, zeros_like(dy))


@op()
def imag(input: TensorLike) -> Tensor:
    """The imaginary part of `input`, a complex64 tensor, as float32. As `tf.imag`.

    Raises DtypeError for any other dtype.

    >>> imag(complex([1., 2.], [3., 4.])).numpy().tolist()
    [3.0, 4.0]
    """
    return run("Imag", {"input": as_tensor(input, "input", "imag")})


@gradient("Imag", wrt="input")
def imag_dinput(dy: Tensor) -> Tensor:
    """The gradient itself, as an imaginary part."""
    return complex(zeros_like(dy), dy)


@gradient("ComplexAbs", wrt="x")
def complex_abs_dx(dy: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """dy in the direction of x; 0 at 0, as in TensorFlow."""
    share = dy / where(y.equal(0.0), 1.0, y)
    return complex(share * real(x), share * imag(x))

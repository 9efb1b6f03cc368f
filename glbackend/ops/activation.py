"""Activations."""

from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor, register_method
from glbackend.ops.elementwise import unary
from glbackend.ops.logits import remember
from glbackend.ops.op import op, run


@op()
def relu(x: TensorLike) -> Tensor:
    """The larger of `x` and 0, in the shape and dtype of x; NaN stays NaN. As `tf.relu`.

    >>> relu([-1., 2.]).numpy().tolist()
    [0.0, 2.0]
    """
    return unary("Relu", "relu", x)


@op()
def relu6(x: TensorLike) -> Tensor:
    """`x` held between 0 and 6, in the shape and dtype of x; NaN stays NaN. As `tf.relu6`.

    >>> relu6([-1., 2., 9.]).numpy().tolist()
    [0.0, 2.0, 6.0]
    """
    return unary("Relu6", "relu6", x)


@op()
def leaky_relu(x: TensorLike, alpha: float = 0.2) -> Tensor:
    """`x` where it is positive, else `alpha` (a number) times x; float32. As `tf.leakyRelu`.

    >>> leaky_relu([-2., 2.], 0.5).numpy().tolist()
    [-1.0, 2.0]
    """
    return unary("LeakyRelu", "leaky_relu", x, alpha=alpha)


@op()
def prelu(x: TensorLike, alpha: TensorLike) -> Tensor:
    """`x` where it is positive, else `alpha` times x; float32. As `tf.prelu`.

    `alpha` is a tensor that broadcasts with x, for example a number for each channel.

    >>> prelu([-2., -2.], [0.5, 0.25]).numpy().tolist()
    [-1.0, -0.5]
    """
    slope = as_tensor(alpha, "alpha", "prelu")
    return run("Prelu", {"x": as_tensor(x, "x", "prelu"), "alpha": slope})


@op()
def elu(x: TensorLike) -> Tensor:
    """`x` where it is positive, else exp(x) - 1; float32. As `tf.elu`.

    >>> elu([0., 2.]).numpy().tolist()
    [0.0, 2.0]
    """
    return unary("Elu", "elu", x)


@op()
def selu(x: TensorLike) -> Tensor:
    """1.0507 * `x` where x is positive, else 1.7581 * (exp(x) - 1); float32. As `tf.selu`.

    >>> selu([0.]).numpy().tolist()
    [0.0]
    """
    return unary("Selu", "selu", x)


@op()
def sigmoid(x: TensorLike) -> Tensor:
    """1 / (1 + exp(-x)) for each element of `x`, float32. As `tf.sigmoid`.

    >>> sigmoid([0.]).numpy().tolist()
    [0.5]
    """
    given = as_tensor(x, "x", "sigmoid")
    return remember(unary("Sigmoid", "sigmoid", given), "sigmoid", given)


@op()
def log_sigmoid(x: TensorLike) -> Tensor:
    """log(sigmoid(x)) for each element of `x`, float32, accurate for large x of either sign.

    As `tf.logSigmoid`.

    >>> log_sigmoid([-100.]).numpy().tolist()
    [-100.0]
    """
    return -softplus(-as_tensor(x, "x", "log_sigmoid"))


@op()
def softplus(x: TensorLike) -> Tensor:
    """log(1 + exp(x)) for each element of `x`, float32. As `tf.softplus`.

    >>> softplus([100.]).numpy().tolist()
    [100.0]
    """
    return unary("Softplus", "softplus", x)


@op()
def step(x: TensorLike, alpha: float = 0.0) -> Tensor:
    """1 where `x` is positive, else `alpha`, in the shape and dtype of x; NaN stays NaN. As `tf.step`.

    >>> step([-2., 2.]).numpy().tolist()
    [0.0, 1.0]
    """
    return unary("Step", "step", x, alpha=alpha)


def _relu_grad(gradients: Tensor, features: Tensor) -> Tensor:
    return run("ReluGrad", {"gradients": gradients, "features": features})


def _sigmoid_grad(gradients: Tensor, outputs: Tensor) -> Tensor:
    return run("SigmoidGrad", {"gradients": gradients, "outputs": outputs})


def _tanh_grad(gradients: Tensor, outputs: Tensor) -> Tensor:
    return run("TanhGrad", {"gradients": gradients, "outputs": outputs})


# For the table's gradients, which use Tensor methods only.
register_method("relu_grad", _relu_grad)
register_method("sigmoid_grad", _sigmoid_grad)
register_method("tanh_grad", _tanh_grad)

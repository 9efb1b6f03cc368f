"""More of gradients: `stop_gradient`, `vjp`, `jacobian`."""

from collections.abc import Callable
from typing import Any

from glbackend.base.calling import checked
from glbackend.base.errors import GradientError
from glbackend.engine.autodiff import recorded
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.gradient_tape import jacobians
from glbackend.engine.tape import backward
from glbackend.engine.tensor import Tensor


@checked
def stop_gradient(x: TensorLike) -> Tensor:
    """The same values, through which no gradient goes. As `tf.stop_gradient` of TensorFlow; TF.js has none.

    `x`: a tensor; the result shares its data.

    >>> import glbackend as gl
    >>> gl.grad(lambda x: x * gl.stop_gradient(x))(gl.tensor(3.)).item()
    3.0
    """
    return Tensor(as_tensor(x, "x", "stop_gradient").handle)


@checked
def vjp(f: Callable[..., Tensor], *args: TensorLike) -> tuple[Tensor, Callable[..., list[Tensor | None]]]:
    """The value of `f(*args)`, and the function that takes dy back to gradients. As `jax.vjp`; not in TF.js.

    `f`: a function of tensors that gives a tensor. `args`: its arguments, float32.

    The function may be called often, `back(dy)` with a dy of the value's shape; it gives a list with a
    gradient for each argument, None for one on which the value does not depend.

    >>> import glbackend as gl
    >>> value, back = gl.vjp(lambda a, b: a * b, 2., 3.)
    >>> value.item(), [one.item() for one in back(10.)]
    (6.0, [30.0, 20.0])
    """
    inputs, y, nodes = recorded(f, args, "vjp")

    def back(dy: TensorLike) -> list[Tensor | None]:
        seed = as_tensor(dy, "dy", "vjp")
        if seed.shape != y.shape:
            raise GradientError(
                f"vjp: dy has shape {list(seed.shape)}, the function's result {list(y.shape)}"
            )
        found = backward(nodes, {y.id: seed}, {x.id for x in inputs})
        return [found.get(x.id) for x in inputs]

    return y, back


@checked
def jacobian(f: Callable[..., Tensor]) -> Callable[..., Any]:
    """The function that gives the derivative of each element of `f(*args)` by each element of `args`.

    `f`: a function of tensors that gives a tensor.

    For one argument it gives a tensor of the result's shape, then the argument's; for several a list of
    them. It costs a walk backwards for each element of the result. GradientError where the result does not
    depend on an argument. As `jax.jacrev`; TF.js has none.

    >>> import glbackend as gl
    >>> gl.jacobian(lambda x: x * x)(gl.tensor([1., 2.])).numpy().tolist()
    [[2.0, 0.0], [0.0, 4.0]]
    """

    def run(*args: TensorLike) -> Any:
        inputs, y, nodes = recorded(f, args, "jacobian")
        found = jacobians(nodes, y, inputs)
        missing = [str(i) for i, one in enumerate(found) if one is None]
        if missing:
            raise GradientError(f"jacobian: the result does not depend on argument {', '.join(missing)}")
        return found[0] if len(args) == 1 else found

    return run

"""A gradient of one's own: log(1 + exp(x)), whose automatic derivative overflows where the true one is 1.

python examples/custom_gradient.py
"""

from collections.abc import Callable

import glbackend as gl


def plain(x: gl.Tensor) -> gl.Tensor:
    """Straight from the textbook: exp overflows, and infinity / infinity is not a number."""
    return (x.exp() + 1).log()


@gl.custom_grad
def stable(x: gl.Tensor) -> tuple[gl.Tensor, Callable[[gl.Tensor], gl.Tensor]]:
    """The value without overflow, and a function from the gradient of the result to that of x."""
    value = gl.maximum(x, 0) + plain(-x.abs())
    return value, lambda dy: dy * x.sigmoid()


x = gl.tensor([-2.0, 0.0, 2.0, 100.0])
print("automatic:", gl.grad(lambda x: plain(x).sum())(x).numpy())
print("custom:   ", gl.grad(lambda x: stable(x).sum())(x).numpy())

# The gradient itself is made of tensor operations, so it can be differentiated again.
second = gl.grad(lambda x: gl.grad(lambda x: stable(x).sum())(x).sum())(x)
print("second:   ", second.numpy())

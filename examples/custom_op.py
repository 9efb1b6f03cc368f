"""An op of one's own from one GLSL expression: it broadcasts, has a gradient, and one call checks it.

python examples/custom_op.py
"""

import numpy as np

import glbackend as gl
from glbackend.testing.custom import check_op

# A bump of width `width` around 0, and what it looks like to NumPy and to the chain rule.
bump = gl.custom_op(
    "bump",
    "width * width / (x * x + width * width)",
    attrs={"width": 1.0},
    numpy=lambda x, width: width * width / (x * x + width * width),
    grad=lambda dy, x, y, *, width: dy * y.square() * x * (-2 / width**2),
)

x = gl.tensor([-2.0, -1.0, 0.0, 1.0, 2.0])
print("bump:    ", bump(x).numpy())
print("narrower:", bump(x, width=0.5).numpy())
print("slope:   ", gl.grad(lambda x: bump(x).sum())(x).numpy())

# One call: webgl against NumPy, the gradient against finite differences.
check_op(bump, np.linspace(-3, 3, 7, dtype="float32"))
print("checked")

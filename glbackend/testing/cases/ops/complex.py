"""Cases of complex numbers. Gradients are checked by their real inputs, which `complex` puts together."""

import numpy as np

from glbackend.engine.tensor import Tensor
from glbackend.ops.complex import complex, imag, real
from glbackend.ops.concat import concat, stack
from glbackend.ops.elementary import abs
from glbackend.ops.slice import slice
from glbackend.testing.case import case
from glbackend.testing.sample import complex_normal, normal, uniform

EXTREME = np.array(
    [3e38 + 1e38j, 1e-30 - 3e-30j, 0, 1e20, -1e-25j, np.inf + 1j, np.nan + 1j, np.inf + np.nan * 1j, 5],
    np.complex64,
)


def _norm(z: Tensor) -> Tensor:
    """A real tensor that depends on both parts alike."""
    return real(z) * real(z) + imag(z) * 0.5


def _product(a: Tensor, b: Tensor, c: Tensor, d: Tensor) -> Tensor:
    return _norm(complex(a, b) * complex(c, d))


CASES = [
    case(
        "Complex", "odd", lambda a, b: _norm(complex(a, b)), normal(3, 5), normal(3, 5, seed=1), grad=(0, 1)
    ),
    case("Complex", "scalar", complex, normal(), normal(seed=1)),
    case("Complex", "empty", complex, normal(0, 3), normal(0, 3)),
    case("Real", "odd", lambda a, b: real(complex(a, b)).square(), normal(7), normal(7, seed=1), grad=(0,)),
    case("Real", "host", real, complex_normal(2, 3, 6)),
    case("Imag", "odd", lambda a, b: imag(complex(a, b)).square(), normal(7), normal(7, seed=1), grad=(1,)),
    case("Imag", "host", imag, complex_normal(2, 3, 6)),
    case(
        "ComplexAbs", "odd", lambda a, b: abs(complex(a, b)), uniform(0.3, 2, 3, 5), normal(3, 5), grad=(0, 1)
    ),
    case("ComplexAbs", "even", abs, complex_normal(4, 8)),
    case("ComplexAbs", "extreme", abs, EXTREME),
    case("ComplexAbs", "empty", abs, complex_normal(2, 0)),
    case(
        "Multiply", "complex_gradient", _product, *(normal(2, 3, seed=i) for i in range(4)), grad=(0, 1, 2, 3)
    ),
    case(
        "Multiply",
        "complex_broadcast",
        lambda a, b, c: _norm(complex(a, b) * c),
        *(normal(2, 3), normal(2, 3, seed=1), normal(1, 3)),
        grad=(0, 2),
    ),
    case(
        "Add",
        "complex_broadcast",
        lambda a, b, c: _norm(complex(a, b) + complex(c, c)),
        *(normal(2, 3), normal(2, 3, seed=1), normal(2, 1)),
        grad=(1, 2),
    ),
    case(
        "Slice",
        "complex_gradient",
        lambda a, b: _norm(slice(complex(a, b), [0, 1], [2, 3])),
        *(normal(3, 5), normal(3, 5, seed=1)),
        grad=(0, 1),
    ),
    case(
        "Concat",
        "complex_gradient",
        lambda a, b: _norm(concat([complex(a, b), complex(b, a)], 1)),
        *(normal(3, 2), normal(3, 2, seed=1)),
        grad=(0, 1),
    ),
    case(
        "Pack",
        "complex_gradient",
        lambda a, b: _norm(stack([complex(a, b), complex(b, a)])),
        *(normal(3, 2), normal(3, 2, seed=1)),
        grad=(0, 1),
    ),
    case(
        "Cast", "to_complex view", lambda a: _norm(a.cast("complex64") * complex(a, a)), normal(5), grad=(0,)
    ),
]

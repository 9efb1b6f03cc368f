"""Activations: functions on tensors that layers take by name, as TF.js (hardSigmoid) or Keras spells it."""

from typing import Any

from glbackend.base.maker import KERAS_3, maker
from glbackend.engine.tape import nothing_recorded
from glbackend.engine.tensor import Tensor
from glbackend.layers.activating import ACTIVATIONS as ACTIVATIONS
from glbackend.layers.activating import Activation as Activation
from glbackend.layers.activating import activation
from glbackend.layers.keras import is_hard_sigmoid
from glbackend.ops.create import range_
from glbackend.table.fusable import ACTIVATIONS as FUSABLE


@activation()
def linear(x: Tensor) -> Tensor:
    """`x` itself. As TF.js's `linear`.

    >>> import glbackend as gl
    >>> linear(gl.tensor([-1., 2.])).numpy().tolist()
    [-1.0, 2.0]
    """
    return x


@activation()
def elu(x: Tensor) -> Tensor:
    """`x` where positive, else e^x - 1 (Clevert et al. 2015). As TF.js's `elu`.

    >>> import glbackend as gl
    >>> elu(gl.tensor([-100., 2.])).numpy().tolist()
    [-1.0, 2.0]
    """
    return x.elu()


@activation()
def selu(x: Tensor) -> Tensor:
    """`elu` of `x`, scaled so that it normalises itself (Klambauer et al. 2017). As TF.js's `selu`.

    >>> import glbackend as gl
    >>> selu(gl.tensor([0., 1.])).numpy().round(3).tolist()
    [0.0, 1.0509999990463257]
    """
    return x.selu()


@activation()
def relu(x: Tensor) -> Tensor:
    """The larger of `x` and 0. As TF.js's `relu`.

    >>> import glbackend as gl
    >>> relu(gl.tensor([-1., 2.])).numpy().tolist()
    [0.0, 2.0]
    """
    return x.relu()


@activation()
def relu6(x: Tensor) -> Tensor:
    """`x` cut to [0, 6]. As TF.js's `relu6`.

    >>> import glbackend as gl
    >>> relu6(gl.tensor([-1., 2., 8.])).numpy().tolist()
    [0.0, 2.0, 6.0]
    """
    return x.relu6()


@activation()
def sigmoid(x: Tensor) -> Tensor:
    """1 / (1 + e^-x) for each value of `x`. As TF.js's `sigmoid`.

    >>> import glbackend as gl
    >>> sigmoid(gl.tensor([0.])).item()
    0.5
    """
    return x.sigmoid()


@activation()
def hard_sigmoid(x: Tensor) -> Tensor:
    """0.2 x + 0.5 cut to [0, 1] for each value of `x`, as in Keras 2 and TF.js (`hardSigmoid`).

    Files of Keras 3 mean `hard_sigmoid_keras3` by that name.

    >>> import glbackend as gl
    >>> hard_sigmoid(gl.tensor([-9., 0., 9.])).numpy().tolist()
    [0.0, 0.5, 1.0]
    """
    return (x * 0.2 + 0.5).clip_by_value(0.0, 1.0)


@activation()
def hard_sigmoid_keras3(x: Tensor) -> Tensor:
    """x / 6 + 0.5 cut to [0, 1] for each value of `x`: what Keras 3's `hard_sigmoid` is.

    >>> import glbackend as gl
    >>> hard_sigmoid_keras3(gl.tensor([-9., 0., 1.5])).numpy().tolist()
    [0.0, 0.5, 0.75]
    """
    return (x * (1 / 6) + 0.5).clip_by_value(0.0, 1.0)


@activation()
def softplus(x: Tensor) -> Tensor:
    """log(1 + e^x) for each value of `x`. As TF.js's `softplus`.

    >>> import glbackend as gl
    >>> softplus(gl.tensor([100.])).item()
    100.0
    """
    return x.softplus()


@activation()
def softsign(x: Tensor) -> Tensor:
    """x / (1 + |x|) for each value of `x`. As TF.js's `softsign`.

    >>> import glbackend as gl
    >>> softsign(gl.tensor([-1., 3.])).numpy().tolist()
    [-0.5, 0.75]
    """
    return x / (x.abs() + 1.0)


@activation()
def tanh(x: Tensor) -> Tensor:
    """The hyperbolic tangent of `x`. As TF.js's `tanh`.

    >>> import glbackend as gl
    >>> tanh(gl.tensor([0.])).item()
    0.0
    """
    return x.tanh()


@activation()
def softmax(x: Tensor) -> Tensor:
    """e^x scaled to sum 1 along the last axis of `x`. As TF.js's `softmax`.

    >>> import glbackend as gl
    >>> softmax(gl.tensor([3., 3.])).numpy().tolist()
    [0.5, 0.5]
    """
    return x.softmax()


@activation()
def log_softmax(x: Tensor) -> Tensor:
    """The logarithm of the `softmax` of `x`. As TF.js's `logSoftmax`.

    >>> import glbackend as gl
    >>> log_softmax(gl.tensor([0., -200.])).numpy().tolist()
    [0.0, -200.0]
    """
    return x.log_softmax()


@activation("silu")
def swish(x: Tensor) -> Tensor:
    """x sigmoid(x) for each value of `x` (Ramachandran et al. 2017). As TF.js's `swish`, Keras's `silu`.

    >>> import glbackend as gl
    >>> swish(gl.tensor([-100., 100.])).numpy().tolist()
    [-0.0, 100.0]
    """
    return x * x.sigmoid()


silu = swish  # Keras's name


@activation()
def mish(x: Tensor) -> Tensor:
    """x tanh(softplus(x)) for each value of `x` (Misra 2019). As TF.js's `mish`.

    >>> import glbackend as gl
    >>> mish(gl.tensor([0., 100.])).numpy().tolist()
    [0.0, 100.0]
    """
    return x * x.softplus().tanh()


@activation()
def gelu(x: Tensor) -> Tensor:
    """x times the share of a normal distribution below `x` (Hendrycks and Gimpel 2016). As TF.js's `gelu`.

    >>> import glbackend as gl
    >>> gelu(gl.tensor([-100., 100.])).numpy().tolist()
    [-0.0, 100.0]
    """
    return x * 0.5 * ((x * 0.7071067811865476).erf() + 1.0)


@activation()
def gelu_new(x: Tensor) -> Tensor:
    """`gelu` of `x` by its approximation with tanh. As TF.js's `gelu_new`, Keras's `gelu(approximate=True)`.

    >>> import glbackend as gl
    >>> gelu_new(gl.tensor([-100., 100.])).numpy().tolist()
    [-0.0, 100.0]
    """
    return x * 0.5 * (((x * x * x * 0.044715 + x) * 0.7978845608028654).tanh() + 1.0)


@activation()
def exponential(x: Tensor) -> Tensor:
    """e^x for each value of `x`. As Keras's `exponential`.

    >>> import glbackend as gl
    >>> exponential(gl.tensor([0., -200.])).numpy().tolist()
    [1.0, 0.0]
    """
    return x.exp()


@activation()
def leaky_relu(x: Tensor) -> Tensor:
    """`x` where positive, else 0.2 x (Maas et al. 2013). As Keras 3's `leaky_relu`.

    >>> import glbackend as gl
    >>> leaky_relu(gl.tensor([-10., 2.])).numpy().tolist()
    [-2.0, 2.0]
    """
    return x.leaky_relu(0.2)


@activation()
def celu(x: Tensor) -> Tensor:
    """`elu` of `x`, of which it is the form with alpha 1 (Barron 2017). As Keras 3's `celu`.

    >>> import glbackend as gl
    >>> celu(gl.tensor([-100., 2.])).numpy().tolist()
    [-1.0, 2.0]
    """
    return x.elu()


@activation()
def glu(x: Tensor) -> Tensor:
    """The first half of the last axis of `x` times the sigmoid of the second. As Keras 3's `glu`.

    ShapeError where that axis is odd (Dauphin et al. 2017).

    >>> import glbackend as gl
    >>> glu(gl.tensor([3., 100.])).numpy().tolist()
    [3.0]
    """
    first, second = x.split(2, -1)
    return first * second.sigmoid()


@activation("hard_swish")
def hard_silu(x: Tensor) -> Tensor:
    """`x` times x / 6 + 0.5 cut to [0, 1] (Howard et al. 2019). As Keras 3's `hard_silu`.

    >>> import glbackend as gl
    >>> hard_silu(gl.tensor([-3., 3.])).numpy().tolist()
    [-0.0, 3.0]
    """
    return x * (x / 6.0 + 0.5).clip_by_value(0.0, 1.0)


@activation()
def hard_tanh(x: Tensor) -> Tensor:
    """`x` cut to [-1, 1]. As Keras 3's `hard_tanh`.

    >>> import glbackend as gl
    >>> hard_tanh(gl.tensor([-3., 0.5])).numpy().tolist()
    [-1.0, 0.5]
    """
    return x.clip_by_value(-1.0, 1.0)


@activation()
def hard_shrink(x: Tensor) -> Tensor:
    """`x` where |x| > 0.5, else 0. As Keras 3's `hard_shrink`.

    >>> import glbackend as gl
    >>> hard_shrink(gl.tensor([-0.5, 0.75])).numpy().tolist()
    [0.0, 0.75]
    """
    return x.where(x.abs() > 0.5, 0.0)


@activation()
def soft_shrink(x: Tensor) -> Tensor:
    """`x` brought nearer to 0 by 0.5, or 0. As Keras 3's `soft_shrink`.

    >>> import glbackend as gl
    >>> soft_shrink(gl.tensor([-0.5, 0.75])).numpy().tolist()
    [0.0, 0.25]
    """
    return x - x.clip_by_value(-0.5, 0.5)


@activation()
def tanh_shrink(x: Tensor) -> Tensor:
    """x - tanh(x) for each value of `x`. As Keras 3's `tanh_shrink`.

    >>> import glbackend as gl
    >>> tanh_shrink(gl.tensor([0., 100.])).numpy().tolist()
    [0.0, 99.0]
    """
    return x - x.tanh()


@activation()
def log_sigmoid(x: Tensor) -> Tensor:
    """The logarithm of the `sigmoid` of `x`. As Keras 3's `log_sigmoid`.

    >>> import glbackend as gl
    >>> log_sigmoid(gl.tensor([-100.])).numpy().tolist()
    [-100.0]
    """
    return x.log_sigmoid()


@activation()
def squareplus(x: Tensor) -> Tensor:
    """(x + sqrt(x^2 + 4)) / 2 for each value of `x` (Barron 2021). As Keras 3's `squareplus`.

    >>> import glbackend as gl
    >>> squareplus(gl.tensor([0.])).numpy().tolist()
    [1.0]
    """
    return (x + (x.square() + 4.0).sqrt()) * 0.5


@activation()
def sparse_plus(x: Tensor) -> Tensor:
    """0 for `x` up to -1, (x + 1)^2 / 4 up to 1, x beyond. As Keras 3's `sparse_plus`.

    >>> import glbackend as gl
    >>> sparse_plus(gl.tensor([-2., 0., 2.])).numpy().tolist()
    [0.0, 0.25, 2.0]
    """
    return x.where(x >= 1.0, (x.clip_by_value(-1.0, 1.0) + 1.0).square() * 0.25)


@activation()
def sparse_sigmoid(x: Tensor) -> Tensor:
    """0.5 x + 0.5 cut to [0, 1], for each value of `x`. As Keras 3's `sparse_sigmoid`.

    >>> import glbackend as gl
    >>> sparse_sigmoid(gl.tensor([-2., 0.5])).numpy().tolist()
    [0.0, 0.75]
    """
    return (x * 0.5 + 0.5).clip_by_value(0.0, 1.0)


@activation()
def sparsemax(x: Tensor) -> Tensor:
    """The nearest point of the simplex to `x`, along the last axis. As Keras 3's `sparsemax`.

    Martins and Astudillo 2016.

    >>> import glbackend as gl
    >>> sparsemax(gl.tensor([0.5, 0., -1.])).numpy().tolist()
    [0.75, 0.25, 0.0]
    """
    with nothing_recorded():  # which elements stay positive
        descending = x.topk(x.shape[-1]).values
        counts = range_(1.0, x.shape[-1] + 1.0)
        stays = descending * counts > descending.cumsum(-1) - 1.0
        least = descending.where(stays, float("inf")).min(-1, True)
        chosen = x >= least
    surplus = (x.where(chosen, 0.0).sum(-1, True) - 1.0) / chosen.cast("float32").sum(-1, True)
    return (x - surplus).relu()


def get(activation: Any) -> Activation:
    """The activation of a name, or the function itself; `linear` for None. Files mean what their maker does.

    >>> get("hardSigmoid") is hard_sigmoid, get(None) is linear
    (True, True)
    """
    if is_hard_sigmoid(activation):
        return hard_sigmoid
    found = linear if activation is None else ACTIVATIONS.get(activation)
    return hard_sigmoid_keras3 if found is hard_sigmoid and maker() == KERAS_3 else found


def split(activation: Activation | None) -> tuple[str, Activation]:
    """The activation in two: the name of what rides along in a product's kernel, and what comes after it.

    >>> split(relu)[0], split(tanh) == ("linear", tanh)
    ('relu', True)
    """
    known = activation or linear  # a user sets None on a layer to see what it gives without
    return _RIDING.get(known, ("linear", known))


# leakyrelu and prelu have an operand or a number beside x, and losses go back to what sigmoid is applied to
_ALONE = FUSABLE.keys() - {"leakyrelu", "prelu", "sigmoid"}
_RIDING: dict[Activation, tuple[str, Activation]] = {ACTIVATIONS.get(one): (one, linear) for one in _ALONE}

"""Gradient checkpointing with the random numbers of the first run."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from glbackend.base.calling import explained
from glbackend.base.mode import in_training, training_is
from glbackend.engine.recompute import run_recomputed
from glbackend.ops.op import op
from glbackend.ops.random import Draws


@op(method=False)
def recompute(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function that gives what `f` gives, but keeps nothing of it for its gradient but the arguments.

    `f`: a function of tensors, a layer or a model, whose results are tensors, nested as it likes.

    For the gradient it runs once more, with the same random numbers and with the variables as they were; what
    it assigns counts once. A net in pieces of about the root of its depth holds far fewer tensors at a time
    and costs one forward run more (Chen et al. 2016). As Keras's `remat`, TensorFlow's `recompute_grad`.

    >>> import glbackend as gl
    >>> deep = gl.recompute(lambda x: x.sin().exp())
    >>> round(gl.grad(deep)(gl.tensor(0.)).item(), 3)
    1.0
    """

    @wraps(f, updated=())
    def run(*args: Any, **options: Any) -> Any:
        draws, training = Draws(), in_training.get()

        def told(*given: Any, **named: Any) -> Any:
            with training_is(training):  # as now, when it runs again
                return f(*given, **named)

        return run_recomputed(told, args, options, draws.noted, draws.repeated)

    return run


@explained
def checkpoint(f: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """`recompute(f)(*args, **options)`. As PyTorch's `torch.utils.checkpoint`; TF.js and Keras have it not.

    `f`: a function of tensors. `args`, `options`: its arguments.

    >>> import glbackend as gl
    >>> gl.grad(lambda x: gl.checkpoint(gl.square, x))(gl.tensor(3.)).item()
    6.0
    """
    return recompute(f)(*args, **options)

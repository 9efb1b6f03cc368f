"""Ops that repeat a tensor: tile, broadcast_to."""

from glbackend.base.errors import ShapeError
from glbackend.base.shapes import ShapeLike, Spec, broadcast_shapes, check_shape, dims_of
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import METHODS, Tensor
from glbackend.ops.op import op, run


@op()
def tile(x: TensorLike, reps: ShapeLike) -> Tensor:
    """`x` repeated `reps[i]` times along each axis i.

    Any dtype. Raises ShapeError where `reps` has not one number for each axis. As `tf.tile`.

    >>> tile([1., 2.], [2]).numpy().tolist()
    [1.0, 2.0, 1.0, 2.0]
    """
    return run("Tile", {"x": as_tensor(x, "x", "tile")}, reps=dims_of(reps))


@gradient("Tile", wrt="x")
def tile_dx(dy: Tensor, x_spec: Spec, *, reps: tuple[int, ...]) -> Tensor:
    """The sum over the repetitions."""
    shape: list[int] = []
    axes: list[int] = []
    for n, count in zip(x_spec.shape, reps, strict=True):
        if count != 1:
            axes.append(len(shape))
            shape.append(count)
        shape.append(n)
    return METHODS["sum"](METHODS["reshape"](dy, shape), axes) if axes else dy


@op()
def broadcast_to(x: TensorLike, shape: ShapeLike) -> Tensor:
    """`x` repeated so that it has `shape`, by the rules of broadcasting.

    Any dtype. Raises ShapeError where x does not broadcast to `shape`. As `tf.broadcastTo`.

    >>> broadcast_to([1., 2.], [2, 2]).numpy().tolist()
    [[1.0, 2.0], [1.0, 2.0]]
    """
    tensor, wanted = as_tensor(x, "x", "broadcast_to"), check_shape(dims_of(shape), "broadcast_to")
    if broadcast_shapes(tensor.shape, wanted, "broadcast_to") != wanted:
        raise ShapeError(f"broadcast_to: shape {list(tensor.shape)} does not broadcast to {list(wanted)}")
    if tensor.shape == wanted:
        return METHODS["clone"](tensor)
    long = (1,) * (len(wanted) - tensor.rank) + tensor.shape
    reps = [n if dim == 1 else 1 for dim, n in zip(long, wanted, strict=True)]
    return tile(METHODS["reshape"](tensor, long), reps)

"""TensorScatterUpdate and SparseToDense as shaders, without scattering.

A first pass finds for each slice of the output the last update that goes there (by looking at all ids, or,
where that is long, by a bisection of the sorted ids); a second takes that update, or what was there before.
"""

import math

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.forms import holds_integers
from glbackend.backends.webgl.kernels.index import flat_ids, slice_texels
from glbackend.backends.webgl.kernels.sort import sorted_places
from glbackend.backends.webgl.plan.tiling import MAX_TURNS
from glbackend.base.shapes import Shape, Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

SORTING_READS = 100_000  # more take longer than sorting


def _last(webgl: WebGL, ids: Handle, slices: Shape) -> Handle:
    """The number of the last id that equals each slice's; -1 where there is none."""
    out, count = Spec(slices, "int32"), ids.size
    inputs = {"ids": ids}
    many = out.size * count // 16 > SORTING_READS or count > 4 * MAX_TURNS
    if many:
        inputs["ids"], inputs["places"] = sorted_places(webgl, ids.view((1, count)), 1, count)
    defines = {"SORTED": int(many)}
    found: Handle = webgl.draw("scatter_last", out, inputs, uniforms={"count": count}, defines=defines)
    return found


@kernel("TensorScatterUpdate", "webgl")
def tensor_scatter_update(
    webgl: WebGL,
    tensor: Handle,
    indices: Handle,
    updates: Handle,
    *,
    out: Spec,
    count: int,
    dims: Shape,
    strides: Shape,
) -> Handle:
    """Whole texels, but where the tuples address single elements; a tuple that points outside is dropped."""
    if not out.size or not count:
        return tensor.view(out.shape)
    inner = out.shape[len(dims) :]
    ids = flat_ids(webgl, indices, count, dims, strides)
    inputs = {
        "last": _last(webgl, ids, (math.prod(dims),) if inner else out.shape),
        "updates": updates.view((count, *inner)),
        "base": tensor,
    }
    defines = {
        "INTEGER": holds_integers(out.dtype),
        "ELEMENTS": int(not inner),
        "ONE_DEFAULT": 0,
        "ONE_VALUE": 0,
    }
    uniforms = {"inner": slice_texels(inner)} if inner else {}
    return webgl.draw("scatter_update", out, inputs, uniforms=uniforms, defines=defines)


@kernel("SparseToDense", "webgl")
def sparse_to_dense(
    webgl: WebGL,
    sparse_indices: Handle,
    sparse_values: Handle,
    default_value: Handle,
    *,
    out: Spec,
    count: int,
    dims: Shape,
    strides: Shape,
) -> Handle:
    """Lane by lane; a tuple that points outside is dropped."""
    integer = holds_integers(out.dtype)
    if not count or not out.size:
        return webgl.draw("spread", out, {"x": default_value}, defines={"INTEGER": integer})
    inputs = {
        "last": _last(webgl, flat_ids(webgl, sparse_indices, count, dims, strides), out.shape),
        "updates": sparse_values,
        "base": default_value,
    }
    one = int(sparse_values.shape == ())
    defines = {"INTEGER": integer, "ELEMENTS": 1, "ONE_DEFAULT": 1, "ONE_VALUE": one}
    return webgl.draw("scatter_update", out, inputs, defines=defines)

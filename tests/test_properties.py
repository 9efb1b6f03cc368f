"""Laws that hold for every shape: layout round trips, movement that undoes itself, broadcasting as NumPy."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import glbackend as gl
from glbackend.backends.webgl.gl.layout import layout_of, rounded_height, texture_size
from glbackend.base.naming import camel_case, snake_case
from glbackend.base.shapes import broadcast_axes, broadcast_shapes, collapse, row_major_strides
from glbackend.testing.check import Inspecting, using

fast = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
dims = st.integers(1, 6)
shapes = st.lists(st.integers(0, 5), min_size=0, max_size=6).map(tuple)
solid = st.lists(dims, min_size=1, max_size=5).map(tuple)


def values(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@fast
@given(shape=shapes, dtype=st.sampled_from(["float32", "int32", "bool"]))
def test_what_goes_up_comes_down(shape: tuple[int, ...], dtype: str, webgl: Inspecting) -> None:
    array = (values(shape) * 100).astype({"float32": np.float32, "int32": np.int32, "bool": np.bool_}[dtype])
    with using(webgl):
        t = gl.tensor(array)
        if array.size:
            with webgl.inner.context:
                webgl.inner.form(t.handle)
            t.handle.storage.host = None  # the texture alone holds it now
        np.testing.assert_array_equal(t.numpy(), array)


@fast
@given(shape=solid, data=st.data())
def test_reshape_keeps_the_order(shape: tuple[int, ...], data: st.DataObject, webgl: Inspecting) -> None:
    array = values(shape)
    flat = data.draw(st.sampled_from([d for d in range(1, array.size + 1) if array.size % d == 0]))
    with using(webgl):
        t = gl.tensor(array).neg()
        got = t.reshape((array.size // flat, flat)).neg().reshape(shape)
        np.testing.assert_array_equal(got.numpy(), array)


@fast
@given(shape=solid, data=st.data())
def test_transposing_back_restores(shape: tuple[int, ...], data: st.DataObject, webgl: Inspecting) -> None:
    order = tuple(data.draw(st.permutations(range(len(shape)))))
    back = tuple(order.index(i) for i in range(len(shape)))
    array = values(shape)
    with using(webgl):
        moved = gl.tensor(array).transpose(order)
        np.testing.assert_array_equal(moved.numpy(), array.transpose(order))
        np.testing.assert_array_equal(moved.transpose(back).numpy(), array)


@fast
@given(shape=st.lists(dims, min_size=1, max_size=4).map(tuple), data=st.data())
def test_slicing_a_pad_restores(shape: tuple[int, ...], data: st.DataObject, webgl: Inspecting) -> None:
    pads = [data.draw(st.tuples(st.integers(0, 3), st.integers(0, 3))) for _ in shape]
    array = values(shape)
    with using(webgl):
        padded = gl.tensor(array).pad(pads, 7.0)
        np.testing.assert_array_equal(padded.numpy(), np.pad(array, pads, constant_values=7.0))
        np.testing.assert_array_equal(padded.slice([low for low, _ in pads], shape).numpy(), array)


@fast
@given(shape=st.lists(dims, min_size=0, max_size=5).map(tuple), data=st.data())
def test_broadcasting_is_numpys(shape: tuple[int, ...], data: st.DataObject, webgl: Inspecting) -> None:
    def shrunk() -> tuple[int, ...]:
        kept = shape[data.draw(st.integers(0, len(shape))) :]
        return tuple(1 if data.draw(st.booleans()) else dim for dim in kept)

    a, b = values(shrunk(), 1), values(shrunk(), 2)
    with using(webgl):
        np.testing.assert_array_equal((gl.tensor(a) + gl.tensor(b)).numpy(), a + b)


@given(shape=st.lists(st.integers(1, 9), max_size=6).map(tuple), limit=st.sampled_from([64, 4096, 16384]))
def test_layouts_hold_every_texel(shape: tuple[int, ...], limit: int) -> None:
    layout = layout_of(shape, limit)
    assert layout.width & (layout.width - 1) == 0
    assert layout.width * layout.height >= layout.texels
    assert layout.width * (layout.height - 1) < max(layout.texels, 1)
    assert layout.height <= limit


@given(texels=st.integers(0, 2**27))
def test_texture_sizes(texels: int) -> None:
    width, height = texture_size(texels, 16384)
    assert width * height >= texels and height <= 16384
    assert height <= rounded_height(height) <= height + height // 4 + 1


@given(shape=st.lists(st.integers(1, 5), min_size=1, max_size=5).map(tuple), data=st.data())
def test_collapsing_walks_the_same(shape: tuple[int, ...], data: st.DataObject) -> None:
    source = tuple(1 if data.draw(st.booleans()) else dim for dim in shape)
    walk = tuple(0 if d == 1 else s for d, s in zip(source, row_major_strides(source), strict=True))
    joined, (steps,) = collapse(shape, walk)
    offsets = np.indices(shape).reshape(len(shape), -1).T @ np.array(walk)
    collapsed = np.indices(joined).reshape(len(joined), -1).T @ np.array(steps)
    np.testing.assert_array_equal(offsets, collapsed)


@given(shape=st.lists(st.integers(1, 4), max_size=4).map(tuple), data=st.data())
def test_broadcast_axes_undo_broadcasting(shape: tuple[int, ...], data: st.DataObject) -> None:
    small = tuple(1 if data.draw(st.booleans()) else dim for dim in shape)[
        data.draw(st.integers(0, len(shape))) :
    ]
    out = broadcast_shapes(small, shape, "test")
    summed = np.ones(out).sum(axis=broadcast_axes(small, out)).reshape(small)
    assert summed.size == np.prod(small, dtype=int)
    assert (summed == np.prod(out, dtype=int) / max(summed.size, 1)).all()


@given(words=st.lists(st.from_regex("[a-z]{2,6}", fullmatch=True), min_size=1, max_size=4))
def test_names_go_to_camel_case_and_back(words: list[str]) -> None:
    assert snake_case(camel_case("_".join(words))) == "_".join(words)


def test_a_shape_that_does_not_broadcast_is_named() -> None:
    with pytest.raises(gl.errors.ShapeError, match=r"\[2\] and \[3\] do not broadcast"):
        gl.tensor([1.0, 2.0]) + gl.tensor([1.0, 2.0, 3.0])

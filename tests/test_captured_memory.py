"""Memory of captured graphs on webgl: by lifetime, shared by all, drawn in turns, given back in time."""

import gc
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glbackend as gl
from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.captured import cutting, replay
from glbackend.backends.webgl.captured.arena import slots_of, texels
from glbackend.backends.webgl.captured.recorder import Cell, Copy, Drawn
from glbackend.backends.webgl.gl import pool
from glbackend.backends.webgl.gl.pool import TEXEL_BYTES
from glbackend.backends.webgl.plan.tiling import forced
from glbackend.engine.tensor import Tensor
from tests.test_captured import SIDE, square


def long(x: Tensor) -> Tensor:
    """Products one after the other: of each only the one before is needed."""
    for _ in range(12):
        x = x.matmul(x) * 0.01
    return x


def test_a_value_has_its_texture_while_it_is_needed(own: WebGL) -> None:
    captured, x = gl.function(long), square(0)
    wanted = long(x).numpy()
    for _ in range(3):
        np.testing.assert_array_equal(captured(x).numpy(), wanted)
    (plan,) = own.arena._plans
    of_one = [slot for slot in plan._slots.values() if slot.size[3] == 1]
    assert len(set(of_one)) == 2 and len(of_one) == 11


def test_all_graphs_share_one_arena(own: WebGL) -> None:
    """Ten of them hold what the largest holds."""
    x = square(0)

    def nth(i: int) -> Any:
        return gl.function(lambda x: long(x) + float(i))

    made = [nth(i) for i in range(10)]
    held = []
    for one in made:
        for _ in range(2):
            one(x)
        own.pool.collect_counts()
        held.append(own.memory()["num_bytes_in_textures"])
    assert held[0] == held[-1]
    del made, one
    gc.collect()
    assert own.memory()["num_bytes_in_textures"] < held[0]


def test_what_a_graph_lets_go_is_another_s(own: WebGL) -> None:
    """Textures that went back to the pool and were lent again are not drawn into by the next run."""
    captured, x = gl.function(long), square(0)
    wanted = captured(x).numpy()
    captured(x)
    (plan,) = own.arena._plans
    sizes = {slot.size for slot in plan._slots.values()}
    plan.unbind()
    with own.context:
        lent = [
            own.pool.take(width, height, kind, layers=layers, exact=True)
            for width, height, kind, layers in sizes
        ]
    used = own.memory()["num_bytes_in_textures"]
    np.testing.assert_array_equal(captured(x).numpy(), wanted)
    assert not {one.texture.name for one in plan.held} & {one.name for one in lent}
    grown = own.memory()["num_bytes_in_textures"] - used
    assert grown == sum(one.texture.nbytes for one in plan.held)
    for one in lent:
        one.give_back()


def drawn_one_after_the_other(*cells: Cell) -> list[Drawn]:
    """Each draw reads what the one before made."""
    return [
        draw_of(cell, *before) for cell, before in zip(cells, [(), *[(one,) for one in cells]], strict=False)
    ]


def draw_of(target: Cell, *read: Cell) -> Drawn:
    reads = {str(i): one for i, one in enumerate(read)}
    return Drawn(None, None, reads, {}, {}, [target], (0, 0, 1, 1), 0, [])  # type: ignore[arg-type]


def test_textures_stand_for_smaller_ones_of_their_kind() -> None:
    wide, between, high = (Cell((*size, "f4", 1)) for size in ((512, 100), (64, 64), (256, 140)))
    slots = slots_of(drawn_one_after_the_other(wide, between, high))
    assert slots[wide] == slots[high] and slots[high].size == (512, 140, "f4", 1)
    assert slots[between].size == (64, 64, "f4", 1)
    low, other, layers = Cell((128, 40, "f4[]", 4)), Cell((128, 40, "i4", 1)), Cell((128, 90, "f4[]", 8))
    slots = slots_of(drawn_one_after_the_other(low, other, layers))
    assert slots[low] == slots[layers] and slots[layers].size == (128, 90, "f4[]", 8)
    assert slots[other].size == (128, 40, "i4", 1)


def test_buffers_stand_for_any_with_fewer_texels() -> None:
    low, other, high = Cell((512, 20, "b4", 1)), Cell((128, 40, "f4", 1)), Cell((128, 90, "b4", 1))
    slots = slots_of(drawn_one_after_the_other(low, other, high))
    assert slots[low] == slots[high] and slots[high].size == (128, 90, "b4", 1)


def test_small_textures_stand_for_their_size_alone() -> None:
    """Programs for other sizes cost more than they save."""
    small, large, middle = (Cell((128, height, "f4", 1)) for height in (8, 900, 16))
    slots = slots_of(drawn_one_after_the_other(small, large, middle))
    assert len({slots[small], slots[large], slots[middle]}) == 3


def test_textures_of_a_framebuffer_have_one_size() -> None:
    """Drivers may draw into others; moderngl does not."""
    large, a, b, after = (Cell((128, height, "f4", 1)) for height in (90, 40, 40, 40))
    pair = draw_of(a, large)._replace(targets=[a, b])
    slots = slots_of([draw_of(large), pair, draw_of(after, a, b)])
    assert slots[a].size == slots[b].size == a.size and slots[a] != slots[b]
    assert slots[a].exact and slots[b].exact and slots[after] == slots[large]


def step(x: Tensor, w: Any, v: Any) -> Any:
    """Reads in every way: its own texel, others, rows, four rows, layers; ints; and writes gradients."""
    pictures = x.reshape([4, 16, 16, 4])

    def loss(w: Tensor, v: Tensor) -> Tensor:
        y = gl.conv2d(pictures, w, 1, "same").relu()
        y = gl.batch_norm(y, y.mean([0, 1, 2]), gl.moments(y, [0, 1, 2])[1], v, v * 2)
        y = gl.max_pool(y, 2, 2, "same") * gl.avg_pool(y, 2, 2, "same") + y.max([1, 2], keepdims=True)
        y = (y.reshape([16, 128]) @ y.reshape([128, 16]) + y.reshape([4, 512]).softmax().sum()).tanh()
        return (y.transpose() @ y * gl.where(y > 0, y, y * 0.1)).square().mean()

    found = gl.value_and_grads(loss)([w, v])
    return [found.value, *found.grad, x.argmax(1).cast("float32") + x.sum(1), x.cumsum(1) @ x]


@pytest.mark.parametrize("buffers", ["0", "1"])
@pytest.mark.parametrize("more", [(2, 0), (1, 5), (4, 3)])
def test_values_lie_in_corners_of_larger_textures(
    own: WebGL, monkeypatch: pytest.MonkeyPatch, more: tuple[int, int], buffers: str
) -> None:
    monkeypatch.setenv("GLBACKEND_BUFFERS", buffers)
    take = own.pool.take

    def larger(
        width: int, height: int, kind: Any, what: Any = "", layers: int = 1, *, exact: bool = False
    ) -> Any:
        if what == "a captured graph":
            width, height = width * more[0], height + more[1]
        return take(width, height, kind, what, layers, exact=exact)

    monkeypatch.setattr(own.pool, "take", larger)
    rng = np.random.default_rng(0)
    x, v = square(0), gl.tensor(rng.normal(size=8).astype(np.float32))
    w = gl.tensor(rng.normal(size=(3, 3, 4, 8)).astype(np.float32))
    own.pool.poison = True
    captured, wanted = gl.function(step), [one.numpy() for one in step(x, w, v)]
    for _ in range(3):
        for result, one in zip(captured(x, w, v), wanted, strict=True):
            np.testing.assert_array_equal(result.numpy(), one)
    (plan,) = own.arena._plans
    assert len(plan.held) > 5 and len(plan._steps) == len(plan.draws)


def test_a_larger_graph_s_textures_serve_smaller_ones(own: WebGL) -> None:
    """Whichever comes first: the smaller one lets go of its own."""
    small, large = gl.function(long), gl.function(lambda x: long(x.tile([2, 2])))
    x = gl.tensor(np.random.default_rng(0).normal(size=(128, 128)).astype(np.float32))
    wanted = long(x).numpy(), long(x.tile([2, 2])).numpy()
    for _ in range(3):
        np.testing.assert_array_equal(small(x).numpy(), wanted[0])
        np.testing.assert_array_equal(large(x).numpy(), wanted[1])
    first, second = sorted(own.arena._plans, key=lambda plan: sum(one.texture.nbytes for one in plan.held))
    assert {id(one) for one in first.held} <= {id(one) for one in second.held}
    allocations = own.pool.allocations
    for _ in range(3):
        small(x), large(x)
    steps = first._steps, second._steps
    assert own.pool.allocations == allocations and None not in steps


def test_where_memory_is_short_graphs_give_theirs_back(own: WebGL) -> None:
    captured, x = gl.function(long), square(0)
    wanted = captured(x).numpy()
    captured(x)
    own.pool.collect_counts()
    used = own.memory()["num_bytes_in_textures"]
    with own.context:
        own.pool.empty()
    own.pool.budget = used + SIDE * SIDE * 4  # room for one texture more
    (plan,) = own.arena._plans
    held = [square(i) + 1.0 for i in range(2)]
    assert len(held) == 2 and plan._steps is None
    held.clear()
    np.testing.assert_array_equal(captured(x).numpy(), wanted)


def test_where_memory_is_short_graphs_take_turns(own: WebGL) -> None:
    """What one of them lets go while another looks for its textures is there for that one."""
    small, large = gl.function(long), gl.function(lambda x: long(x.tile([2, 2])))
    x = gl.tensor(np.random.default_rng(0).normal(size=(128, 128)).astype(np.float32))
    wanted = long(x).numpy(), long(x.tile([2, 2])).numpy()
    for _ in range(2):
        small(x), large(x)
    large(x)
    first, second = sorted(own.arena._plans, key=lambda plan: sum(one.texture.nbytes for one in plan.held))
    needed = sum(one.texture.nbytes for one in second.held) + wanted[1].nbytes
    second.unbind()
    small(x)
    with own.context:
        own.pool.collect_counts()
        own.pool.empty()
    held = sum(one.texture.nbytes for one in first.held)
    own.pool.budget = own.memory()["num_bytes_in_textures"] - held + needed
    np.testing.assert_array_equal(large(x).numpy(), wanted[1])
    assert second._steps is not None and first._steps is None
    np.testing.assert_array_equal(small(x).numpy(), wanted[0])


def test_framebuffers_that_the_pool_has_released_are_made_anew(
    own: WebGL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "MAX_FRAMEBUFFERS", 4)
    captured, x = gl.function(lambda x: gl.topk(x * 2.0, 5)[0]), square(0)
    wanted = captured(x).numpy()
    for i in range(4):
        np.testing.assert_array_equal(captured(x).numpy(), wanted)
        gl.topk(gl.zeros([8 * i + 8, 40]), 6)
    assert any(len(one.targets) > 1 for plan in own.arena._plans for one in plan._steps)


def test_slots_are_shared_only_in_turn() -> None:
    size: Any = (128, 8, "f4", 1)
    a, b, c, d = (Cell(size) for _ in range(4))
    slots = slots_of([draw_of(a), draw_of(b, a), draw_of(c, a, b), draw_of(d, c)])
    assert slots[a] != slots[b] != slots[c] != slots[a]
    assert slots[d] in (slots[a], slots[b])


@pytest.mark.parametrize("step", [0, 16])
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_no_memory_is_held_by_two_values_at_a_time(step: int, data: st.DataObject) -> None:
    """Whatever is drawn and copied, from and into whatever: slots hold what lies in them, each in its time."""
    number = st.integers(1, 40)
    kinds = st.sampled_from(("f4", "f4[]", "i4"))
    draws: list[Drawn] = []
    made: list[Cell] = []
    for _ in range(data.draw(st.integers(1, 25))):
        read = data.draw(st.lists(st.sampled_from(made), max_size=3)) if made else []
        copies = [
            Copy(one, Cell((128, data.draw(number), "b4", 1)), (1, 1))
            for one in (data.draw(st.lists(st.sampled_from(made), max_size=2)) if made else ())
        ]
        size: Any = (128 * data.draw(st.integers(1, 2)), data.draw(number), data.draw(kinds), 1)
        target = Cell(size)
        target.fresh = data.draw(st.integers(0, 9)) == 0
        draws.append(draw_of(target, *read, *[one.buffer for one in copies])._replace(copies=copies))
        made.append(target)
    slots = slots_of(draws, step)
    for cell, slot in slots.items():
        assert not cell.fresh and slot.size[2] == cell.size[2]
        room = slot.size[0] * slot.size[1]
        if cell.size[2] == "b4":
            assert cell.start + cell.size[0] * cell.size[1] <= room and (not step or cell.start % step == 0)
        else:
            assert all(a >= b for a, b in zip(slot.size[:2], cell.size[:2], strict=True))
        for other, others in slots.items():
            met = (
                other is not cell and slot == others and other.first <= cell.last and cell.first <= other.last
            )
            if met:
                assert step and cell.size[2] == "b4"
                first, last = sorted((cell, other), key=lambda one: one.start)
                assert first.start + first.size[0] * first.size[1] <= last.start


@pytest.mark.parametrize("buffers", ["0", "always"])
@pytest.mark.parametrize("ranges", [True, False])
def test_large_results_are_drawn_in_turns(
    own: WebGL, monkeypatch: pytest.MonkeyPatch, buffers: str, ranges: bool
) -> None:
    """The same bits, in less memory, with a draw more for each turn; what the plan says is what is held."""
    monkeypatch.setenv("GLBACKEND_BUFFERS", buffers)
    monkeypatch.setattr(replay, "SATURATING_FRAGMENTS", 2)
    if not ranges:
        own.context.buffer_step = 0
    rng = np.random.default_rng(0)
    x, w, v, taps = (
        gl.tensor(rng.normal(size=shape).astype(np.float32))
        for shape in ((512, 256), (256, 384), (384, 64), (3, 3, 4, 8))
    )

    def run(x: Tensor) -> list[Tensor]:
        hidden = (x @ w).relu()
        pictures = gl.conv2d(hidden.reshape([48, 32, 32, 4]), taps, 1, "valid").relu()
        heads = x.reshape([4, 128, 256])
        return [
            hidden @ v, x.transpose() @ hidden, gl.conv2d(pictures, taps.transpose([0, 1, 3, 2]), 1, "same"),
            heads @ heads.transpose([0, 2, 1]),
        ]  # fmt: skip

    own.pool.poison = True
    held, counts = [], []
    for near in (math.inf, 0.0):
        monkeypatch.setattr(cutting, "NEAR", near)
        with forced(rows=4, parts=1):
            captured, wanted = gl.function(run), [one.numpy() for one in run(x)]
            for _ in range(3):
                for result, one in zip(captured(x), wanted, strict=True):
                    np.testing.assert_array_equal(result.numpy(), one)
        (plan,) = own.arena._plans
        held.append(sum(one.texture.nbytes for one in plan.held))
        counts.append(len(plan.draws))
        said = sum(TEXEL_BYTES * texels(slot.size) for slot in set(plan._slots.values()))
        assert said == held[-1]
        del captured, plan
        gc.collect()
    assert held[1] < 0.9 * held[0] and counts[1] > counts[0] + 2, (held, counts)


def test_a_buffer_for_all_is_no_higher_than_textures_may_be() -> None:
    low, high = (Cell((256, lines, "b4", 1)) for lines in (8000, 16000))
    target: Any = (128, 8, "f4", 1)
    slots = slots_of([draw_of(Cell(target), low, high)], 16)
    assert slots[low] == slots[high] and max(slots[low].size[:2]) <= 4096
    assert {low.start, high.start} == {0, 256 * 16000}

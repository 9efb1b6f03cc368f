"""Captured graphs on webgl: few draws, of which explain tells each; memory by lifetime, given back in time."""

import gc
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.captured.arena import slots_of
from glbackend.backends.webgl.captured.recorder import Cell, Drawn
from glbackend.backends.webgl.gl import pool
from glbackend.backends.webgl.gl.context import Context
from glbackend.base.shapes import Spec
from glbackend.engine.storage import Coded, Handle
from glbackend.engine.tensor import Tensor
from glbackend.graph.run import Prepared
from glbackend.testing.check import Inspecting, using
from tests.test_function import norm

SIDE = 64  # numbers a row, and rows: 16 KB


def square(seed: int) -> Tensor:
    return gl.tensor(np.random.default_rng(seed).normal(size=(SIDE, SIDE)).astype(np.float32))


def draws(backend: Any, run: Any) -> int:
    before = backend.draw_count
    run()
    return backend.draw_count - before


def test_rows_make_one_draw(webgl: Inspecting) -> None:
    def ten(a: Tensor, b: Tensor) -> Tensor:
        inner = ((a * b + a).relu() - b).tanh()
        return ((inner * a).square() + b).sigmoid().exp()

    captured, a, b = gl.function(ten), square(0), square(1)
    with using(webgl):
        np.testing.assert_array_equal(captured(a, b).numpy(), ten(a, b).numpy())
        assert draws(webgl, lambda: captured(a, b)) == 1
        np.testing.assert_array_equal(captured(b, a).numpy(), ten(b, a).numpy())


def test_explain_tells_every_draw(webgl: Inspecting) -> None:
    w, v = square(2), gl.variable(gl.ones([SIDE]))
    captured = gl.function(lambda x: norm(x.matmul(w) + v * 2.0).softmax().transpose() @ w)
    with using(webgl):
        told = captured.explain(square(1))
        for _ in range(2):
            captured(square(1))
        count = draws(webgl, lambda: captured(square(1)))
    each_time = told.split("and, where a variable has changed:")[0]
    assert each_time.count("  draw ") == count
    assert f"{count} draws; " in each_time
    assert "Chain [BatchMatMul] Add" in each_time and "stored for 3: Mean, Chain, Chain" in each_time


@pytest.mark.parametrize(("power", "count"), [(-0.5, 2), (-0.25, 3)])
def test_draws_of_a_normalisation(power: float, count: int, webgl: Inspecting) -> None:
    """A layer normalisation: the moments, and what is made of them. What only looks like one: two sums, the
    second over squares that are never stored, and what is made of them.
    """
    root = Tensor.rsqrt if power == -0.5 else (lambda x: x.rsqrt().sqrt())
    captured, x = gl.function(lambda x: (x - x.mean(-1, True)) * root(moment(x) + 1e-5)), square(0)
    with using(webgl):
        for _ in range(2):
            captured(x)
        assert draws(webgl, lambda: captured(x)) == count


def moment(x: Tensor) -> Tensor:
    return (x - x.mean(-1, True)).square().mean(-1, True)


def test_a_weight_changes_its_form_once(webgl: Inspecting) -> None:
    """What a kernel sees with other rows is made when the weight changes, not in every run."""
    filters = gl.variable(gl.tensor(np.random.default_rng(0).normal(size=(3, 3, 5, 1)).astype(np.float32)))
    captured = gl.function(lambda x: x.depthwise_conv2d(filters, 1, "same"))
    x = gl.tensor(np.random.default_rng(1).normal(size=(1, 6, 6, 5)).astype(np.float32))
    with using(webgl):
        for _ in range(2):
            captured(x)
        assert draws(webgl, lambda: captured(x)) == 1
        filters.assign(filters * 2.0)
        got = captured(x).numpy()
        np.testing.assert_array_equal(got, x.depthwise_conv2d(filters, 1, "same").numpy())
        assert draws(webgl, lambda: captured(x)) == 1


# -- memory ------------------------------------------------------------------------------------------------


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


# -- data from elsewhere -----------------------------------------------------------------------------------


def test_constants_that_move_are_found_again(own: WebGL) -> None:
    """Another backend takes a captured tensor home: the graph is recorded once more."""
    held = square(1).exp()
    captured, x = gl.function(lambda x: (x * held).tanh()), square(0)
    captured(x)
    wanted = captured(x).numpy()
    gl.set_backend("cpu")
    other = WebGL(Context())
    with using(other):
        held + 1.0
    with using(own):
        for _ in range(3):
            np.testing.assert_array_equal(captured(x).numpy(), wanted)


def test_an_applications_texture_is_an_argument_as_any(own: WebGL) -> None:
    values = np.random.default_rng(0).normal(size=(16, 16, 4)).astype(np.float32)
    captured = gl.function(lambda x: (x * 2.0).tanh())
    wanted = (gl.tensor(values) * 2.0).tanh().numpy()
    with own.context:
        texture = own.context.gl.texture((16, 16), 4, values.tobytes(), dtype="f4")
    given = gl.from_texture(texture, [16, 16, 4])
    for x in (given, gl.tensor(values), given):
        np.testing.assert_array_equal(captured(x).numpy(), wanted)
    del x, given
    with own.context:
        texture.release()


def test_codes_are_constants_and_arguments_as_any(own: WebGL) -> None:
    """What is kept in fewer bits: as a constant it is read as it is kept, as an argument it is decoded."""
    codes = np.arange(SIDE * SIDE, dtype=np.uint8) % 7
    coded = Tensor(Handle(Coded(codes, 0.25, -1.0), Spec((SIDE, SIDE))))
    plain, x = gl.tensor((codes * 0.25 - 1.0).astype(np.float32).reshape(SIDE, SIDE)), square(0)
    of_constant = gl.function(lambda x: (x @ coded).tanh() + coded.reshape([SIDE // 2, -1]).sum())
    of_argument = gl.function(lambda x, w: (x @ w).tanh() + w.reshape([SIDE // 2, -1]).sum())
    wanted = of_argument.python(x, plain).numpy()
    for w in (plain, coded, plain, coded):
        np.testing.assert_allclose(of_argument(x, w).numpy(), wanted, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(of_constant(x).numpy(), wanted, rtol=1e-5, atol=1e-5)


def test_what_reads_values_runs_kernel_by_kernel(own: WebGL) -> None:
    """A kernel that could not be recorded is no error: the plan says why, and runs as ever."""
    graph = gl.trace(lambda x: (x * 2.0).softmax(), square(0))
    prepared, x = Prepared(graph), square(0)
    real = type(own).read

    def reading(storage: Any) -> Any:
        return real(own, storage)

    softmax = own.run

    def run(kernel: str, inputs: Any, checked: Any) -> Any:
        if kernel == "Softmax":
            reading(inputs["logits"].storage)
        return softmax(kernel, inputs, checked)

    own.run = run  # type: ignore[method-assign]
    wanted = (x * 2.0).softmax().numpy()
    for _ in range(2):
        np.testing.assert_array_equal(prepared(own, [x.handle]).numpy(), wanted)
    assert prepared.explain(own, [x.handle]).startswith(
        "kernel by kernel, as a kernel reads values on the host"
    )

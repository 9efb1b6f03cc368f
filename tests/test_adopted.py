"""An application's own context: its state stays as it was, its textures become tensors and tensors its
textures.
"""

import threading
from collections.abc import Iterator
from typing import Any

import moderngl
import numpy as np
import pytest

import glbackend as gl
from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.gl.context import Context
from glbackend.backends.webgl.gl.current import current_context
from glbackend.backends.webgl.render import Form
from glbackend.base.errors import ArgumentError, BackendError, DtypeError, ShapeError
from glbackend.engine import backend as backends
from glbackend.testing.check import using

VERTEX = "#version 330\nin vec2 at; void main() { gl_Position = vec4(at, 0.0, 1.0); }"
FRAGMENT = "#version 330\nout vec4 colour; void main() { colour = vec4(0.25, 0.5, 0.75, 0.5); }"
ENUMS = {
    "framebuffer": 0x8CA6, "read framebuffer": 0x8CAA,
    "program": 0x8B8D, "vertex array": 0x85B5, "blend": 0x0BE2,
    "depth test": 0x0B71, "cull": 0x0B44, "scissor": 0x0C11, "active texture": 0x84E0, "texture": 0x8069,
    "polygon mode": 0x0B40, "depth mask": 0x0B72, "unpack alignment": 0x0CF5, "unpack row": 0x0CF2,
}  # fmt: skip


@pytest.fixture(scope="module")
def app() -> Iterator[moderngl.Context]:
    """The application's context, current on this thread."""
    ways: list[dict[str, Any]] = [{"backend": "egl"}, {}]
    for way in ways:
        try:
            context = moderngl.create_context(standalone=True, require=330, **way)
            break
        except Exception:
            continue
    else:
        pytest.skip("no second OpenGL context can be made here")
    yield context
    context.__exit__(None, None, None)


@pytest.fixture
def adopted(app: moderngl.Context, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebGL]:
    """The webgl backend on it; afterwards the one before is back."""
    app.__enter__()
    monkeypatch.setitem(backends._made, "webgl", backends.make_backend("webgl"))
    with using(gl.engine().backend):
        gl.adopt_context(app)
        backend = gl.engine().backend
        assert isinstance(backend, WebGL) and backends.make_backend("webgl") is backend
        backend.pool.poison = True
        yield backend


def state(backend: WebGL) -> dict[str, Any]:
    """What the application would see with glGet."""
    raw = backend.context._state
    found: dict[str, Any] = {name: raw._get(enum) for name, enum in ENUMS.items()}
    found |= {
        "viewport": raw._get4(0x0BA2),
        "scissor box": raw._get4(0x0C10),
        "masks": [raw._mask(i) for i in range(4)],
    }
    return found


def test_state_is_left_as_found_and_the_application_draws_on(app: moderngl.Context, adopted: WebGL) -> None:
    canvas = app.framebuffer([app.texture((8, 6), 4, dtype="f4")])
    program = app.program(vertex_shader=VERTEX, fragment_shader=FRAGMENT)
    corners = app.buffer(np.array([-1, -1, 3, -1, -1, 3], np.float32))
    triangle = app.vertex_array(program, [(corners, "2f", "at")])
    mark = app.texture((2, 2), 4, dtype="f4")
    canvas.use()
    canvas.clear(1.0, 1.0, 1.0, 1.0)
    canvas.color_mask = (True, False, True, True)
    canvas.use()  # where moderngl writes the mask
    app.enable_only(moderngl.BLEND | moderngl.DEPTH_TEST | moderngl.CULL_FACE)
    app.blend_func = moderngl.SRC_ALPHA, moderngl.ONE_MINUS_SRC_ALPHA
    app.viewport = (1, 2, 5, 3)
    app.scissor = (0, 0, 4, 5)
    app.wireframe = True
    mark.use(3)
    before = state(adopted)
    assert before["masks"][0] == (1, 0, 1, 1) and before["viewport"] == (1, 2, 5, 3)
    x = np.linspace(-1, 1, 35, dtype=np.float32).reshape(5, 7)
    a = gl.tensor(x)
    np.testing.assert_allclose((a.relu() + a).sum(1).numpy(), (np.maximum(x, 0) + x).sum(1), rtol=1e-5)
    np.testing.assert_array_equal((a > 0).cast("int32").numpy(), (x > 0).astype(np.int32))
    captured = gl.function(lambda a: ((a.relu() + a) * 2.0).sum(1) + a.matmul(a, False, True).sum(1))
    for _ in range(3):
        captured(a)
    assert state(adopted) == before
    assert app.fbo is canvas
    app.wireframe = False
    app.disable(moderngl.CULL_FACE | moderngl.DEPTH_TEST)
    triangle.render()
    picture = np.frombuffer(canvas.read(components=4, dtype="f4"), np.float32).reshape(6, 8, 4)
    inside = np.zeros((6, 8), bool)
    inside[2:5, 1:4] = True  # viewport cut by scissor
    np.testing.assert_allclose(picture[inside], np.tile([0.625, 1, 0.875, 0.75], (9, 1)), atol=1e-6)
    assert (picture[~inside] == 1).all()
    app.scissor = None
    app.disable(moderngl.BLEND)


def test_tensors_of_another_context_move_over(adopted: WebGL, webgl: Any) -> None:
    with using(webgl):
        there = gl.tensor([1.0, 2.0, 3.0]) * 2.0
    assert there.handle.storage.host is None
    assert (there + 1.0).numpy().tolist() == [3, 5, 7]
    with using(webgl):
        assert (there * 2.0).numpy().tolist() == [4, 8, 12]


def test_only_where_it_is_current(app: moderngl.Context, adopted: WebGL) -> None:
    errors: list[BaseException] = []
    a = gl.tensor(np.ones(200, np.float32))

    def elsewhere() -> None:
        try:
            gl.relu(a)
        except BackendError as error:
            errors.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert "only on the thread where it was adopted" in str(errors.pop())
    app.__exit__(None, None, None)
    with pytest.raises(BackendError, match="the adopted OpenGL context is not current"):
        gl.relu(a)
    app.__enter__()
    assert gl.relu(a).sum().item() == 200


def test_our_own_context_gives_back_the_one_that_was_current(app: moderngl.Context, webgl: Any) -> None:
    app.__enter__()
    with using(webgl):
        assert gl.relu(gl.tensor([1.0, -1.0])).numpy().tolist() == [1, 0]
    texture = app.texture((1, 1), 4, np.array([1, 2, 3, 4], np.float32), dtype="f4")
    assert np.frombuffer(texture.read(), np.float32).tolist() == [1, 2, 3, 4]


def test_a_context_that_ends_leaves_the_application_s_current(app: moderngl.Context, webgl: Any) -> None:
    app.__enter__()
    own = Context()
    driver_s, current = own.gl, current_context()
    del own
    with webgl.context:
        assert isinstance(driver_s.mglo, moderngl.InvalidObject)
    assert current is not None and current[0]() == current[1]
    assert app.error == "GL_NO_ERROR"


def test_adopted_again_it_is_the_same_backend(app: moderngl.Context, adopted: WebGL) -> None:
    """Else each time would leave all programs and textures of the one before in the application's context."""
    gl.adopt_context(app)
    assert gl.engine().backend is adopted
    programs = len(adopted.programs)
    for _ in range(3):
        gl.adopt_context(app)
        assert (gl.ones([5]) * 2).numpy().tolist() == [2] * 5
    assert programs < len(adopted.programs) <= programs + 2


def test_what_cannot_be_adopted() -> None:
    with pytest.raises(ArgumentError, match=r"needs a moderngl.Context, got str"):
        gl.adopt_context("window")


# -- textures ---------------------------------------------------------------------------------------


def test_a_texture_that_lies_right_is_not_copied(app: moderngl.Context, adopted: WebGL) -> None:
    x = np.random.default_rng(0).normal(size=(128, 128, 4)).astype(np.float32)
    texture = app.texture((128, 128), 4, x, dtype="f4")
    assert texture.filter == (moderngl.LINEAR, moderngl.LINEAR)
    draws, used = adopted.draw_count, adopted.memory()["num_bytes_in_textures"]
    t = gl.from_texture(texture, [128, 128, 4])
    assert (adopted.draw_count, adopted.memory()["num_bytes_in_textures"]) == (draws, used)
    np.testing.assert_array_equal(t.numpy(), x)
    np.testing.assert_array_equal((t * 2.0).reshape([128, 512]).numpy(), 2 * x.reshape(128, 512))
    assert texture.filter == (moderngl.LINEAR, moderngl.LINEAR)
    free = adopted.memory()["num_bytes_free"]
    del t
    adopted.memory()
    assert adopted.memory()["num_bytes_free"] - free <= x.nbytes, "only the product came to the pool"
    np.testing.assert_array_equal(np.frombuffer(texture.read(), np.float32).reshape(x.shape), x)
    texture.release()


def test_a_texture_higher_than_its_tensor_is_read_beside_ours(app: moderngl.Context, adopted: WebGL) -> None:
    """Texels in it lie elsewhere than those of our tensors of that shape."""
    x = np.random.default_rng(0).normal(size=(129, 128, 4)).astype(np.float32)
    texture = app.texture((128, 129), 4, x, dtype="f4")
    draws, ours = adopted.draw_count, gl.tensor(x[:128])
    t = gl.from_texture(texture, [128, 128, 4])
    assert adopted.draw_count == draws, "not copied"
    np.testing.assert_array_equal((t + ours).numpy(), 2 * x[:128])
    np.testing.assert_array_equal((ours - t).numpy(), np.zeros((128, 128, 4), np.float32))
    scaled = gl.batch_norm(ours.reshape([1, 65536]), t.reshape([65536]), gl.ones([65536]), None, None, 0.0)
    np.testing.assert_array_equal(scaled.numpy(), np.zeros((1, 65536), np.float32))
    del t
    texture.release()


@pytest.mark.parametrize(
    ("size", "components", "dtype", "shape"),
    [
        ((5, 3), 4, "f4", (3, 5, 4)),
        ((5, 3), 4, "f4", (3, 5, 3)),
        ((5, 3), 3, "f4", (3, 5, 3)),
        ((5, 3), 1, "f4", (3, 5)),
        ((6, 2), 2, "f2", (4, 6)),
        ((16, 1), 4, "f4", (2, 32)),
        ((130, 2), 1, "f1", (2, 130)),
        ((4, 4), 4, "i4", (4, 4, 4)),
        ((5, 3), 2, "u1", (3, 10)),
        ((5, 3), 4, "i2", (5, 3, 4)),
    ],
)
def test_any_other_texture_takes_one_pass(
    app: moderngl.Context,
    adopted: WebGL,
    size: tuple[int, int],
    components: int,
    dtype: str,
    shape: tuple[int, ...],
) -> None:
    types = {
        "f1": np.uint8,
        "f2": np.float16,
        "f4": np.float32,
        "i2": np.int16,
        "i4": np.int32,
        "u1": np.uint8,
    }
    width, height = size
    values = np.random.default_rng(1).integers(0, 100, height * width * components).astype(types[dtype])
    texture = app.texture(size, components, values, dtype=dtype, alignment=1)
    wanted = values.reshape(height * width, components)
    if components == 4 and shape[-1] == 3:
        wanted = wanted[:, :3]
    scale = 255.0 if dtype == "f1" else 1.0
    t = gl.from_texture(texture, shape)
    assert t.dtype == ("float32" if dtype[0] == "f" else "int32")
    np.testing.assert_allclose(t.numpy(), wanted.reshape(shape).astype(np.float64) / scale, rtol=1e-6)
    np.testing.assert_allclose(t.sum().numpy(), wanted.astype(np.float64).sum() / scale, rtol=1e-5)
    texture.release()
    np.testing.assert_allclose(t.numpy(), wanted.reshape(shape).astype(np.float64) / scale, rtol=1e-6)


def test_bools_and_refusals(app: moderngl.Context, adopted: WebGL) -> None:
    texture = app.texture((2, 1), 4, np.array([0, 1, 7, 0, -1, 0, 0, 2], np.int32), dtype="i4")
    assert gl.from_texture(texture, [8], "bool").numpy().tolist() == [
        False,
        True,
        True,
        False,
        True,
        False,
        False,
        True,
    ]
    with pytest.raises(DtypeError, match="int numbers becomes int32 or bool, not float32"):
        gl.from_texture(texture, [8], "float32")
    with pytest.raises(ShapeError, match=r"shape \[9\] does not fit a texture of 2x1"):
        gl.from_texture(texture, [9])
    with pytest.raises(ArgumentError, match=r"needs a moderngl.Texture, got list"):
        gl.from_texture([1], [1])
    with pytest.raises(ArgumentError, match="depth"):
        gl.from_texture(app.depth_texture((2, 2)), [4])


def test_a_texture_of_another_context(adopted: WebGL, webgl: Any) -> None:
    with webgl.context:
        texture = webgl.context.gl.texture((1, 1), 4, dtype="f4")
    with pytest.raises(BackendError, match="belongs to another OpenGL context"):
        gl.from_texture(texture, [4])
    texture.release()


def test_a_tensor_as_a_texture_outlives_the_tensor(app: moderngl.Context, adopted: WebGL) -> None:
    x = np.arange(10, dtype=np.float32).reshape(2, 5)
    t = gl.tensor(x) + 0.0
    draws = adopted.draw_count
    texture = gl.to_texture(t)
    assert adopted.draw_count == draws
    (form,) = t.handle.storage.forms.values()
    assert isinstance(form, Form) and texture.glo == form.texture.gl.glo
    t.dispose()
    del t, form
    for i in range(3):
        gl.tensor(x) + float(i)  # would take the texture, were it free
    texels = np.frombuffer(texture.read(), np.float32).reshape(-1, 4)
    np.testing.assert_array_equal(texels[:4], [[0, 1, 2, 3], [4, 0, 0, 0], [5, 6, 7, 8], [9, 0, 0, 0]])
    np.testing.assert_array_equal(gl.from_texture(texture, [2, 5]).numpy(), x)
    used = adopted.memory()["num_bytes_in_textures"]
    del texture
    assert adopted.memory()["num_bytes_in_textures"] == used - 4 * 16


def test_a_tensor_as_a_picture_of_a_given_size(app: moderngl.Context, adopted: WebGL) -> None:
    x = np.random.default_rng(2).random((9, 7, 4)).astype(np.float32)
    texture = gl.to_texture(gl.tensor(x), size=(7, 9))
    assert texture.size == (7, 9)
    np.testing.assert_array_equal(np.frombuffer(texture.read(), np.float32).reshape(x.shape), x)
    np.testing.assert_array_equal(gl.from_texture(texture, x.shape).numpy(), x)
    small = gl.to_texture(gl.tensor(np.arange(3), dtype="int32"), size=(3, 1))
    assert np.frombuffer(small.read(), np.int32).tolist() == [0, 1, 2, 0] + [0] * 8
    with pytest.raises(ShapeError, match=r"takes 63 pixels of four elements, more than 3x3 has"):
        gl.to_texture(gl.tensor(x), size=(3, 3))
    with pytest.raises(DtypeError, match="a string tensor has no texture"):
        gl.to_texture(gl.tensor(["a"]))

"""gl.debug.inspect: the page holds each tensor as it lies in its texture; in a browser it shows that."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.shapes import Spec
from glbackend.debug import inspecting
from glbackend.engine.storage import Coded, Handle
from glbackend.testing.check import Inspecting, using
from tests.browser import dom, screenshot, structure


def data_of(page: Path) -> list[dict[str, Any]]:
    found = re.search(r"const DATA = (.*);\n", page.read_text())
    assert found is not None
    data: list[dict[str, Any]] = json.loads(found.group(1).replace("<\\/", "</"))
    return data


def texels_in(one: dict[str, Any]) -> np.ndarray[Any, Any]:
    dtype = np.int32 if one["integer"] else np.float32
    return np.frombuffer(base64.b64decode(one["bits"]), dtype).reshape(one["lines"], one["width"], 4)


def values_in(one: dict[str, Any]) -> np.ndarray[Any, Any]:
    """The tensor, put together from the texels by the layout that the page is told."""
    rows = texels_in(one).reshape(-1)[: one["texels"] * 4].reshape(-1, one["row"] * 4)
    return rows[:, : one["length"]].reshape(one["shape"])


@pytest.mark.parametrize("shape", [(), (3,), (4, 8), (3, 5, 7), (2, 0, 3), (200, 3)])
def test_every_element_is_in_its_place(shape: tuple[int, ...], backend: str, tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    page = gl.debug.inspect(values, path=tmp_path / "page.html")
    assert structure(page.read_text()).count("canvas") == 1
    (one,) = data_of(page)
    np.testing.assert_array_equal(values_in(one), values)


@pytest.mark.parametrize(
    "values", [np.arange(-5, 6), np.array([True, False, True]), np.array([1 + 2j, 3 - 4j])]
)
def test_other_dtypes(values: np.ndarray[Any, Any], backend: str, tmp_path: Path) -> None:
    parts = data_of(gl.debug.inspect(gl.tensor(values), path=tmp_path / "page.html"))
    wanted = [values.real, values.imag] if values.dtype.kind == "c" else [values.astype(int)]
    for one, part in zip(parts, wanted, strict=True):
        np.testing.assert_array_equal(values_in(one), part)


def test_weights_that_are_kept_in_fewer_bits(webgl: Inspecting, tmp_path: Path) -> None:
    """Their texture holds codes; figures are of what these mean."""
    codes = np.arange(12, dtype=np.uint8).reshape(3, 4)
    with using(webgl):
        quantized = gl.Tensor(Handle(Coded(codes, 0.5, -2.0), Spec((3, 4), "float32")))
        page = gl.debug.inspect(quantized, path=tmp_path / "page.html")
    (one,) = data_of(page)
    np.testing.assert_array_equal(values_in(one), codes)
    words = " ".join(structure(page.read_text()).words)
    assert "RGBA8UI" in words and "codes" in words and "least -2 " in words and "largest 3.5 " in words
    del quantized


def test_strings_are_listed(tmp_path: Path) -> None:
    page = structure(gl.debug.inspect(gl.tensor(["a", "<b>"]), path=tmp_path / "page.html").read_text())
    assert {"a", "<b>", "string[2]: strings lie on the host"} <= set(page.words)


def test_facts_are_of_all_elements_and_large_tensors_are_cut(backend: str, tmp_path: Path) -> None:
    values = np.zeros((1000, 500), np.float32)
    values[-1, -1], values[-1, -2] = np.inf, 7.0
    page = gl.debug.inspect(gl.tensor(values), path=tmp_path / "page.html")
    assert page.stat().st_size < 500_000
    (one,) = data_of(page)
    assert one["lines"] * one["width"] * 4 <= inspecting.MOST_OF_ONE < one["texels"] * 4
    words = " ".join(structure(page.read_text()).words)
    assert f"The first {one['lines']} of" in words and "largest 7 " in words and "not finite 1" in words


def network() -> gl.Model:
    return gl.sequential([
        gl.layers.conv2d(filters=3, kernel_size=2, activation="relu", input_shape=[4, 4, 1], name="conv"),
        gl.layers.batch_normalization(name="norm"),
        gl.layers.flatten(name="flat"),
        gl.layers.dense(units=2, name="out"),
    ])  # fmt: skip


def test_every_layers_output_is_shown(backend: str, tmp_path: Path) -> None:
    model = network()
    x = np.random.default_rng(1).normal(size=(2, 4, 4, 1)).astype(np.float32)
    page = gl.debug.inspect(model, x, path=tmp_path / "page.html")
    made = structure(page.read_text())
    titles = [word for word in made.words if word.endswith(("(Conv2D)", "(Flatten)", "(Dense)", "(input)"))]
    assert titles == ["conv_input (input)", "conv (Conv2D)", "flat (Flatten)", "out (Dense)"]
    data = data_of(page)
    np.testing.assert_array_equal(values_in(data[0]), x)
    np.testing.assert_allclose(values_in(data[-1]), model.predict(x).numpy(), rtol=1e-5, atol=1e-6)
    conv = gl.model(inputs=model.inputs, outputs=model.layers[-4].output)
    np.testing.assert_allclose(values_in(data[1]), conv.predict(x).numpy(), rtol=1e-5, atol=1e-6)


def test_a_model_of_several_inputs(backend: str, tmp_path: Path) -> None:
    a, b = gl.input([3], name="a"), gl.input([3], name="b")
    model = gl.model(inputs=[a, b], outputs=gl.layers.add(name="sum").apply([a, b]))
    data = data_of(
        gl.debug.inspect(model, [np.ones((2, 3)), np.full((2, 3), 2.0)], path=tmp_path / "page.html")
    )
    assert [values_in(one)[0, 0] for one in data] == [1, 2, 3]


class Own(gl.Model):
    def __init__(self) -> None:
        super().__init__()
        self.inner = gl.layers.dense(units=2, kernel_initializer="ones", name="inner")

    def call(self, inputs: gl.Tensor) -> gl.Tensor:
        return self.inner(inputs) * 2.0


def test_a_model_that_is_a_class(backend: str, tmp_path: Path) -> None:
    model = Own()
    data = data_of(gl.debug.inspect(model, np.ones((1, 3), np.float32), path=tmp_path / "page.html"))
    assert [values_in(one).tolist() for one in data] == [[[1, 1, 1]], [[3, 3]], [[6, 6]]]


def test_a_model_asks_for_an_input(tmp_path: Path) -> None:
    with pytest.raises(gl.errors.ArgumentError, match="inspect: give an input for model"):
        gl.debug.inspect(network(), path=tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


def test_the_texture_itself_is_read(webgl: Inspecting, tmp_path: Path) -> None:
    """Lanes after the data hold what was there: the pool fills textures with NaN in tests."""
    with using(webgl):
        (one,) = data_of(gl.debug.inspect(gl.ones([5, 5]) * 2.0, path=tmp_path / "page.html"))
    found = texels_in(one).reshape(-1, 4)
    assert (found[:10:2] == 2).all() and (found[1:10:2] == [2, 0, 0, 0]).all()
    assert one["texels"] == 10 and one["width"] == 16 and len(found) == 16


HOVER = """<script>
{ const all = [];
for (const [id, x, y] of %s) {
  const canvas = document.getElementById(`c${id}`), box = canvas.getBoundingClientRect();
  canvas.dispatchEvent(new MouseEvent("mousemove", {clientX: box.left + x, clientY: box.top + y, bubbles: true}));
  all.push(document.getElementById("tip").textContent);
}
document.body.appendChild(document.createElement("pre")).textContent = JSON.stringify(all); }
</script></body>"""


def test_the_mouse_tells_values(webgl: Inspecting, tmp_path: Path) -> None:
    values = np.arange(105, dtype=np.float32).reshape(3, 5, 7) / 8
    values[0, 0, 1] = np.nan
    with using(webgl):
        page = gl.debug.inspect(values, path=tmp_path / "page.html")
    points = [[0, 3, 14], [0, 26 * 3 + 3, 26], [0, 29, 40], [0, 26 * 31 + 3, 3]]  # cells are 26 x 12
    page.write_text(page.read_text().replace("</body>", HOVER % json.dumps(points)))
    told = re.search(r"<pre>(.*)</pre>", dom(page, tmp_path), re.S)
    assert told is not None
    lines = [one.split("\n")[0] for one in json.loads(told.group(1))]
    assert lines == [
        "[0, 0, 1] = NaN",
        "[0, 1, 6] = 1.625",
        "pads the row: 0",
        "after the data: whatever was there",
    ]


def test_the_page_in_a_browser(webgl: Inspecting, tmp_path: Path) -> None:
    values = np.ones((8, 4), np.float32)
    values[1, 0], values[6, 3] = np.nan, -np.inf
    with using(webgl):
        page = gl.debug.inspect(values, path=tmp_path / "page.html")
    seen = screenshot(page, tmp_path, 1000, 600).astype(int)
    magenta, yellow = (seen == [255, 0, 255]).all(2), (seen == [255, 214, 0]).all(2)
    sizes = {}
    for name, found in (("NaN", magenta), ("infinity", yellow)):
        rows, columns = np.nonzero(found)
        sizes[name] = rows[0], columns[0]
        assert found.sum() == (np.ptp(rows) + 1) * (np.ptp(columns) + 1) > 100, "one whole cell"
    assert sizes["infinity"][1] - sizes["NaN"][1] == 5 * 26, "five texels further"
    assert sizes["infinity"][0] - sizes["NaN"][0] == 3 * 12, "three lanes lower"

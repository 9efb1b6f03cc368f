"""`python -m glbackend convert` and `inspect`: formats, sizes, what is checked, pages, and how they say no."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.cli.main import main
from glbackend.vis.graph_svg import MOST_NODES, svg
from tests.onnx_making import cnn
from tests.zoo import ZOO

zoo = pytest.mark.skipif(not ZOO.is_dir(), reason="the model zoo (../shared/zoo) is not beside this checkout")


@pytest.fixture(autouse=True)
def same_backend_after() -> Iterator[None]:
    """Commands choose a backend; the next test must not notice."""
    before = gl.engine().backend
    yield
    gl.engine().use(before)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A network of 20 kB, in a folder."""
    gl.set_seed(1)
    made = gl.sequential([
        gl.layers.conv2d(filters=8, kernel_size=3, activation="relu", input_shape=[8, 8, 3], name="look"),
        gl.layers.flatten(name="flatten"),
        gl.layers.dense(units=16, activation="tanh", name="think"),
        gl.layers.dense(units=2, activation="softmax", name="say"),
    ], name="small")  # fmt: skip
    made.save(str(tmp_path / "model"))
    made.dispose()
    return tmp_path / "model"


def told(capsys: pytest.CaptureFixture[str], *arguments: Any) -> str:
    """What a command prints, which it ends well."""
    assert main([str(one) for one in arguments]) == 0
    return capsys.readouterr().out


def difference(text: str) -> float:
    """The largest difference that a check tells."""
    return max(float(one) for one in re.findall(r"largest difference (\S+),", text))


# -- convert -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target", ["web", "web/model.json", "m.keras", "m.h5", "m.weights.h5", "m.safetensors", "m.onnx"]
)
def test_every_format_gives_the_same(
    target: str, model: Path, tmp_path: Path, backend: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = told(capsys, "convert", model, tmp_path / target, "--check", "--backend", backend)
    assert difference(shown) < 1e-5
    if target != "m.safetensors" and target != "m.weights.h5":  # a second step: from there to a graph
        shown = told(capsys, "convert", tmp_path / target, tmp_path / "graph", "--to", "graph", "--check")
        assert difference(shown) < 1e-5
        assert json.loads((tmp_path / "graph" / "model.json").read_text())["format"] == "graph-model"


@pytest.mark.parametrize(
    ("dtype", "smaller", "near"), [("float16", 0.5, 1e-3), ("uint16", 0.5, 1e-3), ("uint8", 0.75, 0.05)]
)
@pytest.mark.parametrize("to", ["layers", "graph"])
def test_quantised_weights_are_smaller_by_half_or_more(
    dtype: str,
    smaller: float,
    near: float,
    to: str,
    model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    np.savez(tmp_path / "inputs.npz", x=np.random.default_rng(0).random((4, 8, 8, 3), np.float32))
    more = ["--to", to, "--quantize", dtype, "--check", tmp_path / "inputs.npz"]
    shown = told(capsys, "convert", model, tmp_path / "web", *more)
    assert f"weights {smaller:.0%} smaller than in float32" in shown
    assert "[4, 2]" in shown  # the file's four examples
    assert 0 < difference(shown) < near
    weights = [
        sum(one.stat().st_size for one in folder.glob("*.bin")) for folder in (model, tmp_path / "web")
    ]
    assert weights[1] < (1 - smaller) * weights[0] + 50


def test_weights_by_their_names_and_shards(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = ["--quantize", "*/bias=float16", "--quantize", "think*=uint8", "--shard-size", "1k"]
    told(capsys, "convert", model, tmp_path / "web", *more)
    manifest = json.loads((tmp_path / "web" / "model.json").read_text())["weightsManifest"]
    codings = {
        entry["name"]: entry.get("quantization", {}).get("dtype")
        for group in manifest
        for entry in group["weights"]
    }
    assert codings["think/kernel"] == "uint8"
    assert codings["think/bias"] == "float16"
    assert codings["look/kernel"] is None
    sizes = [one.stat().st_size for one in (tmp_path / "web").glob("*.bin")]
    assert len(sizes) > 3
    assert max(sizes) <= 1024


@zoo
def test_patterns_that_no_weight_has_are_told(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = ["--quantize", "*/bais=float16", "--quantize", "think*=uint8"]
    text = told(capsys, "convert", model, tmp_path / "web", *more)
    assert "no weight has a name like */bais" in text and "like think*" not in text


def test_a_graph_with_loops_and_tables_keeps_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A graph model goes as it stands in its file, not by what one call of it does."""
    source = ZOO / "language-detection"
    np.savez(tmp_path / "inputs.npz", inputs=np.array(["import os\n\nfor x in y:\n    print(x)"]))
    shown = told(
        capsys,
        "convert",
        source,
        tmp_path / "web",
        "--quantize",
        "float16",
        "--check",
        tmp_path / "inputs.npz",
    )
    assert difference(shown) < 1e-2
    assert "classes [1, 54]: equal" in shown
    nodes = [
        json.loads((one / "model.json").read_text())["modelTopology"]["node"]
        for one in (source, tmp_path / "web")
    ]
    assert nodes[0] == nodes[1]


def test_onnx_becomes_a_graph(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "m.onnx").write_bytes(cnn().SerializeToString())
    shown = told(capsys, "convert", tmp_path / "m.onnx", tmp_path / "web", "--check")
    assert difference(shown) < 1e-5


def test_wrong_conversions_say_what_would_be_right(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told(capsys, "convert", model, tmp_path / "graph", "--to", "graph")
    (tmp_path / "text.npz").write_text("no arrays")
    np.savez(tmp_path / "two.npz", a=np.zeros(3), b=np.zeros(3))
    np.savez(tmp_path / "shape.npz", x=np.zeros((1, 3), np.float32))
    out = tmp_path / "out"
    for arguments, said in (
        ([tmp_path / "gone", out], "there is no such model"),
        ([model, model], "is where the model comes from"),
        ([model / "model.json", model], "is where the model comes from"),
        ([model, tmp_path / "m.tflite"], ".tflite is not written: name a folder or .json"),
        ([model, tmp_path / "m.txt"], ".txt is not written: name a folder or .json (TF.js), .keras, .h5"),
        ([model, tmp_path / "m.hdf5"], ".hdf5 is not written"),
        ([model, tmp_path / "m.keras", "--quantize", "uint8"], "are for folders of TF.js"),
        ([tmp_path / "graph", tmp_path / "m.keras"], "is no model of layers"),
        ([tmp_path / "graph", out, "--to", "layers"], "is no model of layers"),
        ([model, out, "--quantize", "int4"], "unknown dtype 'int4'"),
        ([model, out, "--quantize", "uint8", "--quantize", "x"], "PATTERN=DTYPE several times"),
        ([model, out, "--shard-size", "many"], "must be a number of bytes, as 4M"),
        ([model, out, "--check", tmp_path / "gone.npz"], "gone.npz"),
        ([model, out, "--check", tmp_path / "text.npz"], "no .npz file of arrays"),
        ([model, out, "--check", tmp_path / "two.npz"], "the file has a, b, the model takes look_input"),
    ):
        assert main(["convert", *map(str, arguments)]) == 1, said
        assert said in capsys.readouterr().err
        assert not out.exists()
    assert main(["convert", str(model), str(out), "--check", str(tmp_path / "shape.npz")]) == 1
    assert "[1, 3]" in capsys.readouterr().err


# -- inspect -------------------------------------------------------------------------------------------------


def page(path: Path) -> ET.Element:
    """The picture in a page, which needs nothing from elsewhere."""
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"(src|href)=|url\(|<script|<link", text)
    return ET.fromstring(text[text.index("<svg") : text.index("</svg>") + 6])


def titles(picture: ET.Element) -> list[str]:
    """What stands over the nodes."""
    return [one.text or "" for one in picture.iter("{http://www.w3.org/2000/svg}title")]


def test_layers_are_listed_and_drawn(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = told(capsys, "inspect", model, "--html", tmp_path / "m.html")
    for words in (
        "layers model of TF.js, 2 files", "takes  look_input: float32 [any, 8, 8, 3]", "gives  say: float32 [any, 2]",
        "think (Dense)", "weights  4,882 numbers in 6 arrays: float32 19.5 kB", "all of it is supported",
    ):  # fmt: skip
        assert words in shown
    picture = page(tmp_path / "m.html")
    assert titles(picture) == [
        "Input: look_input 8\u00d78\u00d73", "Conv2D: look 6\u00d76\u00d78", "Flatten: flatten 288", "Dense: think 16",
        "Dense: say 2",
    ]  # fmt: skip
    assert len(list(picture.iter("{http://www.w3.org/2000/svg}path"))) == 4


def test_graphs_and_onnx_are_drawn(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "convert", model, tmp_path / "graph", "--to", "graph", "--quantize", "uint8")
    shown = told(capsys, "inspect", tmp_path / "graph", "--html", tmp_path / "g.html")
    assert "_FusedConv2D 1" in shown
    assert "uint8 4.88 kB" in shown
    assert "_FusedConv2D: fusedconv2d" in titles(page(tmp_path / "g.html"))
    (tmp_path / "m.onnx").write_bytes(cnn().SerializeToString())
    shown = told(capsys, "inspect", tmp_path / "m.onnx", "--html", tmp_path / "o.html")
    assert "Conv 1" in shown
    assert "takes  x: float32 [any, 3, 8, 8]" in shown
    assert "Conv: Conv_c" in titles(page(tmp_path / "o.html"))


def test_what_is_unsupported_is_told_and_the_rest_as_well(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told(capsys, "convert", model, tmp_path / "graph", "--to", "graph")
    place = tmp_path / "graph" / "model.json"
    place.write_text(place.read_text().replace('"Softmax"', '"Softermax"'))
    assert main(["inspect", str(tmp_path / "graph"), "--html", str(tmp_path / "g.html")]) == 1
    shown = capsys.readouterr().out
    assert re.search(r"cannot be loaded: .*1 ops are not known here: Softermax .*Softmax is known", shown)
    assert "_FusedConv2D 1" in shown
    assert any(one.startswith("Softermax") for one in titles(page(tmp_path / "g.html")))
    place = model / "model.json"
    place.write_text(place.read_text().replace('"Flatten"', '"Flatter"'))
    assert main(["inspect", str(model)]) == 1
    shown = capsys.readouterr().out
    assert "unknown classes  Flatter" in shown
    assert "Dense 2" in shown


def test_a_broken_file_says_what_is_broken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "m.onnx").write_bytes(cnn().SerializeToString()[:500])
    assert main(["inspect", str(tmp_path / "m.onnx"), "--html", str(tmp_path / "m.html")]) == 1
    assert "m.onnx is no ONNX model" in capsys.readouterr().out
    assert not titles(page(tmp_path / "m.html"))


def test_no_model_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "note.txt").write_text("a note")
    assert main(["inspect", str(tmp_path / "note.txt")]) == 1
    assert "is no model that is known" in capsys.readouterr().err
    assert main(["inspect", str(tmp_path / "gone")]) == 1
    assert "no model at" in capsys.readouterr().err


# -- graphs as pictures --------------------------------------------------------------------------------------


def boxes(text: str) -> dict[str, tuple[float, float, float, float]]:
    """Left, top, right, bottom of each node by its title."""
    found = {}
    for group in ET.fromstring(text).iter("{http://www.w3.org/2000/svg}g"):
        title, rect = group[0].text or "", group[1]
        x, y, wide, tall = (float(rect.get(key, "")) for key in ("x", "y", "width", "height"))
        found[title] = (x, y, x + wide, y + tall)
    return found


def test_nodes_stand_below_what_they_take_and_touch_nobody() -> None:
    random = np.random.default_rng(4)
    nodes = [(str(i), f"op {i}", "") for i in range(60)]
    edges = [(str(random.integers(0, i)), str(i)) for i in range(1, 60) for _ in range(2)]
    placed = boxes(svg(nodes, edges))
    assert len(placed) == 60
    for start, end in edges:
        assert placed[f"op {start}"][3] < placed[f"op {end}"][1]
    every = list(placed.values())
    for i, one in enumerate(every):
        for other in every[:i]:
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            assert apart


def test_circles_islands_and_strange_words() -> None:
    text = svg(
        [("a", "<a> & b", 'x"y'), ("b", "b", ""), ("c", "c", "")], [("a", "b"), ("b", "a"), ("a", "a")]
    )
    assert set(boxes(text)) == {'<a> & b: x"y', "b", "c"}
    assert text.count("<path") == 2
    assert ET.fromstring(svg([], [])).tag.endswith("svg")
    with pytest.raises(gl.errors.ArgumentError, match="only 1 ids"):
        svg([("a", "", ""), ("a", "", "")], [])
    with pytest.raises(gl.errors.ArgumentError, match="is of no node"):
        svg([("a", "", "")], [("a", "b")])


def test_a_large_graph_is_cut_off_and_says_so() -> None:
    count = MOST_NODES + 500
    text = svg([(str(i), "op", str(i)) for i in range(count)], [("0", str(i)) for i in range(1, count)])
    assert text.count("<rect") == MOST_NODES
    assert "and 500 more nodes" in text

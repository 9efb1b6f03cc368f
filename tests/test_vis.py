"""gl.vis: numbers are counted rightly, charts hold them, pictures are saved, the live page grows."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import confusion_matrix

import glbackend as gl
from glbackend.base.errors import ArgumentError, DtypeError
from glbackend.distribute.trainer import _silenced
from glbackend.training.events import EventFile
from glbackend.vis import live
from tests.browser import dom, structure

vis = gl.vis


def titles(picture: Any) -> list[str]:
    return [one.get_title(loc="left") for one in picture.figure.axes]


# -- metrics -------------------------------------------------------------------------------------------------


def test_counts_are_those_of_scikit_learn(backend: str) -> None:
    generator = np.random.default_rng(0)
    labels, predictions = generator.integers(0, 5, 200), generator.integers(0, 5, 200)
    weights = generator.uniform(size=200)
    np.testing.assert_array_equal(
        vis.metrics.confusion_matrix(labels, predictions), confusion_matrix(labels, predictions)
    )
    np.testing.assert_allclose(
        vis.metrics.confusion_matrix(gl.tensor(labels), gl.tensor(predictions), weights=weights),
        confusion_matrix(labels, predictions, sample_weight=weights), rtol=1e-5,
    )  # fmt: skip
    assert vis.metrics.accuracy(labels, predictions) == (labels == predictions).mean()
    found = vis.metrics.per_class_accuracy(labels, np.eye(5)[predictions], 6)
    table = confusion_matrix(labels, predictions)
    assert [one.count for one in found] == [*table.sum(1), 0]
    assert found[2].accuracy == table[2, 2] / table[2].sum() and found[5].accuracy == 0


@pytest.mark.parametrize(
    ("labels", "predictions", "options", "said"),
    [
        ([0, 1], [0], {}, "2 labels for 1 predictions"),
        ([0.5], [0], {}, "labels must be numbers of classes"),
        ([0], [-1], {}, "predictions must be numbers of classes"),
        ([3], [0], {"num_classes": 3}, "class 3 is beyond num_classes=3"),
        ([0], [0], {"weights": [1.0, 2.0]}, "2 weights for 1 labels"),
        (np.zeros((1, 2, 3)), [0], {}, r"one row an example, got \[1, 2, 3\]"),
    ],
)
def test_what_cannot_be_counted(labels: Any, predictions: Any, options: Any, said: str) -> None:
    with pytest.raises(gl.errors.GlbackendError, match=f"confusion_matrix: .*{said}"):
        vis.metrics.confusion_matrix(labels, predictions, **options)


# -- charts --------------------------------------------------------------------------------------------------


def test_lines_hold_their_points() -> None:
    axes = vis.render.linechart({"a": [1.0, 4.0], "b": [(0.5, 2.0), (3.0, 1.0), (5.0, 0.0)]}).figure.axes[0]
    first, second = (line.get_xydata().tolist() for line in axes.lines)
    assert first == [[0, 1], [1, 4]] and second == [[0.5, 2], [3, 1], [5, 0]]
    assert axes.get_ylim()[0] == 0
    assert vis.render.linechart([7.0, 8.0], zoom_to_fit=True).figure.axes[0].get_ylim()[0] > 6
    assert len(vis.render.linechart(gl.tensor([[0.0, 1.0], [1.0, 2.0]])).figure.axes[0].lines) == 1
    with pytest.raises(gl.errors.ArgumentError, match="linechart: 1 names in series for 2 lines"):
        vis.render.linechart([[1.0, 2.0], [3.0, 4.0, 5.0]], ["a"])
    with pytest.raises(gl.errors.ShapeError, match=r"numbers or pairs \(x, y\)"):
        vis.render.linechart(np.zeros((4, 3)))


def test_axes_of_the_users_own() -> None:
    made = vis.render.barchart({"cat": 3, "dog": 5})
    again = vis.render.histogram([1.0, 2.0], axes=made.figure.add_subplot(1, 2, 2))
    assert again.figure is made.figure and len(made.figure.axes) == 2


def test_a_histogram_counts_what_is_finite() -> None:
    axes = vis.render.histogram([0.0, 1.0, 1.0, np.nan, -np.inf], max_bins=2).figure.axes[0]
    assert [bar.get_height() for bar in axes.patches] == [1, 2]
    assert axes.texts[0].get_text() == "5 values, 1 zeros, from 0 to 1, 1 NaN, 1 infinite"
    assert not vis.render.histogram([np.nan]).figure.axes[0].texts[0].get_text().count("from")


def test_a_heatmap_goes_to_the_right_first() -> None:
    values = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    plain, rows = (
        vis.render.heatmap(values, row_major=one).figure.axes[0].images[0] for one in (False, True)
    )
    np.testing.assert_array_equal(plain.get_array(), np.transpose(values))
    np.testing.assert_array_equal(rows.get_array(), values)
    with pytest.raises(gl.errors.ArgumentError, match="3 x_tick_labels for 2"):
        vis.render.heatmap(values, x_tick_labels=["a", "b", "c"])
    with pytest.raises(gl.errors.ArgumentError, match="color_map must be one of viridis"):
        vis.render.heatmap(values, color_map="jet")


def test_the_diagonal_may_stay_white() -> None:
    image = vis.render.confusion_matrix([[5, 1], [2, 7]], shade_diagonal=False).figure.axes[0].images[0]
    assert np.isnan(np.diag(np.ma.filled(image.get_array(), np.nan))).all()
    right = vis.render.confusion_matrix([[5, 0], [0, 7]], shade_diagonal=False).figure.axes[0].images[0]
    assert right.get_array().max() == 7, "without mistakes the diagonal is all there is"
    with pytest.raises(gl.errors.ShapeError, match="must be square"):
        vis.render.confusion_matrix([[1, 2]])


def test_pictures_are_saved_whole_or_not_at_all(tmp_path: Path) -> None:
    picture = vis.render.linechart([1.0, 2.0])
    with Image.open(picture.save(tmp_path / "new" / "a.png")) as image:
        assert image.size == (640, 360) and len(image.convert("L").getcolors() or []) > 10
    assert picture.save(tmp_path / "a.svg").read_text().count("<svg") == 1
    assert picture._repr_png_().startswith(b"\x89PNG")
    with pytest.raises(gl.errors.ArgumentError, match="no format by the ending"):
        picture.save(tmp_path / "a.nothing")
    assert {one.name for one in tmp_path.iterdir()} == {"new", "a.svg"}


def test_without_matplotlib_the_error_says_what_to_type() -> None:
    code = (
        "import sys; sys.modules['matplotlib'] = None; sys.modules['matplotlib.figure'] = None\n"
        "import glbackend as gl\n"
        "print(gl.vis.metrics.accuracy([1], [1]))\n"
        "try: gl.vis.render.linechart([1., 2.])\n"
        "except gl.errors.MissingPackageError as error: print(error)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert (
        shown.startswith("1.0\nlinechart: needs matplotlib.figure")
        and "pip install 'glbackend[vis]'" in shown
    )


# -- trainings, layers, models -------------------------------------------------------------------------------


def test_a_history_has_a_panel_a_metric(backend: str) -> None:
    model = network()
    history = model.fit(*data(), epochs=3, validation_split=0.25, verbose=0)
    picture = history.plot()
    assert titles(picture) == ["loss", "accuracy"]
    loss = {line.get_label(): line.get_ydata().tolist() for line in picture.figure.axes[0].lines}
    assert loss == {"loss": history.history["loss"], "val_loss": history.history["val_loss"]}
    assert picture.figure.axes[0].lines[0].get_xdata().tolist() == [1, 2, 3]
    assert picture.figure.axes[1].get_ylim() == (0, 1.02)
    assert titles(history.plot(["val_loss"])) == ["loss"]
    assert titles(vis.show.history([{"loss": 1.0}, {"loss": 0.5, "late": 2.0}])) == ["loss", "late"]
    with pytest.raises(gl.errors.ArgumentError, match="there is no 'speed': it has loss"):
        history.plot(["speed"])
    with pytest.raises(gl.errors.ArgumentError, match="nothing to draw"):
        vis.show.history({})


def network() -> gl.Model:
    model = gl.sequential([
        gl.layers.conv2d(filters=5, kernel_size=3, activation="relu", input_shape=[6, 6, 1], name="conv"),
        gl.layers.conv2d(filters=70, kernel_size=2, name="deep"),
        gl.layers.global_average_pooling2d(name="mean"),
        gl.layers.dense(units=2, activation="softmax", name="out"),
    ])  # fmt: skip
    model.compile("sgd", "sparseCategoricalCrossentropy", metrics=["accuracy"])
    return model


def data() -> tuple[Any, Any]:
    x = np.random.default_rng(0).normal(size=(16, 6, 6, 1)).astype(np.float32)
    return x, (x.mean((1, 2, 3)) > 0).astype(np.int32)[:, None]


def test_filters_are_the_kernel() -> None:
    model = network()
    one = vis.filters(model.get_layer("conv"))
    image = np.ma.filled(one.figure.axes[0].images[0].get_array(), np.nan)
    np.testing.assert_allclose(
        image[:3, 4:7], model.get_layer("conv").weights[0].numpy()[:, :, 0, 1], rtol=1e-6
    )
    assert titles(vis.filters(model.get_layer("deep"))) == [
        "deep: 64 of 70 filters of 2 x 2, a row each, a column for 5 of 5 channels"
    ]
    with pytest.raises(gl.errors.ArgumentError, match=r"layer 'out' \(Dense\) has no kernel over images"):
        vis.filters(model.get_layer("out"))


def test_outputs_of_layers_are_what_they_give(backend: str) -> None:
    model, (x, _) = network(), data()
    picture = vis.layer_outputs(model, x, ["conv", "deep", "out"], example=3)
    assert titles(picture) == [
        "conv (Conv2D): 4 x 4 x 5", "deep (Conv2D): 3 x 3 x 70, the first 64 channels", "out (Dense): 2",
    ]  # fmt: skip
    wanted = model.predict(x).numpy()[3]
    np.testing.assert_allclose(picture.figure.axes[2].images[0].get_array()[0], wanted, rtol=1e-4)
    with pytest.raises(gl.errors.ArgumentError, match="there is no layer 'gone': use conv_input, conv"):
        vis.layer_outputs(model, x, ["gone"])
    with pytest.raises(gl.errors.ArgumentError, match="there is no example 16 among 16"):
        vis.layer_outputs(model, x, example=16)


def test_layers_and_models_are_summed_up() -> None:
    model = network()
    assert titles(vis.show.layer(model.get_layer("out"))) == ["out/kernel: [70, 2]", "out/bias: [2]"]
    rows = vis.show.model_summary(model).values
    assert rows[0] == ["conv", "[None, 4, 4, 5]", 50, True]
    with pytest.raises(gl.errors.ArgumentError, match=r"'mean' .* has no weights"):
        vis.show.layer(model.get_layer("mean"))
    assert "<table>" in vis.show.model_summary(model)._repr_html_()


def test_a_models_graph_has_its_layers_and_edges(tmp_path: Path) -> None:
    a, b = gl.input([3], name="left"), gl.input([3], name="right <&>")
    shared = gl.layers.dense(units=4, name="shared")
    both = gl.layers.concatenate(name="both").apply([shared(a), shared(b), a])
    model = gl.model(inputs=[a, b], outputs=gl.layers.dense(units=1, name="out")(both))
    page = structure(str(model.plot()))
    assert page.words.count("shared ?x4") == 2 and {"both ?x11", "right <&> ?x3"} <= set(page.words)
    assert page.count("path") == 6, "two into the shared layer, three into both, one into out"
    assert model.plot().save(tmp_path / "model.svg").read_text() == str(model.plot())
    with pytest.raises(gl.errors.ArgumentError, match=r"end the name with \.svg"):
        model.plot().save(tmp_path / "model.png")


def test_plot_model_writes_by_the_ending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keras's arguments; only what is not SVG needs Graphviz, which is a program that is found or not."""
    inner = gl.Sequential([gl.Input((4,)), gl.layers.Dense(3, "relu", name="first")], name="inner")
    left, right = gl.Input((4,), name="left"), gl.Input((4,), name="right")
    model = gl.Model([left, right], gl.layers.Add(name="<sum>")([inner(left), inner(right)]))
    drawing = gl.utils.plot_model(model, tmp_path / "m.svg", show_shapes=True, show_layer_names=True)
    words = structure((tmp_path / "m.svg").read_text()).words
    assert str(drawing) == (tmp_path / "m.svg").read_text()
    assert words.count("inner (Sequential)") == 2 and "?x3, ?x3 -> ?x3" in words
    inner.trainable = False
    every = ("shapes", "dtype", "layer_activations", "trainable")
    options = {"expand_nested": True, **{f"show_{one}": True for one in every}}
    text = gl.utils.model_to_dot(model, rankdir="LR", **options).to_string()
    line = "[label=<<b>first (Dense)</b><br/>relu, ?x4 -&gt; ?x3, float32, not trainable>];"
    assert text.count(line) == 2 and "rankdir=LR" in text and "&lt;sum&gt; (Add)" in text
    assert text.count("->") == 4 and "inner" not in text
    assert (
        gl.utils.plot_model(model, tmp_path / "m.dot", show_layer_names=True, rankdir="LR", **options) is None
    )
    assert (tmp_path / "m.dot").read_text() == text
    monkeypatch.setenv("PATH", str(tmp_path))
    for path, way in (("m.png", "TB"), ("n.svg", "LR")):
        with pytest.raises(gl.errors.ArgumentError, match="Graphviz, whose program 'dot' is not found"):
            gl.utils.plot_model(model, tmp_path / path, rankdir=way)
    with pytest.raises(gl.errors.ArgumentError, match="must have an ending"):
        gl.utils.plot_model(model, tmp_path / "model")
    program = tmp_path / "dot"
    program.write_text('#!/bin/sh\necho "$1 $(/bin/cat | /usr/bin/wc -l)"\n')
    program.chmod(0o755)
    gl.utils.plot_model(model, tmp_path / "m.png")
    assert (tmp_path / "m.png").read_text().split()[0] == "-Tpng"


def test_the_graph_of_a_class_shows_its_layers() -> None:
    class Own(gl.Model):
        def __init__(self) -> None:
            super().__init__()
            self.inner = gl.layers.dense(units=2, name="inner")

        def call(self, inputs: gl.Tensor) -> gl.Tensor:
            return self.inner(inputs) * 2.0

    model = Own()
    with pytest.raises(gl.errors.ShapeError, match="has no shapes yet"):
        model.plot()
    model.build([None, 3])
    assert "inner" in str(model.plot())


# -- the page that grows -------------------------------------------------------------------------------------


class Visitor(gl.Callback):
    """Opens the page after each epoch, as a browser would."""

    def __init__(self, page: live.LivePage) -> None:
        self.page, self.seen, self.url = page, [], ""

    def on_epoch_end(self, epoch: int, logs: Any) -> None:
        self.url = self.page.url
        self.seen.append(json.loads(answered(self.url + "data")))

    def on_batch_end(self, batch: int, logs: Any) -> None:
        pass


def answered(url: str, host: str | None = None) -> str:
    request = urllib.request.Request(url, headers={"Host": host} if host else {})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(answer.read().decode())


def test_the_page_grows_while_fit_runs(
    backend: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = vis.show.fit_callbacks(path=tmp_path / "training.html", update_freq=2)
    visitor = Visitor(page)
    history = network().fit(
        *data(), epochs=3, batch_size=4, validation_split=0.25, verbose=0, callbacks=[page, visitor]
    )
    assert f"training is shown at {visitor.url}\n" in capsys.readouterr().out
    losses = [one["panels"]["loss"] for one in visitor.seen]
    assert [len(one["loss"]) for one in losses] == [1, 2, 3]
    assert losses[-1]["val_loss"] == [[i + 1, one] for i, one in enumerate(history.history["val_loss"])]
    assert [at for at, _ in losses[0]["batch loss"]] == [2 / 3]
    assert visitor.seen[1]["told"].startswith("epoch 2 of 3") and not visitor.seen[1]["over"]
    with pytest.raises(urllib.error.URLError):
        answered(visitor.url)  # it ends with fit
    assert structure((tmp_path / "training.html").read_text()).count("div") == 1


def test_the_page_is_for_this_machine_only(tmp_path: Path) -> None:
    page = live.LivePage(tmp_path / "training.html", verbose=0)
    page.params = {"epochs": 1}
    page.on_train_begin({})
    try:
        assert structure(answered(page.url)).count("script") == 1
        for url, host, code in ((page.url, "evil.example:80", 403), (page.url + "etc/passwd", None, 404)):
            with pytest.raises(urllib.error.HTTPError) as refused:
                answered(url, host)
            assert refused.value.code == code
            refused.value.close()
    finally:
        page.on_train_end({})


def test_long_curves_are_thinned_out_and_nan_is_a_gap(tmp_path: Path) -> None:
    page = live.LivePage(tmp_path / "training.html", port=None, update_freq="batch", metrics=["loss"])
    page.params = {"epochs": 2, "steps": 3000}
    page.on_train_begin({})
    page.on_epoch_begin(0, {})
    for batch in range(3000):
        page.on_train_batch_end(
            batch, {"batch": batch, "size": 1, "loss": float("nan") if batch == 2999 else batch, "mae": 1.0}
        )
    page.on_epoch_end(0, {"loss": 1.0})
    page.on_train_end({})
    curves = page.known()["panels"]["loss"]
    assert len(curves["batch loss"]) <= live.MOST_POINTS and curves["batch loss"][-1] == [1.0, None]
    assert set(page.known()["panels"]) == {"loss"}


def test_the_page_in_a_browser(tmp_path: Path) -> None:
    page = live.LivePage(tmp_path / "training.html", port=None)
    network().fit(*data(), epochs=4, validation_split=0.25, verbose=0, callbacks=[page])
    made = structure(dom(tmp_path / "training.html", tmp_path))
    panels = [attrs["data-panel"] for tag, attrs in made.found if tag == "svg"]
    curves = [
        (attrs["data-curve"], len((attrs["points"] or "").split()))
        for tag, attrs in made.found
        if tag == "polyline"
    ]
    assert panels == ["loss", "accuracy"]
    assert sorted(curves) == [("accuracy", 4), ("loss", 4), ("val_accuracy", 4), ("val_loss", 4)]
    assert any(word.startswith("fit: over after epoch 4 of 4") for word in made.words)


def test_the_page_asks_for_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the browser curves grow: each time that the page asks, an epoch more has ended."""
    page = live.LivePage(tmp_path / "training.html", verbose=0)
    page.params = {"epochs": 9}
    page.on_train_begin({})
    known = page.known

    def later() -> dict[str, Any]:
        page._add(len(page.curves.get("loss", ())) + 1, {"loss": 1.0}, "an epoch")
        return known()

    monkeypatch.setattr(page, "known", later)
    try:
        made = structure(dom(page.url, tmp_path))
    finally:
        monkeypatch.undo()
        page.on_train_end({})
    (line,) = [attrs for tag, attrs in made.found if tag == "polyline"]
    assert len((line["points"] or "").split()) >= 3, "one in the page itself, the others asked for"


def test_of_several_processes_one_shows(tmp_path: Path) -> None:
    page = live.LivePage(tmp_path / "training.html")
    assert type(_silenced(page)) is gl.Callback
    assert _silenced(history := gl.callbacks.History()) is history


def test_a_taken_port_is_an_error_at_the_beginning(tmp_path: Path) -> None:
    first = live.LivePage(tmp_path / "a.html", verbose=0)
    first.params = {}
    first.on_train_begin({})
    try:
        port = int(first.url.rsplit(":", 1)[1].strip("/"))
        with pytest.raises(OSError):
            live.LivePage(tmp_path / "b.html", port=port, verbose=0).on_train_begin({})
    finally:
        first.on_train_end({})


def test_the_kernels_of_a_function_are_drawn() -> None:
    """What is fused is one node; variables stand above and below; every tensor between is an edge."""
    weight = gl.variable(gl.ones([3, 2]), name="weight")

    def step(x: gl.Tensor) -> gl.Tensor:
        y = (x @ weight).relu() * 2.0
        weight.assign(weight + y.sum())
        return y

    captured = gl.function(step)
    drawn = str(gl.vis.kernel_graph(captured.graph(gl.TensorSpec([4, 3]))))
    for text in ("x0", "float32[4, 3]", "[BatchMatMul] Relu Multiply", "becomes this"):
        assert text in drawn
    plain = str(gl.vis.kernel_graph(gl.trace(step, gl.zeros([4, 3]))))
    assert plain.count("<path") > drawn.count("<path") > 0


def test_what_a_captured_function_does_is_a_page(backend: str, tmp_path: Path) -> None:
    captured, page = gl.function(lambda x: (x * 2.0).relu() + x), tmp_path / "page.html"
    said = captured.explain(gl.TensorSpec([3, 2]), html=page)
    text = page.read_text()
    assert escape(said) in text and "Multiply Relu Add" in text and structure(text).count("svg") == 1
    assert captured.explain(gl.TensorSpec([3, 2])) == said


ODD = {
    "one large number": [1e20] * 3, "the largest": [3e38], "neighbours": [1e8, 1e8 + 8], "denormal": [0.0, 1e-45],
    "not a number": [np.nan], "infinite": [np.inf, 1.0], "both ends": [-3e38, 3e38], "none": [],
}  # fmt: skip


@pytest.mark.parametrize("values", ODD.values(), ids=ODD)
def test_whatever_numbers_there_are_have_a_histogram(values: list[float], tmp_path: Path) -> None:
    array = np.array(values, np.float32)
    bars = gl.vis.render.histogram(array).figure.axes[0].patches
    assert sum(bar.get_height() for bar in bars) == np.isfinite(array).sum()
    gl.debug.inspect(array, path=tmp_path / "page.html")
    events = EventFile(tmp_path)
    events.histogram("weights", array, 0)
    events.close()
    assert (tmp_path / "page.html").stat().st_size and list(tmp_path.glob("events*"))


@pytest.mark.parametrize("given", [[1.0], ["a"], [{"loss": 1.0}, None], 3])
def test_a_history_is_of_logs(given: Any) -> None:
    with pytest.raises(ArgumentError, match="history: needs a History, a dict or a list of logs, got"):
        gl.vis.show.history(given)


@pytest.mark.parametrize("values", [["a", "b"], [1 + 1j, 2j]])
@pytest.mark.parametrize("chart", ["histogram", "linechart", "barchart", "scatterplot", "heatmap"])
def test_charts_are_of_real_numbers(chart: str, values: list[Any]) -> None:
    given = [values, values] if chart in ("heatmap", "scatterplot") else values
    with pytest.raises(DtypeError, match=f"{chart}: values must be real numbers, got (string|complex64)"):
        getattr(gl.vis.render, chart)(given)

"""Renews the pictures of the guides to tools, docs/images/tools: `python -m tools.guide_pictures`.

Pages are photographed by headless Chromium (Debian: apt-get install chromium).
"""

import json
import os
import subprocess
import tempfile
from itertools import product
from pathlib import Path

import numpy as np
from matplotlib import pyplot
from PIL import Image
from sklearn.datasets import load_digits

import glbackend as gl
from bench.serving import load, save_model, start, stop
from glbackend.distribute.launch import command
from glbackend.vis import Picture

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "images" / "tools"
COLOURS = 96  # of a PNG: enough for flat pages
SCALE = 1.25  # of a photographed page
CLIENTS, ROUNDS = (1, 2, 4, 8, 16, 32, 64), 7  # of a server


def photograph(page: Path, name: str, width: int, top: int, height: int, margin: int = 0) -> None:
    """Lines `top` to `top + height` of a page that is `width` pixels wide, without `margin` at both sides."""
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "page.png"
        subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             f"--screenshot={made}", f"--window-size={width},{top + height + 200}",
             f"--force-device-scale-factor={SCALE}",
             f"--user-data-dir={scratch}/profile", "--virtual-time-budget=3000", page.resolve().as_uri()],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        with Image.open(made) as whole:
            left, upper, right, lower = (
                round(SCALE * one) for one in (margin, top, width - margin, top + height)
            )
            write(whole.convert("RGB").crop((left, upper, right, lower)), name)


def write(picture: Image.Image, name: str) -> None:
    """A PNG of few colours."""
    picture.quantize(COLOURS).save(FOLDER / name, optimize=True)
    print(f"{name}: {(FOLDER / name).stat().st_size // 1024} KiB")


def save(picture: Picture, name: str) -> None:
    """A chart as a PNG of few colours."""
    with tempfile.TemporaryDirectory() as scratch, Image.open(picture.save(Path(scratch) / "a.png")) as made:
        write(made.convert("RGB"), name)


def network() -> gl.Model:
    """A small convolutional network for digits of 8 x 8."""
    model = gl.sequential([
        gl.layers.conv2d(filters=16, kernel_size=3, activation="relu", input_shape=[8, 8, 1], name="look"),
        gl.layers.max_pooling2d(name="pool"),
        gl.layers.flatten(name="flat"),
        gl.layers.dense(units=32, activation="relu", name="hidden"),
        gl.layers.dense(units=10, activation="softmax", name="digit"),
    ])  # fmt: skip
    model.compile("adam", "sparseCategoricalCrossentropy", metrics=["accuracy"])
    return model


def residual() -> gl.Model:
    """A model whose graph is no line."""
    x = gl.input([28, 28, 1], name="image")
    first = gl.layers.conv2d(filters=8, kernel_size=3, padding="same", activation="relu", name="look")(x)
    second = gl.layers.conv2d(filters=8, kernel_size=3, padding="same", name="again")(first)
    second = gl.layers.batch_normalization(name="norm")(second)
    both = gl.layers.add(name="skip").apply([first, second])
    mean = gl.layers.global_average_pooling2d(name="mean")(both)
    return gl.model(inputs=x, outputs=gl.layers.dense(units=10, activation="softmax", name="digit")(mean))


def serving() -> Picture:
    """Requests a second that a small network answers, by how many clients ask at once."""
    body = json.dumps({"instances": [np.linspace(0, 1, 16).round(3).tolist()]}).encode()
    best: dict[tuple[int, int], float] = {}
    with tempfile.TemporaryDirectory() as folder:
        save_model(Path(folder))
        serve = ("-m", "glbackend", "serve", "--model", f"m={folder}", "--port", "0", "--backend", "webgl")
        servers = [start(*serve, *options) for options in ((), ("--max-batch", "1"))]
        for _, n, which in product(range(ROUNDS), CLIENTS, range(2)):
            found = load(servers[which][1], n, 0.4, body)
            best[which, n] = max(best.get((which, n), 0.0), found)
        for process, _ in servers:
            stop(process)
    lines = [[(n, best[which, n]) for n in CLIENTS] for which in range(2)]
    return gl.vis.render.linechart(
        lines, ["together", "one by one (--max-batch 1)"], x_label="clients", y_label="requests a second"
    )


RANK = """
import json, sys, time
import numpy as np
import glbackend as gl
from glbackend.distribute.ranks import World
gl.set_backend("cpu")
strategy = gl.distribute.MultiWorkerMirroredStrategy()
with strategy.scope():
    hidden = [gl.layers.dense(units=2048, activation="relu") for _ in range(4)]
    model = gl.sequential([gl.layers.input_layer(input_shape=[1024]), *hidden, gl.layers.dense(units=10)])
    model.compile(gl.train.momentum(0.001, 0.9), "meanSquaredError")
spans, begin = [], World.start_adding
def noted(self, array):
    start, wait, size = time.perf_counter(), begin(self, array), array.nbytes
    def waited():
        result = wait()
        spans.append((start, time.perf_counter(), size))
        return result
    return waited
World.start_adding = noted
x = np.random.default_rng(0).random((1024, 1024), np.float32)
best = None
for _ in range(6):
    strategy.barrier()
    spans.clear()
    start = time.perf_counter()
    model.fit(x, x[:, :10], batch_size=1024, verbose=0)
    found = [(a - start, b - a, size) for a, b, size in spans], time.perf_counter() - start
    best = found if best is None or found[1] < best[1] else best
texts = strategy.ranks.gather_text(json.dumps(best))
if strategy.rank == 0:
    print("[" + ",".join(texts) + "]")
"""


def ranks() -> Picture:
    """A step of two ranks: when the sum of each bucket of gradients began, and when it was waited for."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    told = subprocess.run(
        [*command(2), "-c", RANK], env=environment, check=True, capture_output=True, text=True
    )
    figure, axes = pyplot.subplots(figsize=(8, 3.4), layout="constrained")
    for rank, (spans, seconds) in enumerate(json.loads(told.stdout.splitlines()[-1])):
        bars = [(0.0, seconds, f"the whole step of rank {rank}", "0.8")]
        for number, (since, length, size) in enumerate(spans):
            text = f"{size / 2**20:.0f} MB" if size >= 2**20 else f"{size / 2**10:.0f} kB"
            bars.append((since, length, text, f"C{number % 10}"))
        for row, (since, length, text, colour) in enumerate(bars):
            place = rank * (len(bars) + 1) + row
            axes.broken_barh([(since * 1e3, length * 1e3)], (place, 0.8), color=colour, alpha=0.6)
            axes.text(since * 1e3 + 5, place + 0.42, text, fontsize=7, va="center")
    axes.set(xlabel="ms", yticks=[])
    axes.invert_yaxis()
    return Picture(figure)


def main() -> None:
    """Trains, looks, photographs."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    save(serving(), "serving.png")
    save(ranks(), "ranks.png")
    gl.set_backend("webgl")
    gl.set_seed(1)
    digits = load_digits()
    x, y = (digits.images[..., None] / 16).astype(np.float32), digits.target
    residual().plot().save(FOLDER / "model.svg")
    model = network()
    with tempfile.TemporaryDirectory() as folder:
        pages = Path(folder)
        with gl.profile(graphs=True) as report:
            model.fit(x[:256], y[:256], epochs=2, batch_size=64, verbose=0)
        photograph(report.page(pages / "profile.html"), "profile.png", 1240, 0, 1000)
        live = gl.vis.LivePage(pages / "training.html", update_freq=1, port=None)
        history = model.fit(
            x[:1400], y[:1400], epochs=10, validation_data=(x[1400:], y[1400:]), callbacks=[live], verbose=0
        )
        photograph(live.path, "live.png", 1240, 0, 420)
        photograph(gl.debug.inspect(model, x[:4], path=pages / "model.html"), "inspect.png", 1240, 0, 1060)
        drawn = np.random.default_rng(3).normal(1.0, 0.45, (6, 10, 7)).astype(np.float32)
        drawn[1, 2, 3] = 0.0
        broken = gl.debug.inspect(gl.tensor(drawn).log(), path=pages / "nan.html")
        photograph(broken, "nan.png", 1240, 138, 326, margin=18)
        photograph(memory_page(pages), "leak.png", 1240, 516, 250, margin=18)
    save(history.plot(), "history.png")
    counts = gl.vis.metrics.confusion_matrix(y[1400:], model.predict(x[1400:]))
    save(
        gl.vis.render.confusion_matrix(counts, shade_diagonal=False, title="held-out digits"), "confusion.png"
    )
    save(gl.vis.layer_outputs(model, x[:4], ["look", "pool", "hidden", "digit"], example=2), "outputs.png")


def memory_page(folder: Path) -> Path:
    """The profile of a loop that keeps what it computes, and then of one that does not."""
    x, kept = gl.ones([64, 256]), []
    with gl.profile() as report:
        for step in range(40):
            kept.append((x * float(step)).square())
        for step in range(40):
            float((x * float(step)).square().sum())
    kept.clear()
    return report.page(folder / "leak.html")


if __name__ == "__main__":
    main()

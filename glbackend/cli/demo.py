"""`python -m glbackend demo`: a network learns handwritten digits on shaders, and shows what it learnt."""

import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.datasets import load_digits

import glbackend as gl
from glbackend.base.errors import BackendError
from glbackend.cli import pictures
from glbackend.cli.device import device
from glbackend.debug.texels import texels

Array = np.ndarray[Any, Any]
SEED = 7
HELD_OUT_DIGITS = 360
WANTED_ACCURACY = 0.97  # held-out accuracy that the default number of epochs reaches
TOLERANCE = 1e-4  # how far apart the backends' probabilities may lie


class Digits(NamedTuple):
    """1797 digits of 8 x 8 pixels in 0..1 as [n, 8, 8, 1], and their classes one-hot; a fifth is held out."""

    x: Array
    y: Array
    held_x: Array
    held_y: Array


def digits() -> Digits:
    """The digits that ship inside scikit-learn, in a fixed random order."""
    data = load_digits()
    order = np.random.default_rng(SEED).permutation(len(data.target))
    x = (data.images / 16).astype(np.float32)[order, :, :, None]
    y = np.eye(10, dtype=np.float32)[data.target[order]]
    return Digits(x[HELD_OUT_DIGITS:], y[HELD_OUT_DIGITS:], x[:HELD_OUT_DIGITS], y[:HELD_OUT_DIGITS])


def network() -> gl.Model:
    """Two convolutions, a pool, two dense layers: 38,282 parameters."""
    layers = gl.layers
    return gl.sequential(
        [
            layers.conv2d(filters=16, kernel_size=3, padding="same", activation="relu",
                          kernel_initializer="heNormal", input_shape=[8, 8, 1], name="conv_1"),
            layers.conv2d(filters=32, kernel_size=3, padding="same", activation="relu",
                          kernel_initializer="heNormal", name="conv_2"),
            layers.max_pooling2d(pool_size=2, name="pool"),
            layers.flatten(name="flatten"),
            layers.dense(units=64, activation="relu", kernel_initializer="heNormal", name="hidden"),
            layers.dropout(rate=0.3, name="dropout"),
            layers.dense(units=10, activation="softmax", name="digit"),
        ],
        name="digits",
    )  # fmt: skip


def demo(backend: str, out: Path, epochs: int) -> int:
    """Trains, judges, saves, loads, compares, draws; 0 where everything held."""
    begun = time.perf_counter()
    try:
        gl.set_backend(backend)
    except BackendError as error:
        raise BackendError(
            f"{error}\nThe demo runs without OpenGL too: python -m glbackend demo --backend cpu"
        ) from None
    gl.set_seed(SEED)
    out.mkdir(parents=True, exist_ok=True)
    data, model = digits(), network()
    print(f"Handwritten digits on {device()}: {len(data.x)} to learn from, {len(data.held_x)} held out.\n")
    model.summary()
    model.compile(optimizer=gl.train.adam(0.002), loss="categoricalCrossentropy", metrics=["accuracy"])
    held = (data.held_x, data.held_y)
    history = model.fit(data.x, data.y, epochs=epochs, batch_size=64, validation_data=held, seed=SEED).history
    probabilities = model.predict(data.held_x, batch_size=HELD_OUT_DIGITS).numpy()
    right = int((probabilities.argmax(1) == data.held_y.argmax(1)).sum())
    accuracy = right / len(data.held_x)
    print(f"\nHeld-out accuracy  {accuracy:.1%}: {right} of {len(data.held_x)} digits it had never seen")
    loaded = _saved_and_loaded(model, out / "model", probabilities, data.held_x)
    agree = _backends_agree(loaded, data.held_x)
    _draw(loaded, data, probabilities, history, out)
    print(f"Done in {time.perf_counter() - begun:.0f} s.")
    if accuracy < WANTED_ACCURACY:
        print(f"That is under {WANTED_ACCURACY:.0%}: train longer, with --epochs.")
    return 0 if agree and accuracy >= WANTED_ACCURACY else 1


def _saved_and_loaded(model: gl.Model, folder: Path, probabilities: Array, x: Array) -> gl.Model:
    model.save(str(folder))
    size = sum(path.stat().st_size for path in folder.iterdir())
    loaded = gl.load_layers_model(folder)
    difference = float(np.abs(loaded.predict(x, batch_size=len(x)).numpy() - probabilities).max())
    same = "the same predictions" if difference == 0 else f"predictions differ by up to {difference:.1e}"
    print(f"Saved and loaded   {folder}/model.json, a TF.js layers model of {size / 1024:.0f} KiB: {same}")
    return loaded


def _backends_agree(model: gl.Model, x: Array) -> bool:
    """Whether webgl and cpu give the same probabilities; says so."""
    chosen, found = gl.get_backend(), {}
    for name in ("webgl", "cpu"):
        try:
            gl.set_backend(name)
        except BackendError:
            print("webgl against cpu  not compared: there is no OpenGL here")
            return True
        found[name] = model.predict(x, batch_size=len(x)).numpy()
    gl.set_backend(chosen)
    difference = float(np.abs(found["webgl"] - found["cpu"]).max())
    verdict = "" if difference <= TOLERANCE else f", more than {TOLERANCE:g}: please report it"
    count = found["cpu"].size
    print(f"webgl against cpu  largest difference {difference:.1e} over {count} probabilities{verdict}")
    return difference <= TOLERANCE


def _draw(
    model: gl.Model, data: Digits, probabilities: Array, history: dict[str, list[float]], out: Path
) -> None:
    pixels, truth = data.held_x[..., 0], data.held_y.argmax(1)
    shown = int(np.flatnonzero(truth == 3)[0])
    steps = _activations(model, data.held_x[shown : shown + 1])
    filters = model.layers[0].get_weights()[0].numpy()[:, :, 0, :]
    pictures.draw_digits(out / "digits.png", pixels, truth, probabilities)
    pictures.draw_curves(out / "curves.png", history)
    pictures.draw_filters(out / "filters.png", filters, pixels[shown], steps["conv_1"].numpy()[0])
    made = ["digits.png", "curves.png", "filters.png"]
    if gl.get_backend() == "webgl":
        chosen = {
            name: (list(one.shape[1:]), texels(one))
            for name, one in steps.items()
            if name not in ("flatten", "dropout")
        }
        pictures.draw_textures(out / "textures.png", pixels[shown], chosen)
        made.append("textures.png")
    print(f"Pictures           {', '.join(str(out / name) for name in made)}")


def _activations(model: gl.Model, x: Array) -> dict[str, gl.Tensor]:
    """What each layer gives for one digit, by the layer's name."""
    value, found = gl.tensor(x), {}
    for layer in model.layers:
        value = found[layer.name] = layer(value)
    return found

"""`docs/applications.md`: the architectures of `keras.applications`, built by Keras and loaded here.

`python tools/keras_applications.py make FOLDER [NAME ...]`, where keras 3.15 and tensorflow 2.21 are
installed, builds each from seeded weights, moves the statistics of its normalisations a little, and keeps it
as a `.keras` file with an input and the output. `python -m tools.keras_applications judge FOLDER` loads the
files here, on both backends, and writes the page. The files are large and are not kept.
"""

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

PAGE = Path(__file__).resolve().parents[1] / "docs" / "applications.md"
SIDES = {"NASNetLarge": 331}  # the only size that it takes without its weights; others take MOST
SIDE = 96  # pixels
DAMPED = ("EfficientNetV2L", "EfficientNetV2M")
HEAD = """# The architectures of keras.applications

Each is built by Keras 3.15 from seeded weights for images of the size given, saved as a `.keras` file and
loaded here: how far the logits lie apart, as a share of the largest.
`tools/keras_applications.py` makes this table.

With random weights the values of EfficientNetV2M and V2L grow from layer to layer to 1e10, and Keras in
float32 lies 0.45 from Keras in float64: in these two each residual branch ends in a tenth of its values.

| architecture | parameters | image | cpu | webgl |
| --- | ---: | ---: | ---: | ---: |
"""


def names_of(keras: Any) -> list[str]:
    """The functions that build one."""
    return [one for one in dir(keras.applications) if one[0].isupper()]


def make(folder: Path, wanted: list[str]) -> None:
    """Builds, weighs and saves them, with what they give for an image."""
    keras = importlib.import_module("keras")
    folder.mkdir(parents=True, exist_ok=True)
    for name in wanted or names_of(keras):
        if (folder / f"{name}.npz").exists():
            continue
        keras.utils.set_random_seed(1)
        side = SIDES.get(name, SIDE)
        model = getattr(keras.applications, name)(
            weights=None, input_shape=(side, side, 3), classes=10, classifier_activation=None
        )
        drawn = np.random.default_rng(2)
        for weight in model.weights:
            if weight.path.endswith(("moving_mean", "moving_variance", "beta", "gamma", "bias")):
                moved = weight.numpy() + drawn.uniform(0, 0.1, weight.shape)
                weight.assign(moved.astype(np.float32))
            if name in DAMPED and weight.path.endswith("project_bn/gamma"):
                weight.assign(weight * 0.1)
        image = drawn.uniform(0, 255, (1, side, side, 3)).astype(np.float32)
        model.save(folder / f"{name}.keras")
        np.savez(folder / f"{name}.npz", image=image, output=model(image, training=False).numpy())
        print(name, model.count_params(), flush=True)
        del model


def judge(folder: Path) -> None:
    """Loads the files on both backends; the page is made of judged.json, which keeps what came out."""
    gl: Any = importlib.import_module("glbackend")
    kept = folder / "judged.json"
    found: dict[str, Any] = json.loads(kept.read_text()) if kept.exists() else {}
    for path in sorted(folder.glob("*.npz")):
        if path.stem in found:
            continue
        stored = np.load(path)
        row: dict[str, Any] = {}
        for backend in ("cpu", "webgl"):
            gl.set_backend(backend)
            begun = time.monotonic()
            try:
                model = gl.load_model(folder / f"{path.stem}.keras")
            except gl.errors.ModelFormatError as error:
                row = {"missing": str(error).partition(": ")[2].partition(":")[0]}
                print(path.stem, row["missing"], flush=True)
                break
            output = model.predict(stored["image"]).numpy()
            apart = float(np.abs(output - stored["output"]).max() / np.abs(stored["output"]).max())
            row |= {backend: apart, "parameters": model.count_params(), "side": stored["image"].shape[1]}
            print(path.stem, backend, f"{apart:.1e}", f"{time.monotonic() - begun:.1f} s", flush=True)
            del model, output
        found[path.stem] = row
        kept.write_text(json.dumps(found))
    PAGE.write_text(HEAD + "".join(_line(name, one) for name, one in sorted(found.items())), encoding="utf-8")


def _line(name: str, one: dict[str, Any]) -> str:
    """A row of the table."""
    if "missing" in one:
        return f"| {name} | | | {one['missing']} | |\n"
    return f"| {name} | {one['parameters']:,} | {one['side']} | {one['cpu']:.1e} | {one['webgl']:.1e} |\n"


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]), sys.argv[3:])
    else:
        judge(Path(sys.argv[2]))

"""SavedModels that TensorFlow and Keras write, with what TensorFlow gives for them: `tests/golden/saved_models.zip`.

Run with a Python that has tensorflow 2.21 and keras 3.15: `python -m tools.saved_model_goldens [NAME ...]`. Each
model is a folder in the archive; `calls.json` says which arrays of `calls.npz` are fed and expected.
"""

import importlib
import json
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tools.saved_model_samples import SAMPLES

GOLDEN = Path(__file__).resolve().parents[1] / "tests" / "golden" / "saved_models.zip"
Call = tuple[str, dict[str, Any], dict[str, Any]]  # the signature, what is fed, what TensorFlow gives


def main(names: list[str]) -> None:
    """Writes the archive, or only says what those named hold."""
    tf = importlib.import_module("tensorflow")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        told: dict[str, list[dict[str, Any]]] = {}
        arrays: dict[str, Any] = {}
        for name, make in SAMPLES.items():
            if names and name not in names:
                continue
            tf.keras.utils.set_random_seed(7)
            calls = _called(tf, name, make, place)
            told[name] = []
            for number, (signature, fed, given) in enumerate(calls):
                told[name].append({"signature": signature, "fed": sorted(fed), "given": sorted(given)})
                arrays |= {f"{name}/{number}/in/{key}": plain(value) for key, value in fed.items()}
                arrays |= {f"{name}/{number}/out/{key}": plain(value) for key, value in given.items()}
            print(name, told[name], sum(one.stat().st_size for one in (place / name).rglob("*")))
        if not names:
            np.savez_compressed(place / "calls.npz", **arrays)
            (place / "calls.json").write_text(json.dumps(told, indent=1) + "\n")
            pack(place)


def _called(tf: Any, name: str, make: Callable[..., Any], place: Path) -> list[Call]:
    """Writes a model, loads it again and calls it."""
    with tempfile.TemporaryDirectory() as scratch:
        calls = make(tf, place / name, Path(scratch))  # an asset must be found in the folder alone
    loaded = tf.saved_model.load(str(place / name))
    made = []
    for signature, fed in calls:
        function = loaded.signatures[signature]
        taken = function.structured_input_signature[1]
        given = function(**{key: tf.constant(value, taken[key].dtype) for key, value in fed.items()})
        made.append((signature, fed, {key: value.numpy() for key, value in given.items()}))
    return made


def plain(value: Any) -> Any:
    """An array that is kept without pickles: text as str, bfloat16 as float32."""
    array = np.asarray(value)
    if array.dtype.kind in "OS":
        texts = [one.decode() if isinstance(one, bytes) else str(one) for one in array.ravel()]
        return np.array(texts, str).reshape(array.shape)
    return array.astype(np.float32) if array.dtype.name == "bfloat16" else array


def pack(place: Path) -> None:
    """All files in one archive, whose bytes depend on theirs alone."""
    with zipfile.ZipFile(GOLDEN, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(place.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(str(path.relative_to(place)), (1980, 1, 1, 0, 0, 0))
                archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED, 9)
    print(GOLDEN, GOLDEN.stat().st_size)


if __name__ == "__main__":
    main(sys.argv[1:])

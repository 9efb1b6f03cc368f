#!/usr/bin/env bash
# Does a Keras model whose two nested models share one layer come back from its .keras file?
#
# Guess: yes, with the layer shared again, or at least with its weights in both places: saving says nothing, and the file
# marks shared objects by number ("shared_object_id").
# Versions: keras 3.15.1 on torch 2.13.0, numpy 2.2.6, Python 3.11.
# Behaviour: the weights are stored once, under the nested model that is met first; the number is written where the layer is
# met again, not where it was met first, so that loading makes two layers and finds no weights for one of them. It raises.
# A layer that one functional model uses twice is stored and loaded as it is.
# Seen:
#   used twice by one model: loads, outputs equal
#   shared by two nested models: 1 of 2 kernels stored, ValueError: A total of 1 objects could not be loaded
# Exits 0 where that is so, 1 where it changed, 0 with SKIPPED where there is no package to be had.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target "$folder" \
  keras==3.15.1 torch==2.13.0 numpy==2.2.6 || { echo "SKIPPED: the packages cannot be had"; exit 0; }
cat > "$folder/try.py" <<'PYTHON'
import io
import sys
import zipfile

import h5py
import keras
import numpy as np

ones = np.ones((1, 4), "float32")


def nested(layer, name):
    given = keras.Input((4,))
    return keras.Model(given, layer(given), name=name)


def said(model):
    path = f"{sys.argv[1]}/model.keras"
    model.save(path)
    try:
        again = keras.saving.load_model(path)
    except Exception as error:
        kernels = []
        weights = h5py.File(io.BytesIO(zipfile.ZipFile(path).read("model.weights.h5")))
        weights.visititems(lambda name, one: kernels.append(name) if getattr(one, "shape", None) == (4, 4) else None)
        words = str(error).splitlines()[0].split(". ")[0]
        return f"{len(kernels)} of 2 kernels stored, {type(error).__name__}: {words}"
    equal = all(np.allclose(a, b) for a, b in zip(model.predict(ones, verbose=0), again.predict(ones, verbose=0)))
    return f"loads, outputs {'equal' if equal else 'differ'}"


given, shared = keras.Input((4,)), keras.layers.Dense(4)
print("used twice by one model:", said(keras.Model(given, [shared(given), shared(shared(given))])))
given, shared = keras.Input((4,)), keras.layers.Dense(4)
first, second = nested(shared, "first"), nested(shared, "second")
print("shared by two nested models:", said(keras.Model(given, [first(given), second(first(given))])))
PYTHON
wanted='used twice by one model: loads, outputs equal
shared by two nested models: 1 of 2 kernels stored, ValueError: A total of 1 objects could not be loaded'
seen=$(PYTHONPATH="$folder" KERAS_BACKEND=torch python3 "$folder/try.py" "$folder" 2>/dev/null) || true
echo "$seen"
[ "$seen" = "$wanted" ]

#!/usr/bin/env bash
# Does Dropout()(x, training=True) in a functional model of Keras 3 drop in predict, as Monte Carlo dropout wants it?
#
# Guess: yes: an argument that was given when the layer was called is part of the graph, as in Keras 2.
# Versions: keras 3.15.1 on tensorflow-cpu 2.21.0, numpy 2.2.6, Python 3.11.
# Behaviour: only where the model itself is called without `training`. predict and evaluate call it with training=False,
# and that goes before what the graph holds: nothing is dropped, all samples are the same.
# Seen (the share of 1,000 ones that come out as 0):
#   model(x): about half
#   model(x, training=False): none
#   model.predict(x): none
# Exits 0 where that is so, 1 where it changed, 0 with SKIPPED where there is no package to be had.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target "$folder" \
  keras==3.15.1 tensorflow-cpu==2.21.0 numpy==2.2.6 || { echo "SKIPPED: the packages cannot be had"; exit 0; }
cat > "$folder/try.py" <<'PYTHON'
import keras
import numpy as np

x = keras.Input((1000,))
model = keras.Model(x, keras.layers.Dropout(0.5)(x, training=True))
ones = np.ones((1, 1000), "float32")
for name, y in (
    ("model(x)", model(ones)),
    ("model(x, training=False)", model(ones, training=False)),
    ("model.predict(x)", model.predict(ones, verbose=0)),
):
    share = float((keras.ops.convert_to_numpy(y) == 0).mean())
    print(f"{name}: {'none' if share == 0 else 'about half' if 0.4 < share < 0.6 else share}")
PYTHON
wanted='model(x): about half
model(x, training=False): none
model.predict(x): none'
seen=$(PYTHONPATH="$folder" KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 python3 "$folder/try.py" 2>/dev/null) || true
echo "$seen"
[ "$seen" = "$wanted" ]

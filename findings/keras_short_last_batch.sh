#!/usr/bin/env bash
# Is the loss that Keras 3's evaluate gives for a model of two outputs the sum of the two losses it gives beside it?
#
# Guess: yes: with loss weights of 1 the total is the sum, for any batch size.
# Versions: keras 3.15.1 on tensorflow-cpu 2.21.0, numpy 2.2.6, Python 3.11.
# Behaviour: only where all batches are equally long. The total weighs each batch by its examples; the losses of the
# outputs are plain means over the batches, so that the one example of a short last batch counts as much as a whole batch.
# Seen (three examples, whose losses are 1, 1 and 4 for either output):
#   batches of 3: total 4.0, outputs 2.0 and 2.0
#   batches of 2: total 4.0, outputs 2.5 and 2.5
# Exits 0 where that is so, 1 where it changed, 0 with SKIPPED where there is no package to be had.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target "$folder" \
  keras==3.15.1 tensorflow-cpu==2.21.0 numpy==2.2.6 || { echo "SKIPPED: the packages cannot be had"; exit 0; }
cat > "$folder/try.py" <<'PYTHON'
import keras
import numpy as np

x = keras.Input((1,))
model = keras.Model(x, [keras.layers.Identity(name="a")(x), keras.layers.Identity(name="b")(x)])
model.compile(loss=["mse", "mse"])
values = np.array([[1.0], [1.0], [2.0]], "float32")
for size in 3, 2:
    total, *outputs = model.evaluate(values, [np.zeros((3, 1))] * 2, batch_size=size, verbose=0)
    first, second = (round(float(one), 6) for one in outputs)
    print(f"batches of {size}: total {round(float(total), 6)}, outputs {first} and {second}")
PYTHON
wanted='batches of 3: total 4.0, outputs 2.0 and 2.0
batches of 2: total 4.0, outputs 2.5 and 2.5'
seen=$(PYTHONPATH="$folder" KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 python3 "$folder/try.py" 2>/dev/null) || true
echo "$seen"
[ "$seen" = "$wanted" ]

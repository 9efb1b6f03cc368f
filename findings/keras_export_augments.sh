#!/usr/bin/env bash
# Does the serving signature that Keras 3's model.export() writes augment images, as training does?
#
# Guess: no. model.predict leaves them as they are, Dropout and noise are off in the export, so random flips are too.
# Versions: keras 3.15.0 on tensorflow-cpu 2.21.0, numpy 2.4.6, Python 3.11.
# Behaviour: RandomFlip, RandomRotation and their like stay on in the export (their call has training=True as its
# default, and the export gives no other): the same image gets other answers from call to call. predict is unlike it.
# Seen (how many of 20 calls gave the image back as it was):
#   RandomFlip: predict 20, export some
#   RandomRotation: predict 20, export none
#   Dropout: predict 20, export 20
# Exits 0 where that is so, 1 where it changed, 0 with SKIPPED where there is no package to be had.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target "$folder" \
  keras==3.15.0 tensorflow-cpu==2.21.0 numpy==2.4.6 || { echo "SKIPPED: the packages cannot be had"; exit 0; }
cat > "$folder/try.py" <<'PYTHON'
import sys

import keras
import numpy as np
import tensorflow as tf

image = np.arange(16, dtype="float32").reshape(1, 4, 4, 1)


def told(count):
    return {0: "none", 20: "20"}.get(count, "some")


for layer in (keras.layers.RandomFlip("horizontal", seed=1), keras.layers.RandomRotation(0.5, seed=1),
              keras.layers.Dropout(0.5, seed=1)):
    model = keras.Sequential([keras.Input((4, 4, 1), name="image"), layer])
    model.export(sys.argv[1], verbose=False)
    serve = tf.saved_model.load(sys.argv[1]).signatures["serving_default"]
    predicted = sum(np.array_equal(model.predict(image, verbose=0), image) for _ in range(20))
    exported = sum(np.array_equal(serve(image=tf.constant(image))["output_0"], image) for _ in range(20))
    print(f"{type(layer).__name__}: predict {told(predicted)}, export {told(exported)}")
PYTHON
wanted='RandomFlip: predict 20, export some
RandomRotation: predict 20, export none
Dropout: predict 20, export 20'
seen=$(PYTHONPATH="$folder" KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 \
  python3 "$folder/try.py" "$folder/model" 2>/dev/null | grep : | grep -v INFO) || true
echo "$seen"
[ "$seen" = "$wanted" ]

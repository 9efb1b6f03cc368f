#!/usr/bin/env bash
# Does a convolution with data_format="channels_first" in Keras 3 on TensorFlow add each filter's bias to that filter's channel?
#
# Guess: yes, whatever the size of the sequence or image is: the bias belongs to the filters.
# Versions: keras 3.15.1 on tensorflow-cpu 2.21.0, numpy 2.2.6, Python 3.11.
# Behaviour: where the last dim of the output happens to be as long as there are filters, the bias goes along that last
# dim, over all channels alike. Nothing is said. One step more or less in the sequence, and it is right.
# Seen (output of zeros, so the bias alone; channels first, then steps):
#   3 steps: [[1.0, 1.0, 1.0], [2.0, 2.0, 2.0], [3.0, 3.0, 3.0], [4.0, 4.0, 4.0]]
#   4 steps: [[1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0]]
# Exits 0 where that is so, 1 where it changed, 0 with SKIPPED where there is no package to be had.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target "$folder" \
  keras==3.15.1 tensorflow-cpu==2.21.0 numpy==2.2.6 || { echo "SKIPPED: the packages cannot be had"; exit 0; }
cat > "$folder/try.py" <<'PYTHON'
import keras
import numpy as np

for steps in 3, 4:
    layer = keras.layers.Conv1D(filters=4, kernel_size=1, data_format="channels_first")
    layer.build((1, 1, steps))
    layer.set_weights([np.zeros((1, 1, 4)), np.array([1.0, 2.0, 3.0, 4.0])])
    print(f"{steps} steps:", np.array(layer(np.zeros((1, 1, steps), "float32")))[0].tolist())
PYTHON
wanted='3 steps: [[1.0, 1.0, 1.0], [2.0, 2.0, 2.0], [3.0, 3.0, 3.0], [4.0, 4.0, 4.0]]
4 steps: [[1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0]]'
seen=$(PYTHONPATH="$folder" KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 python3 "$folder/try.py" 2>/dev/null) || true
echo "$seen"
[ "$seen" = "$wanted" ]

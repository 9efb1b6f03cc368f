#!/usr/bin/env bash
# Do the shares that Keras 3's sparsemax gives add up to 1?
#
# Guess: yes: sparsemax (Martins and Astudillo 2016) is the nearest point of the simplex, as softmax's results are shares.
# Versions: keras 3.15.1 on tensorflow-cpu 2.21.0, numpy 2.2.6, Python 3.11.
# Behaviour: only where a single number stays above 0. The threshold is made of the sum of all cumulative sums in the
# support, not of the last of them, so it is too high whenever two or more numbers belong to it.
# Seen (the result, its sum, and what the definition gives):
#   [1.0, 2.0, 3.0]: [0.0, 0.0, 1.0], sum 1.0, by definition [0.0, 0.0, 1.0]
#   [0.5, 0.0, -1.0]: [0.5, 0.0, 0.0], sum 0.5, by definition [0.75, 0.25, 0.0]
# Exits 0 where that is so, 1 where it changed, 0 with SKIPPED where there is no package to be had.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target "$folder" \
  keras==3.15.1 tensorflow-cpu==2.21.0 numpy==2.2.6 || { echo "SKIPPED: the packages cannot be had"; exit 0; }
cat > "$folder/try.py" <<'PYTHON'
import keras
import numpy as np


def by_definition(z):
    ordered = np.sort(z)[::-1]
    sums, counts = np.cumsum(ordered), np.arange(1, len(z) + 1)
    support = counts[1 + counts * ordered > sums].max()
    return np.maximum(z - (sums[support - 1] - 1) / support, 0.0)


for z in [1.0, 2.0, 3.0], [0.5, 0.0, -1.0]:
    found = keras.ops.convert_to_numpy(keras.activations.sparsemax(np.array([z], "float32")))[0]
    wanted = by_definition(np.array(z)).tolist()
    print(f"{z}: {found.tolist()}, sum {float(found.sum())}, by definition {wanted}")
PYTHON
wanted='[1.0, 2.0, 3.0]: [0.0, 0.0, 1.0], sum 1.0, by definition [0.0, 0.0, 1.0]
[0.5, 0.0, -1.0]: [0.5, 0.0, 0.0], sum 0.5, by definition [0.75, 0.25, 0.0]'
seen=$(PYTHONPATH="$folder" KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 python3 "$folder/try.py" 2>/dev/null) || true
echo "$seen"
[ "$seen" = "$wanted" ]

#!/usr/bin/env bash
# Does keras.ops.image.gaussian_blur with a kernel that is wider than high keep an image's size on the torch backend?
#
# Guess: yes, and a single bright pixel becomes a spot that is symmetric in each direction, as with a square kernel.
# Versions: keras 3.15.1 on torch 2.13.0, numpy 2.2.6, Python 3.11.
# Behaviour: both sides are padded by half the kernel's first size, so the image shrinks or grows along the other one. And
# the outer product of the two rows of weights, of the sizes in the opposite order, is viewed in the order asked for: its
# rows are cut elsewhere, so that the spot leans. Nothing is said.
# Seen (of a 7 x 7 image: the result's height and width, and the lines of the spot in thousandths):
#   kernel 3 x 3: 7 x 7, [75, 124, 75] [124, 204, 124] [75, 124, 75]
#   kernel 3 x 5: 7 x 5, [42, 69, 42, 61, 100] [61, 69, 114, 69, 61] [100, 61, 42, 69, 42]
# Exits 0 where that is so, 1 where it changed, 0 with SKIPPED where there is no package to be had.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target "$folder" \
  keras==3.15.1 torch==2.13.0 numpy==2.2.6 || { echo "SKIPPED: the packages cannot be had"; exit 0; }
cat > "$folder/try.py" <<'PYTHON'
import keras
import numpy as np

image = np.zeros((1, 7, 7, 1), "float32")
image[0, 3, 3, 0] = 1.0
for size, sigma in ((3, 3), (1.0, 1.0)), ((3, 5), (1.0, 2.0)):
    blurred = keras.ops.image.gaussian_blur(image, size, sigma, data_format="channels_last")
    found = keras.ops.convert_to_numpy(blurred)[0, :, :, 0]
    lines = [[round(1000 * float(one)) for one in line if one > 0.001] for line in found]
    said = " ".join(map(str, filter(None, lines)))
    print(f"kernel {size[0]} x {size[1]}: {found.shape[0]} x {found.shape[1]}, {said}")
PYTHON
wanted='kernel 3 x 3: 7 x 7, [75, 124, 75] [124, 204, 124] [75, 124, 75]
kernel 3 x 5: 7 x 5, [42, 69, 42, 61, 100] [61, 69, 114, 69, 61] [100, 61, 42, 69, 42]'
seen=$(PYTHONPATH="$folder" KERAS_BACKEND=torch python3 "$folder/try.py" 2>/dev/null) || true
echo "$seen"
[ "$seen" = "$wanted" ]

"""A network colours handwritten digits on a page, each pixel by the digit that it belongs to; and is saved.

python examples/segmentation.py [steps] [folder]      needs scikit-learn, for its digits, and Pillow

Into the folder go the model, the names of its classes and a page it has not seen. Then what it finds there:
python -m glbackend run FOLDER FOLDER/page.png --out found --normalize unit
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

import glbackend as gl

gl.set_seed(2)
random = np.random.default_rng(2)
steps = int(sys.argv[1]) if len(sys.argv) > 1 else 300
folder = Path(sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp())
HEIGHT, WIDTH, SIDE = 24, 40, 8  # pixels of a page, and of a digit

images, digits = load_digits(return_X_y=True)
images = (images.reshape(-1, SIDE, SIDE) / 16).astype(np.float32)


def page(first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    """Six of some digits strewn over a page, and for each pixel 0, or its digit and one."""
    picture, classes = np.zeros((HEIGHT, WIDTH, 1), np.float32), np.zeros((HEIGHT, WIDTH), np.int32)
    for cell in random.choice(8, 6, replace=False):
        top, left = cell // 4 * 12 + random.integers(5), cell % 4 * 10 + random.integers(3)
        which = random.integers(first, last)
        area = slice(top, top + SIDE), slice(left, left + SIDE)
        picture[area] = np.maximum(picture[area], images[which][..., None])
        classes[area] = np.where(images[which] > 0.2, digits[which] + 1, classes[area])
    return picture, classes


def conv(filters: int, x: gl.layers.SymbolicTensor) -> gl.layers.SymbolicTensor:
    """A convolution that keeps the size, normalised."""
    y = gl.layers.conv2d(filters=filters, kernel_size=3, padding="same", use_bias=False)(x)
    return gl.layers.activation("relu")(gl.layers.batch_normalization(momentum=0.9)(y))


def up(x: gl.layers.SymbolicTensor, beside: gl.layers.SymbolicTensor) -> gl.layers.SymbolicTensor:
    """Twice as fine, with what was known at that size."""
    return gl.layers.concatenate()([gl.layers.up_sampling2d(size=2)(x), beside])


x = gl.input([HEIGHT, WIDTH, 1])  # a small U-Net
fine = conv(12, x)
half = conv(24, gl.layers.max_pooling2d(pool_size=2)(fine))
quarter = conv(48, conv(48, gl.layers.max_pooling2d(pool_size=2)(half)))
last = conv(16, up(conv(24, up(quarter, half)), fine))
y = gl.layers.conv2d(filters=11, kernel_size=1, activation="softmax")(last)
model = gl.model(inputs=x, outputs=y, name="page")
model.compile(optimizer=gl.train.adam(0.01), loss="sparseCategoricalCrossentropy")

for step in range(steps):
    pictures, classes = (np.stack(part) for part in zip(*[page(0, 1500) for _ in range(8)], strict=True))
    loss = model.train_on_batch(pictures, classes[..., None])
    if step % 40 == 0 or step == steps - 1:
        print(f"step {step}: loss {float(np.ravel(loss)[0]):.3f}")

pictures, classes = (
    np.stack(part) for part in zip(*[page(1500, len(images)) for _ in range(20)], strict=True)
)
found = model.predict(pictures).numpy().argmax(-1)
ink = classes > 0
print(f"of the pixels of digits it has not seen: {(found == classes)[ink].mean():.1%} right")

model.save(str(folder))
(folder / "labels.txt").write_text("paper\n" + "\n".join(map(str, range(10))) + "\n")
Image.fromarray(np.rint(pictures[0, ..., 0] * 255).astype(np.uint8)).save(folder / "page.png")
print(f"saved with its labels and a page: {folder}")

"""Autoencoder: a network squeezes digits through 32 numbers, and takes the noise out of them on the way.

python examples/tutorials/autoencoder.py [picture.png] [epochs]          needs scikit-learn, for its digits
"""

import sys
from pathlib import Path

import numpy as np

import glbackend as gl

picture = sys.argv[1] if len(sys.argv) > 1 else ""
epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 20
gl.set_seed(2)

# The encoder halves height and width twice; the decoder is its mirror image.
layers = gl.layers
image = gl.input(shape=[8, 8, 1])
code = layers.Conv2D(16, 3, strides=2, padding="same", activation="relu")(image)
code = layers.Conv2D(8, 3, strides=2, padding="same", name="code")(code)
half = layers.Conv2DTranspose(16, 3, strides=2, padding="same", activation="relu")(code)
clean = layers.Conv2DTranspose(16, 3, strides=2, padding="same", activation="relu")(half)
clean = layers.Conv2D(1, 3, padding="same", activation="sigmoid")(clean)
model = gl.Model(inputs=image, outputs=clean)
encoder = gl.Model(inputs=image, outputs=code)  # shares its layers with the model
print(f"8 x 8 pixels -> {encoder.output_shape[1:]} -> 8 x 8 pixels, by {model.count_params()} weights")


def noisy(images: np.ndarray, seed: int) -> np.ndarray:
    """Every pixel moved by a random amount."""
    return np.clip(images + np.random.default_rng(seed).normal(0, 0.3, images.shape), 0, 1).astype("float32")


def pairs(image: np.ndarray, number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What goes in, and what is wanted: noise is drawn anew for each image and epoch."""
    return np.clip(image + random.normal(0, 0.3, image.shape), 0, 1).astype("float32"), image


random = np.random.default_rng(0)
training = gl.data.digits("training").map(pairs).shuffle(1500, seed=1).batch(64).prefetch(2)
model.compile(gl.optimizers.Adam(0.005), "mse")
history = model.fit(training, epochs=epochs, verbose=0).history

held_out = np.stack([one for one, _ in gl.data.digits("validation").as_numpy_iterator()])
spoilt = noisy(held_out, seed=1)
restored = model.predict(spoilt).numpy()
before, after = ((one - held_out) ** 2 for one in (spoilt, restored))
print(f"loss {history['loss'][0]:.4f} -> {history['loss'][-1]:.4f}")
print(f"mean square error: noise {before.mean():.4f}, restored {after.mean():.4f}")

if picture:
    from matplotlib import pyplot as plt

    plt.style.use(Path(__file__).with_name("paper.mplstyle"))
    count = 12
    figure, rows = plt.subplots(4, count, figsize=(10, 3.7))
    codes = encoder.predict(spoilt[:count]).numpy()
    codes = (
        codes.reshape(count, 2, 2, 2, 4).transpose(0, 1, 3, 2, 4).reshape(count, 4, 8)
    )  # 2 x 2 places of 2 x 4
    kinds = [(spoilt, "goes in", "Greys"), (codes, "32 numbers", "RdBu"), (restored, "comes out", "Greys")]
    for row, (values, label, colours) in zip(rows, [*kinds, (held_out, "was wanted", "Greys")], strict=True):
        limit = np.abs(values[:count]).max()
        for axes, value in zip(row, values, strict=False):
            low = -limit if colours == "RdBu" else 0
            axes.imshow(value.squeeze(), cmap=colours, vmin=low, vmax=limit if low else 1)
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_visible(False)
        row[0].set_ylabel(label, rotation=0, ha="right", va="center", labelpad=8)
    figure.suptitle("Digits it has not seen, through the bottleneck", x=0.01, ha="left", weight="bold")
    figure.savefig(picture)

"""VAE: digits are laid out on a plane, so that every point of it stands for a digit that could be drawn.

python examples/tutorials/vae.py [picture.png] [epochs]          needs scikit-learn, for its digits
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np

import glbackend as gl

picture = sys.argv[1] if len(sys.argv) > 1 else ""
epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 50
gl.set_seed(1)
layers = gl.layers


class Autoencoder(gl.Model):
    """An encoder that gives a cloud on the plane for each image, a decoder that draws one for a point."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = gl.Sequential(
            [
                layers.Flatten(input_shape=[8, 8, 1]),
                layers.Dense(128, activation="relu"),
                layers.Dense(64, activation="relu"),
                layers.Dense(4),  # where the middle of the cloud is, and the logarithm of its width, squared
            ]
        )
        self.decoder = gl.Sequential(
            [
                layers.Dense(64, activation="relu", input_shape=[2]),
                layers.Dense(128, activation="relu"),
                layers.Dense(64),  # logits of the pixels
            ]
        )
        self.seen = {name: gl.metrics.Mean(name) for name in ("loss", "pixels", "spread")}

    def train_step(self, data: Any) -> dict[str, gl.Tensor]:
        """Draws a point of each cloud, asks for the image back; clouds should not stray from the middle."""
        images = data
        with gl.GradientTape() as tape:
            middle, width = self.encoder(images).split(2, 1)
            point = middle + (width / 2).exp() * gl.random_normal(middle.shape)
            logits, wanted = self.decoder(point), images.reshape([-1, 64])
            # Cross entropy of the pixels; how far a cloud is from that of all together: a normal one at 0.
            pixels = (gl.softplus(logits) - wanted * logits).sum(1).mean()
            spread = 0.5 * (middle.square() + width.exp() - width - 1).sum(1).mean()
            loss = pixels + spread
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights, strict=True))
        for metric, value in zip(self.seen.values(), (loss, pixels, spread), strict=True):
            metric.update_state(value)
        return {name: metric.result() for name, metric in self.seen.items()}


(images, numbers), (unseen, _) = (
    next(gl.data.digits(part).batch(2000).as_numpy_iterator()) for part in ("training", "validation")
)
model = Autoencoder()
model.compile(gl.optimizers.Adam(0.003))
history = model.fit(images, epochs=epochs, batch_size=64, verbose=0).history
for name, values in history.items():
    print(f"{name:6} {values[0]:6.2f} -> {values[-1]:6.2f}")

# Do unseen digits come back? Their points are the middles of their clouds.
middles = model.encoder.predict(unseen).numpy()[:, :2]
drawn = model.decoder.predict(middles).sigmoid().numpy().reshape(-1, 8, 8)
error = float(((drawn - unseen[..., 0]) ** 2).mean())
plain = float(((images.mean(0) - unseen) ** 2).mean())
print(f"mean square error of unseen digits: {error:.4f}; the mean digit has {plain:.4f}")

if picture:
    from matplotlib import pyplot as plt

    plt.style.use(Path(__file__).with_name("paper.mplstyle"))
    figure, (places, atlas) = plt.subplots(1, 2, figsize=(10, 4.9))
    middles = model.encoder.predict(images).numpy()[:, :2]
    for number in range(10):
        places.scatter(*middles[numbers == number].T, s=7, color=plt.cm.tab10(number), linewidths=0)
        x, y = np.median(middles[numbers == number], 0)
        box = {"boxstyle": "circle,pad=0.25", "color": plt.cm.tab10(number)}
        places.text(x, y, number, color="white", weight="bold", ha="center", va="center", bbox=box)
    places.set(title="Where the digits lie", xlim=(-2.75, 2.75), ylim=(-2.75, 2.75), aspect="equal")
    # The plane, seen through the decoder: a picture for each point of a grid, all of them in one.
    count, sides = 15, np.linspace(-2.6, 2.6, 15, dtype="float32")
    grid = np.stack(np.meshgrid(sides, sides[::-1]), -1).reshape(-1, 2)
    tiles = model.decoder.predict(grid).sigmoid().numpy().reshape(count, count, 8, 8)
    sheet = tiles.transpose(0, 2, 1, 3).reshape(8 * count, 8 * count)
    atlas.imshow(sheet, cmap="Greys", extent=(-2.75, 2.75, -2.75, 2.75))
    atlas.set(title="What the decoder draws there", aspect="equal")
    atlas.spines[:].set_visible(False)
    figure.savefig(picture)

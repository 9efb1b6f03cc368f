"""Iris: a data set is prepared, a small network learns three species, and shows where it draws its borders.

python examples/tutorials/iris.py [picture.png] [epochs]          needs scikit-learn, for its flowers
"""

import sys
from pathlib import Path

import numpy as np

import glbackend as gl

picture = sys.argv[1] if len(sys.argv) > 1 else ""
epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 40

# 150 flowers; of their four measures length and width of the petal, as a picture has two directions.
species = ["setosa", "versicolor", "virginica"]
gl.set_seed(3)
training = gl.data.iris("training").map(lambda measures, kind: (measures[2:], kind))
held_out = gl.data.iris("validation").map(lambda measures, kind: (measures[2:], kind))

# The first layer looks at the data once, and from then on gives every measure mean 0 and deviation 1.
scaled = gl.layers.Normalization(input_shape=[2])
scaled.adapt(np.stack([measures for measures, _ in training.as_numpy_iterator()]))

model = gl.Sequential(
    [
        scaled,
        gl.layers.Dense(16, activation="tanh"),
        gl.layers.Dense(16, activation="tanh"),
        gl.layers.Dense(3, activation="softmax"),
    ]
)
model.compile(gl.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
batches = training.shuffle(120, seed=1).batch(16)
history = model.fit(batches, validation_data=held_out.batch(30), epochs=epochs, verbose=0).history
loss, accuracy = model.evaluate(held_out.batch(30), verbose=0)
print(f"loss {history['loss'][0]:.3f} -> {history['loss'][-1]:.3f}")
print(f"of {held_out.size} flowers it has not seen: {accuracy:.1%} right")

# What it thinks of a petal, in words.
petal = np.array([[4.9, 1.7]], "float32")
chances = model.predict(petal).numpy()[0]
print(f"a petal of 4.9 x 1.7 cm: {species[chances.argmax()]}, {chances.max():.0%} sure")

if picture:
    from matplotlib import pyplot as plt

    plt.style.use(Path(__file__).with_name("paper.mplstyle"))
    figure, (borders, curves) = plt.subplots(1, 2, figsize=(9, 4), width_ratios=[1.35, 1])
    # The chances of every petal that there may be: three colours, mixed as the network is in doubt.
    length, width = np.meshgrid(
        np.linspace(0.5, 7.2, 160, dtype="f4"), np.linspace(-0.1, 2.7, 120, dtype="f4")
    )
    chances = model.predict(np.stack([length.ravel(), width.ravel()], 1), batch_size=4096).numpy()
    colours = np.array([[37, 99, 168], [224, 123, 34], [47, 158, 91]]) / 255
    mixed = 0.6 + 0.4 * (chances @ colours).reshape(120, 160, 3)
    borders.imshow(
        mixed, origin="lower", extent=(0.5, 7.2, -0.1, 2.7), aspect="auto", interpolation="bilinear"
    )
    borders.contour(length, width, chances.max(1).reshape(120, 160), [0.9], colors="#6b7280", linewidths=0.8)
    for part, mark, edge in ((training, "o", "none"), (held_out, "s", "#22262b")):
        flowers, kinds = (np.array(one) for one in zip(*part.as_numpy_iterator(), strict=True))
        for kind in range(3):
            at = flowers[kinds == kind]
            label = species[kind] if mark == "o" else None
            borders.scatter(*at.T, s=26, marker=mark, color=colours[kind], edgecolors=edge, label=label)
    borders.set(title="What it takes a petal for", xlabel="length of the petal, cm", ylabel="width, cm")
    borders.legend(loc="upper left", title="squares: not seen", title_fontsize=9)
    for name, label in (("accuracy", "learnt from"), ("val_accuracy", "not seen")):
        curves.plot(history[name], label=label)
    curves.set(title="Share of right answers", xlabel="epoch", ylim=(0, 1.05))
    curves.legend(loc="lower right")
    figure.savefig(picture)

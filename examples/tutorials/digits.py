"""Digits: a convolutional network learns to read, and shows what it mixes up.

python examples/tutorials/digits.py [picture.png] [epochs]          needs scikit-learn, for its digits
"""

import sys
from pathlib import Path

import numpy as np

import glbackend as gl

picture = sys.argv[1] if len(sys.argv) > 1 else ""
epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 12

# 1,797 digits of 8 x 8 pixels; a fifth is held out. The order is mixed anew in each epoch.
gl.set_seed(1)
training = gl.data.digits("training").shuffle(1500, seed=1).batch(64).prefetch(2)
held_out = gl.data.digits("validation").batch(359)

model = gl.Sequential(
    [
        gl.layers.Conv2D(16, 3, padding="same", activation="relu", input_shape=[8, 8, 1]),
        gl.layers.Conv2D(32, 3, padding="same", activation="relu"),
        gl.layers.MaxPooling2D(2),
        gl.layers.Flatten(),
        gl.layers.Dropout(0.3),
        gl.layers.Dense(10, activation="softmax"),
    ]
)
model.compile(gl.optimizers.Adam(0.002), "sparse_categorical_crossentropy", metrics=["accuracy"])

# The rate is halved where the held-out loss stays for two epochs.
slower = gl.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=2)
history = model.fit(training, validation_data=held_out, epochs=epochs, callbacks=[slower], verbose=0).history

# Every held-out digit, and what it was read as.
((images, numbers),) = held_out.as_numpy_iterator()
chances = model.predict(images).numpy()
read = chances.argmax(1)
confusion = np.zeros([10, 10], int)
np.add.at(confusion, (numbers, read), 1)
wrong = np.flatnonzero(read != numbers)
print(f"loss {history['loss'][0]:.3f} -> {history['loss'][-1]:.3f}")
print(f"read rightly: {np.mean(read == numbers):.1%}, all but {len(wrong)} of {len(numbers)} unseen digits")
print("mistakes:", ", ".join(f"{numbers[one]} as {read[one]}" for one in wrong[:10]))

if picture:
    from matplotlib import pyplot as plt

    plt.style.use(Path(__file__).with_name("paper.mplstyle"))
    figure, (table, hard) = plt.subplots(1, 2, figsize=(9, 4.2), width_ratios=[1, 1.15])
    # The diagonal is as it should be, so that colour is kept for what went wrong.
    table.imshow(np.where(np.eye(10, dtype=bool), 0, confusion), cmap="Oranges", vmax=3)
    for truth, answer in np.argwhere(confusion):
        colour = "#9aa1ab" if truth == answer else "#22262b"
        table.text(answer, truth, confusion[truth, answer], ha="center", va="center", color=colour, size=9)
    table.set(title="What is read as what", xlabel="read as", ylabel="digit")
    table.set(xticks=range(10), yticks=range(10))
    # The digits whose right answer got the least chance, the worst first.
    hard.axis("off")
    hard.set(title="The hardest fifteen, and what they are read as", xlim=(0, 50), ylim=(33, 0))
    for i, one in enumerate(np.argsort(chances[np.arange(len(numbers)), numbers])[:15]):
        left, top = i % 5 * 10, i // 5 * 11
        hard.imshow(images[one, ..., 0], cmap="Greys", extent=(left, left + 8, top + 8, top))
        colour = "C3" if read[one] != numbers[one] else "#6b7280"
        label = f"{numbers[one]}, read as {read[one]}"
        hard.text(left + 4, top + 9.6, label, ha="center", va="center", size=7.5, color=colour)
    hard.set(xlim=(-0.5, 49), ylim=(33, -0.5))
    figure.savefig(picture)

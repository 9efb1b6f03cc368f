"""Transfer learning: a network that reads digits learns from a few examples to count the loops in them.

python examples/tutorials/transfer.py [picture.png] [epochs]          needs scikit-learn, for its digits
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

import glbackend as gl

picture = sys.argv[1] if len(sys.argv) > 1 else ""
epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 12
gl.set_seed(4)

# Which digit it is, is known of many images; how many loops it is drawn with, only of a few.
parts = [gl.data.digits(part).batch(2000) for part in ("training", "validation")]
(images, digits), (unseen, answers) = (next(part.as_numpy_iterator()) for part in parts)
loops_of = np.array([1, 0, 0, 0, 0, 0, 1, 0, 2, 1])  # 0, 6 and 9 have one loop, 8 has two
loops, answers = loops_of[digits], loops_of[answers]


def network(outputs: int) -> gl.Sequential:
    """Two convolutions and a last layer, which decides."""
    layers = gl.layers
    return gl.Sequential(
        [
            layers.Conv2D(16, 3, padding="same", activation="relu", input_shape=[8, 8, 1]),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(outputs, activation="softmax"),
        ]
    )


def trained(model: gl.Model, x: np.ndarray, y: np.ndarray, epochs: int, rate: float) -> gl.Model:
    """The model, after so many epochs."""
    model.compile(gl.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=epochs, batch_size=32, verbose=0)
    return model


# The first task, and a file of it: as a model that somebody else has trained would come.
folder = tempfile.TemporaryDirectory()
reader = trained(network(10), images, digits, epochs, 0.003)
reader.save(folder.name)


def transferred() -> gl.Sequential:
    """The file's layers but for the last, frozen, and a new last one."""
    body = gl.load_layers_model(folder.name).layers[:-1]
    for layer in body:
        layer.trainable = False
    return gl.Sequential([*body, gl.layers.Dense(3, activation="softmax")])


print(f"reader: {reader.count_params()} weights; a new last layer: {transferred().layers[-1].count_params()}")

# The second task, from so many examples of each answer; some choices of them, as chance is large with few.
counts, random = [1, 2, 5, 10, 20], np.random.default_rng(0)
found: dict[str, list[list[float]]] = {"transferred": [], "from scratch": []}
for count in counts:
    for scores in found.values():
        scores.append([])
    for _ in range(3):
        chosen = np.concatenate(
            [random.permutation(np.flatnonzero(loops == kind))[:count] for kind in range(3)]
        )
        for scores, model in zip(found.values(), (transferred(), network(3)), strict=True):
            trained(model, images[chosen], loops[chosen], 3 * epochs, 0.01)
            scores[-1].append(model.evaluate(unseen, answers, verbose=0)[1])
    shares = [f"{name} {np.mean(scores[-1]):.1%}" for name, scores in found.items()]
    print(f"{count:2} of each: {', '.join(shares)}")
folder.cleanup()

if picture:
    from matplotlib import pyplot as plt

    plt.style.use(Path(__file__).with_name("paper.mplstyle"))
    figure, (examples, curves) = plt.subplots(1, 2, figsize=(9, 3.9), width_ratios=[1, 1.3])
    examples.set(title="How many loops?", xticks=[], ylim=(26, -0.5))
    for kind in range(3):
        for i, one in enumerate(np.flatnonzero(loops == kind)[:5]):
            box = (9 * i, 9 * i + 8, 9 * kind + 8, 9 * kind)
            examples.imshow(images[one, ..., 0], cmap="Greys", extent=box)
    examples.set(xlim=(-0.5, 45), ylim=(26.5, -0.5), yticks=[4, 13, 22], yticklabels=["none", "one", "two"])
    examples.spines[:].set_visible(False)
    examples.tick_params(length=0)
    for name, scores in found.items():
        curves.plot(counts, np.mean(scores, 1), marker="o", label=name)
        curves.fill_between(counts, np.min(scores, 1), np.max(scores, 1), alpha=0.15)
    curves.set(xscale="log", xlabel="examples of each answer", ylabel="right; band: best and worst of three")
    curves.set(xticks=counts, xticklabels=counts, title="A little goes further with a head start")
    curves.minorticks_off()
    curves.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    curves.legend(loc="lower right")
    figure.savefig(picture)

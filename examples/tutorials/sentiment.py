"""Sentiment: an embedding and an LSTM read short reviews word by word, and learn what "not" does to a word.

python examples/tutorials/sentiment.py [picture.png] [epochs]
"""

import sys
from itertools import product
from pathlib import Path

import numpy as np

import glbackend as gl

picture = sys.argv[1] if len(sys.argv) > 1 else ""
epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 8

# Some hundred reviews, made of words with a known sign: +1 is praise.
things = ["the film", "this book", "our meal", "the hotel", "her concert", "the trip"]
praise = ["good", "great", "lovely", "brilliant", "funny", "warm"]
blame = ["bad", "dull", "awful", "boring", "cold", "noisy"]
signs = dict.fromkeys(praise, 1) | dict.fromkeys(blame, -1)
negations = {"was": 1, "was really": 1, "was not": -1, "was never": -1}
reviews = []
for thing, (negation, turn), word in product(things, negations.items(), signs):
    reviews.append((f"{thing} {negation} {word}", turn * signs[word]))
    for other in praise + blame:
        if signs[other] != turn * signs[word]:  # what comes after "but" is what counts
            reviews.append((f"{thing} {negation} {word} but {other} at the end", signs[other]))

# Held out: what says "not" or "never" of four of the words. That these words can be turned round too has to
# follow from how other words are.
unseen = [f"{no} {word}" for no in ("not", "never") for word in ("lovely", "funny", "dull", "noisy")]
held_out = [one for one in reviews if any(part in one[0] for part in unseen) and " but " not in one[0]]
learnt = [one for one in reviews if not any(part in one[0] for part in unseen)]

# Words become numbers, from 2 on: 0 fills up short lines, and is masked from there on; 1 is an unknown word.
words = gl.layers.TextVectorization(output_sequence_length=9)
words.adapt([text for text, _ in reviews])
vocabulary = words.get_vocabulary()


def arrays(labelled: list[tuple[str, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Rows of word numbers, and 1 for praise, 0 for blame."""
    texts, labels = zip(*labelled, strict=True)
    return words(list(texts)).numpy(), (np.array(labels) > 0).astype("float32")


gl.set_seed(5)
model = gl.Sequential(
    [
        gl.layers.Embedding(len(vocabulary), 8, mask_zero=True, input_length=9),
        gl.layers.LSTM(16),
        gl.layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(gl.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy", gl.metrics.AUC()])
history = model.fit(*arrays(learnt), epochs=epochs, batch_size=64, verbose=0).history
loss, accuracy, area = model.evaluate(*arrays(held_out), verbose=0)
print(f"{len(learnt)} reviews: loss {history['loss'][0]:.3f} -> {history['loss'][-1]:.3f}")
print(f"{len(held_out)} reviews with a negation it never saw: {accuracy:.1%} right, AUC {area:.3f}")

# What it believes after each word of a review: the review's beginnings, as one batch.
shown = [
    "the film was great",
    "the film was not funny",
    "our meal was really awful",
    "the trip was never dull",
]
shown += ["the hotel was cold but lovely at the end", "her concert was not boring but noisy at the end"]
beliefs = {}
for text in shown:
    parts = text.split()
    beginnings = [" ".join(parts[: count + 1]) for count in range(len(parts))]
    beliefs[text] = model.predict(words(beginnings)).numpy()[:, 0]
    print(f"{beliefs[text][-1]:.2f}  {text}")

if picture:
    from matplotlib import pyplot as plt

    plt.style.use(Path(__file__).with_name("paper.mplstyle"))
    figure, (lines, space) = plt.subplots(1, 2, figsize=(10, 3.8), width_ratios=[1.7, 1])
    lines.axis("off")
    lines.set(title="What it believes after each word", xlim=(0, 64), ylim=(len(shown) + 0.6, -0.4))
    for row, (text, chances) in enumerate(beliefs.items()):
        left = 0.5
        for word, chance in zip(text.split(), chances, strict=True):
            width = 1.25 * len(word) + 1.6
            box = plt.Rectangle((left, row), width - 0.4, 0.72, color=plt.cm.RdYlBu(0.15 + 0.7 * chance))
            lines.add_patch(box)
            lines.text(left + width / 2 - 0.2, row + 0.37, word, ha="center", va="center", size=9.5)
            left += width
    for left, chance, label in ((0.5, 0, "blame"), (9, 0.5, "in doubt"), (19.5, 1, "praise")):
        box = {"boxstyle": "round,pad=0.25", "color": plt.cm.RdYlBu(0.15 + 0.7 * chance)}
        lines.text(left + 0.6, len(shown) + 0.4, label, size=8.5, bbox=box)
    # The embedding's words, along the two directions in which they differ most.
    table = model.layers[0].get_weights()[0].numpy()[2:]
    centred = table - table.mean(0)
    across = centred @ np.linalg.svd(centred)[2][:2].T
    for word, (x, y) in zip(vocabulary[2:], across, strict=True):
        colour = {1: "C0", -1: "C3", 0: "#9aa1ab"}[signs.get(word, 0)]
        bold = "bold" if word in ("not", "never", "but") else "normal"
        space.text(x, y, word, color=colour, ha="center", va="center", size=8.5, weight=bold)
    margin = 0.15 * np.ptp(across, 0)
    space.set(title="Where it puts the words", xticks=[], yticks=[])
    space.spines[:].set_visible(False)
    space.set(xlim=(across[:, 0].min() - margin[0], across[:, 0].max() + margin[0]))
    space.set(ylim=(across[:, 1].min() - margin[1], across[:, 1].max() + margin[1]))
    figure.savefig(picture)

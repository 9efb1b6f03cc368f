"""Pipelines of tf.data: padded batches of parts, windows, generators of a signature, and what fit makes of them.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras` and `tensorflow`, it
runs there as it stands. WANTED is what they come to.
"""
import numpy as np
import glbackend as tf
import glbackend as keras
from glbackend import layers
from tests.keras_judge import Judge, init

WANTED = {
    "free[0]": [1.0, 0.0, 0.0, 2.0],
    "free[1]": [4.0, 4.0, 4.0, 4.0],
    "free[2]": [7.0, 7.0, 7.0, 7.0],
    "shape[0]": [1.0, 0.0, 0.0, 2.0],
    "shape[1]": [4.0, 4.0, 4.0, 4.0],
    "shape[2]": [7.0, 7.0, 7.0, 7.0],
    "wide[0]": [1.0, -1.0, -1.0, -1.0],
    "wide[1]": [4.0, 4.0, 4.0, 4.0],
    "parts[0][0]": [1.0, 7.0, 7.0, 7.0],
    "parts[0][1]": [1.5, 1.5, 1.5, 1.5],
    "parts[1][0]": [5.0, 5.0, 5.0, 5.0],
    "parts[1][1]": [1.5, 1.5, 1.5],
    "named[0].a": [1.0, 0.0, 0.0, 0.0],
    "named[0].b": [1.5, 1.5, 1.5, 1.5],
    "named[1].a": [5.0, 5.0, 5.0, 5.0],
    "named[1].b": [1.5, 1.5, 1.5],
    "turns[0]": [0.0],
    "turns[1]": [10.0],
    "turns[2]": [20.0],
    "turns[3]": [1.0],
    "turns[4]": [11.0],
    "turns[5]": [21.0],
    "turns[6]": [2.0],
    "turns[7]": [12.0],
    "turns[8]": [22.0],
    "turns[9]": [30.0],
    "turns[10]": [31.0],
    "turns[11]": [32.0],
    "fit.loss": [5.892113, 4.819341],
    "fit.mae": [1.839645, 1.674768],
    "predict": [0.656006, 2.526308, -0.8953976, 1.289219],
    "texts.loss": [1.953637, 0.7330888],
}


judge = Judge(WANTED)
report = judge.report
Dataset = tf.data.Dataset
words = Dataset.from_generator(lambda: ([i] * i for i in range(1, 8)), output_signature=tf.TensorSpec((None,), "int32"))


def arrays(dataset): return list(dataset.as_numpy_iterator())


assert [one.dtype.kind for one in arrays(words.batch(1))[:1]] == ["i"]
report("free", arrays(words.padded_batch(3))); report("shape", arrays(words.padded_batch(3, padded_shapes=(None,))))
report("wide", arrays(words.padded_batch(3, padded_shapes=(9,), padding_values=-1, drop_remainder=True)))
scored = Dataset.zip((words, Dataset.from_generator(lambda: iter([1.5] * 7), output_signature=tf.TensorSpec((), "float32"))))
report("parts", [list(one) for one in arrays(scored.padded_batch(4, ([None], []), (7, 0.0)))])
named = scored.map(lambda a, b: {"a": a, "b": b}, num_parallel_calls=tf.data.AUTOTUNE)
report("named", arrays(named.padded_batch(4, padded_shapes={"a": [8], "b": []})))
for wrong in (lambda: arrays(words.padded_batch(3, padded_shapes=(2,))), lambda: arrays(Dataset.from_generator(lambda: iter([[1, 2]]), output_signature=tf.TensorSpec((3,), "int32")))):
    try: wrong()
    except Exception as error: assert "shape" in str(error) or "smaller" in str(error), error
    else: raise AssertionError("an element that does not fit")
report("turns", arrays(Dataset.range(4).interleave(lambda n: Dataset.range(n * 10, n * 10 + 3), cycle_length=3, num_parallel_calls=2, deterministic=True)))

x = np.random.RandomState(0).normal(size=(20, 4)).astype("float32"); y = x.sum(1, keepdims=True)
steps = Dataset.from_tensor_slices((x, y)).window(5, shift=5, drop_remainder=True).flat_map(lambda a, b: Dataset.zip((a.batch(5), b.batch(5))))
both = Dataset.zip((steps, steps.skip(1))).map(lambda one, two: ({"a": one[0], "b": two[0]}, {"o": one[1]})).cache().prefetch(tf.data.AUTOTUNE)
a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
model = init(keras.Model({"a": a, "b": b}, {"o": layers.Dense(1, name="o")(layers.Concatenate()([a, b]))}), 1)
model.compile(keras.optimizers.SGD(0.01), loss={"o": "mse"}, metrics={"o": ["mae"]})
report("fit", model.fit(both, epochs=2, verbose=0).history); report("predict", model.predict(both, verbose=0)["o"])
texts = init(keras.Sequential([keras.Input((None,), dtype="int32"), layers.Embedding(9, 3, mask_zero=True), layers.GlobalAveragePooling1D(), layers.Dense(1)]), 2)
texts.compile(keras.optimizers.SGD(0.1), "mse"); report("texts", texts.fit(scored.padded_batch(4, padded_shapes=([None], [])), epochs=2, verbose=0).history)

assert not WANTED, WANTED
print("OK")

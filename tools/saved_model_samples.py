"""The models of `tools/saved_model_goldens.py`: a function each, which writes a folder and says what to call."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Calls = list[tuple[str, dict[str, Any]]]


def numbers(*shape: int, seed: int = 0) -> Any:
    """float32 by an integer recipe."""
    count = int(np.prod(shape))
    return (((37 * np.arange(count) + 17 * seed) % 101 - 50) / 64).astype(np.float32).reshape(shape)


def module(tf: Any, folder: Path, scratch: Path) -> Calls:
    """Signatures that share variables of many dtypes, one of which counts; functions within functions."""

    class Module(tf.Module):
        def __init__(self) -> None:
            self.w = tf.Variable(numbers(3, 4))
            self.half = tf.Variable(tf.cast(numbers(4, seed=1), tf.float16))
            self.brain = tf.Variable(tf.cast(numbers(4, seed=2), tf.bfloat16))
            self.wide = tf.Variable(np.array([5, -3, 2**31 - 1], np.int64))
            self.unused = tf.Variable(np.array([2**40, 1], np.int64))
            self.flags = tf.Variable([True, False, True, True])
            self.bytes = tf.Variable(np.array([0, 128, 255], np.uint8))
            self.exact = tf.Variable(np.array([0.1, 1e-3], np.float64))
            self.words = tf.Variable(["alpha", "", "gämma, with a comma"])
            self.calls = tf.Variable(0, name="calls")
            self.rows = [tf.Variable(numbers(4, 4, seed=3)), tf.Variable(numbers(4, 4, seed=4))]

        @tf.function
        def inner(self, x: Any) -> Any:
            for row in self.rows:
                x = tf.tanh(x @ row)
            return x

        @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32, name="x")])
        def scores(self, x: Any) -> Any:
            hidden = self.inner(x @ self.w) + tf.cast(self.half, tf.float32)
            top = tf.where(self.flags, hidden, 0.0) * tf.cast(self.brain, tf.float32)
            return {"hidden": hidden, "top": self.inner(top), "class": tf.argmax(top, 1)}

        @tf.function(input_signature=[tf.TensorSpec([None], tf.int64, name="picks")])
        def picked(self, picks: Any) -> Any:
            return {
                "wide": tf.gather(self.wide, picks),
                "bytes": tf.cast(tf.gather(self.bytes, picks), tf.int32),
                "words": tf.gather(self.words, picks),
                "exact": self.exact * tf.cast(tf.reduce_sum(picks), tf.float64),
            }

        @tf.function(input_signature=[tf.TensorSpec([], tf.int32, name="by")])
        def count(self, by: Any) -> Any:
            self.calls.assign_add(by)
            if self.calls > 100:
                self.calls.assign(0)
            return {"calls": self.calls.read_value()}

        @tf.function(input_signature=[tf.TensorSpec([2], tf.int32, name="x")])
        def counted(self, x: Any) -> Any:
            return {"sum": x + self.calls}

    made = Module()
    signatures = {
        "serving_default": made.scores, "picked": made.picked, "count": made.count, "counted": made.counted,
    }  # fmt: skip
    tf.saved_model.save(made, str(folder), signatures=signatures)
    return [
        ("serving_default", {"x": numbers(2, 3, seed=5)}),
        ("serving_default", {"x": numbers(5, 3, seed=6)}),
        ("picked", {"picks": np.array([2, 0, 1, 1])}),
        ("count", {"by": np.array(7)}),
        ("counted", {"x": np.array([1, 2])}),
        ("count", {"by": np.array(90)}),
        ("count", {"by": np.array(30)}),
        ("counted", {"x": np.array([1, 2])}),
    ]


def flow(tf: Any, folder: Path, scratch: Path) -> Calls:
    """Loops and branches as functions, with captured variables; arrays that a loop fills."""

    class Module(tf.Module):
        def __init__(self) -> None:
            self.w, self.b = tf.Variable(numbers(3, 3)), tf.Variable(numbers(3, seed=1))

        @tf.function(
            input_signature=[
                tf.TensorSpec([None, 3], tf.float32, name="x"), tf.TensorSpec([], tf.int32, name="rounds")
            ]
        )  # fmt: skip
        def run(self, x: Any, rounds: Any) -> Any:
            kept = tf.TensorArray(tf.float32, 0, dynamic_size=True, element_shape=[3])
            for i in tf.range(rounds):
                if i % 2 == 0:
                    x = tf.tanh(x @ self.w)
                else:
                    x = x + self.b
                    j = 0
                    while tf.reduce_max(x) > 0.5 and j < 3:
                        x, j = x * 0.75, j + 1
                kept = kept.write(i, tf.reduce_sum(x, 0))
            chosen = tf.switch_case(rounds % 3, [lambda: x, lambda: x * 2, lambda: x @ self.w])
            return {"x": x, "kept": kept.stack(), "chosen": chosen}

    made = Module()
    tf.saved_model.save(made, str(folder), signatures=made.run)
    return [
        ("serving_default", {"x": numbers(2, 3, seed=2), "rounds": np.array(5)}),
        ("serving_default", {"x": numbers(4, 3, seed=3), "rounds": np.array(0)}),
        ("serving_default", {"x": numbers(1, 3, seed=4), "rounds": np.array(4)}),
    ]


def words(tf: Any, folder: Path, scratch: Path) -> Calls:
    """Text in: tables from an asset, from constants and from the checkpoint."""
    vocabulary = scratch / "colours.txt"
    vocabulary.write_text("red\ngreen\nblue\nsky blue\n")
    lookup = tf.lookup

    class Module(tf.Module):
        def __init__(self) -> None:
            self.asset = lookup.StaticHashTable(
                lookup.TextFileInitializer(
                    str(vocabulary), tf.string, lookup.TextFileIndex.WHOLE_LINE, tf.int64,
                    lookup.TextFileIndex.LINE_NUMBER,
                ), -1,
            )  # fmt: skip
            self.back = lookup.StaticHashTable(
                lookup.TextFileInitializer(
                    str(vocabulary), tf.int64, lookup.TextFileIndex.LINE_NUMBER, tf.string,
                    lookup.TextFileIndex.WHOLE_LINE,
                ), "?",
            )  # fmt: skip
            self.buckets = lookup.StaticVocabularyTable(
                lookup.KeyValueTensorInitializer(["one", "two"], tf.constant([0, 1], tf.int64)), 3
            )
            self.learnt = lookup.experimental.MutableHashTable(tf.string, tf.float32, -1.0)
            self.learnt.insert(["red", "blue"], [0.5, 0.25])
            self.table = tf.Variable(numbers(5, 2))

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
        def read(self, text: Any) -> Any:
            number = self.asset.lookup(tf.strings.lower(text))
            return {
                "number": number,
                "back": self.back.lookup(number),
                "bucket": self.buckets.lookup(text),
                "learnt": self.learnt.lookup(text),
                "vector": tf.nn.embedding_lookup(self.table, number + 1),
                "length": tf.strings.length(text),
                "size": self.asset.size(),
            }

    made = Module()
    tf.saved_model.save(made, str(folder), signatures={"serving_default": made.read, "read": made.read})
    return [
        ("serving_default", {"text": np.array(["red", "Sky Blue", "one", "purple", ""], object)}),
        ("read", {"text": np.array(["two"], object)}),
    ]


def old(tf: Any, folder: Path, scratch: Path) -> Calls:
    """A graph of TensorFlow 1: two signatures, a variable in slices, a sharded saver, a table, loops of v1."""
    v1 = tf.compat.v1
    vocabulary = scratch / "names.txt"
    vocabulary.write_text("a\t3\nb\t1\nc\t2\n")

    def part(whole: Any) -> Any:
        def values(shape: Any, dtype: Any, partition_info: Any) -> Any:
            first = partition_info.var_offset
            return tf.constant(whole[tuple(slice(a, a + n) for a, n in zip(first, shape, strict=True))])

        return values

    graph = tf.Graph()
    two = v1.ConfigProto(device_count={"CPU": 2})  # a shard of the checkpoint for each
    with graph.as_default(), v1.Session(graph=graph, config=two) as session:
        v1.disable_control_flow_v2()
        x = v1.placeholder(tf.float32, [None, 6], name="x")
        rows = v1.get_variable(
            "rows", shape=[6, 4], partitioner=v1.fixed_size_partitioner(3), use_resource=False,
            initializer=part(numbers(6, 4)),
        )  # fmt: skip
        columns = v1.get_variable(
            "columns", shape=[4, 5], partitioner=v1.fixed_size_partitioner(2, 1), use_resource=True,
            initializer=part(numbers(4, 5, seed=1)),
        )  # fmt: skip
        with tf.device("/cpu:1"):
            bias = v1.get_variable("bias", initializer=numbers(4, seed=2), use_resource=False)
        steps = v1.get_variable("steps", initializer=np.int64(3), use_resource=True)
        local = v1.get_variable(
            "local", initializer=np.float32(0.5), collections=["local_variables"], use_resource=False
        )
        hidden = tf.tanh(tf.matmul(x, tf.convert_to_tensor(rows)) + bias) * local
        _, looped = v1.while_loop(
            lambda i, y: i < tf.cast(steps, tf.int32),
            lambda i, y: (i + 1, v1.cond(i % 2 > 0, lambda: y * 2 + bias, lambda: tf.sin(y) - bias)),
            [0, hidden],
        )
        scores = tf.matmul(looped, tf.convert_to_tensor(columns))
        table = tf.lookup.StaticHashTable(
            tf.lookup.TextFileInitializer(str(vocabulary), tf.string, 0, tf.int64, 1, delimiter="\t"), -1
        )
        names = v1.placeholder(tf.string, [None], name="names")
        found = table.lookup(names)
        session.run(
            [v1.global_variables_initializer(), v1.local_variables_initializer(), v1.tables_initializer()]
        )
        sign = v1.saved_model.predict_signature_def
        builder = v1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(
            session, ["serve"],
            {
                "serving_default": sign({"x": x}, {"scores": scores, "hidden": hidden}),
                "names": sign({"names": names}, {"found": found}),
            },
            assets_collection=v1.get_collection(v1.GraphKeys.ASSET_FILEPATHS),
            main_op=tf.group(v1.tables_initializer(), v1.local_variables_initializer()),
            saver=v1.train.Saver(sharded=True), clear_devices=True,
        )  # fmt: skip
        builder.save()
    return [
        ("serving_default", {"x": numbers(2, 6, seed=5)}),
        ("names", {"names": np.array(["b", "z", "a"], object)}),
    ]


def _weighed(model: Any) -> Any:
    for place, weight in enumerate(model.weights):
        if weight.dtype == "float32":
            values = numbers(*weight.shape, seed=place)
            weight.assign(np.abs(values) + 0.5 if "variance" in weight.name else values)
    return model


def _exported(model: Any, folder: Path, fed: dict[str, Any]) -> Calls:
    _weighed(model).export(str(folder), verbose=False)
    return [("serving_default", fed)]


def mlp(tf: Any, folder: Path, scratch: Path) -> Calls:
    """Dense layers with most activations."""
    keras = importlib.import_module("keras")
    x = end = keras.Input((6,), name="features")
    for name in ("relu", "gelu", "silu", "elu", "selu", "softplus", "hard_sigmoid", "leaky_relu"):
        x = keras.layers.Dense(5, activation=name)(x)
    x = keras.layers.Dropout(0.5)(keras.layers.LayerNormalization()(x))
    outputs = {"class": keras.layers.Dense(3, activation="softmax")(x), "spread": x * x - 1.0}
    return _exported(keras.Model(end, outputs), folder, {"features": numbers(4, 6, seed=9)})


def cnn(tf: Any, folder: Path, scratch: Path) -> Calls:
    """Convolutions, normalisations and pools."""
    keras = importlib.import_module("keras")
    layers = keras.layers
    model = keras.Sequential([
        keras.Input((10, 9, 3), name="image"), layers.Rescaling(2.0, -1.0),
        layers.Conv2D(6, 3, padding="same", use_bias=False), layers.BatchNormalization(), layers.ReLU(6.0),
        layers.DepthwiseConv2D(3, strides=2, padding="same"), layers.PReLU(shared_axes=[1, 2]),
        layers.Conv2D(6, 3, groups=2, padding="same", activation="relu6"),
        layers.Conv2D(6, 3, groups=6, padding="same"), layers.LeakyReLU(0.1),
        layers.Conv2DTranspose(4, 3, dilation_rate=2, padding="same"), layers.LayerNormalization(),
        layers.Conv2DTranspose(4, 3, strides=2, padding="same", activation="relu"),
        layers.MaxPooling2D(2), layers.SeparableConv2D(5, 3, activation="tanh"),
        layers.UpSampling2D(2, interpolation="bilinear"), layers.AveragePooling2D(3, 2, padding="same"),
        layers.GlobalAveragePooling2D(keepdims=True), layers.Flatten(), layers.Dense(3, activation="softmax"),
    ])  # fmt: skip
    return _exported(model, folder, {"image": numbers(2, 10, 9, 3, seed=9)})


def lstm(tf: Any, folder: Path, scratch: Path) -> Calls:
    """A masked LSTM both ways, and what it ends in."""
    keras = importlib.import_module("keras")
    layers = keras.layers
    model = keras.Sequential([
        keras.Input((6,), dtype="int32", name="tokens"), layers.Embedding(9, 4, mask_zero=True),
        layers.Bidirectional(layers.LSTM(3, return_sequences=True)), layers.LSTM(4), layers.Dense(2),
    ])  # fmt: skip
    tokens = np.array([[3, 1, 4, 1, 5, 0], [2, 7, 0, 0, 0, 0]], np.int32)
    return _exported(model, folder, {"tokens": tokens})


def gru(tf: Any, folder: Path, scratch: Path) -> Calls:
    """GRUs and a bare RNN over steps of any number."""
    keras = importlib.import_module("keras")
    layers = keras.layers
    model = keras.Sequential([
        keras.Input((None, 3), name="steps"), layers.GRU(4, return_sequences=True),
        layers.GRU(3, return_sequences=True, go_backwards=True, reset_after=False), layers.SimpleRNN(3),
    ])  # fmt: skip
    return _exported(model, folder, {"steps": numbers(2, 5, 3, seed=9)})


def attention(tf: Any, folder: Path, scratch: Path) -> Calls:
    """Attention over words that are split and numbered within the model."""
    keras = importlib.import_module("keras")
    layers = keras.layers
    text = layers.TextVectorization(output_sequence_length=5, vocabulary=["a", "red", "green", "apple"])
    end = keras.Input((1,), dtype="string", name="text")
    x = layers.Embedding(6, 4)(text(end))
    x = layers.MultiHeadAttention(2, 3)(x, x)
    model = keras.Model(end, layers.Dense(2)(layers.GlobalMaxPooling1D()(x)))
    return _exported(model, folder, {"text": np.array([["A red apple!"], ["green, green"]], object)})


def keras2(tf: Any, folder: Path, scratch: Path) -> Calls:
    """A model of Keras 2 in TensorFlow's format, as `model.save` wrote it before Keras 3."""
    keras = importlib.import_module("tf_keras")
    layers = keras.layers
    end = keras.Input((6, 4), name="steps")
    x = layers.LSTM(3, return_sequences=True)(layers.Masking()(end))
    x = layers.LayerNormalization()(layers.MultiHeadAttention(2, 3)(x, x) + x)
    x = layers.BatchNormalization()(layers.Conv1D(5, 3)(x))
    model = _weighed(keras.Model(end, layers.Dense(2)(layers.GlobalAveragePooling1D()(x))))
    model.save(str(folder), save_format="tf")
    given = numbers(2, 6, 4, seed=9)
    given[1, 4:] = 0.0
    return [("serving_default", {"steps": given})]


SAMPLES: dict[str, Callable[..., Calls]] = {
    one.__name__: one for one in (module, flow, words, old, mlp, cnn, lstm, gru, attention, keras2)
}

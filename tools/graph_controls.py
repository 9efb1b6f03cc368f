"""The graphs with control flow, lists and tables whose goldens `tools.graph_goldens` asks TensorFlow for."""

from collections.abc import Callable
from typing import Any

import numpy as np

Made = tuple[Any, list[dict[str, Any]], list[str]]


def dead_branches(tf: Any) -> Made:
    """A loop in a loop, v1: in odd rounds a branch of either body is dead; an array is written in both."""
    v1 = tf.compat.v1
    v1.disable_control_flow_v2()
    graph = tf.Graph()
    with graph.as_default():
        x = v1.placeholder(tf.float32, [2], "x")
        n = v1.placeholder(tf.int32, [], "n")
        outer = tf.TensorArray(tf.float32, n, clear_after_read=False, element_shape=[2])
        inner_size = 3

        def round_(i: Any, state: Any, array: Any) -> Any:
            state = v1.cond(tf.equal(i % 2, 0), lambda: state * 2 + 1, lambda: state)
            inner = tf.TensorArray(tf.float32, inner_size, element_shape=[2])

            def inner_round(j: Any, value: Any, inner: Any) -> Any:
                value = v1.cond(tf.equal((i + j) % 2, 0), lambda: value + x, lambda: value * 0.5)
                return j + 1, value, inner.write(j, value)

            _, value, inner = v1.while_loop(lambda j, *_: j < inner_size, inner_round, [0, state, inner])
            total = tf.reduce_sum(inner.stack(), 0)
            return i + 1, value, array.write(i, total)

        count, state, outer = v1.while_loop(lambda i, *_: i < n, round_, [0, x, outer])
        tf.identity(count, "count")
        tf.identity(state, "state")
        tf.identity(outer.stack(), "written")
        waiting = v1.cond(
            n > 2, lambda: v1.cond(n > 3, lambda: state + 10, lambda: state - 10), lambda: state * 0
        )
        with tf.control_dependencies([waiting]):
            tf.identity(count * 2, "late")
        tf.identity(waiting, "chosen")
    x_value = np.array([1.0, -0.5], np.float32)
    calls = [{"x": x_value, "n": np.int32(k)} for k in (1, 3, 4)]
    return graph.as_graph_def(), calls, ["count", "state", "written", "late", "chosen"]


def functions(tf: Any) -> Made:
    """If in While in If, as functions, with a list that is written in the loop."""
    tf.compat.v1.enable_control_flow_v2()

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32), tf.TensorSpec([], tf.int32)])
    def model(x: Any, n: Any) -> Any:
        def looped() -> Any:
            array = tf.TensorArray(tf.float32, n, element_shape=[None])

            def round_(i: Any, state: Any, array: Any) -> Any:
                state = tf.cond(
                    tf.reduce_sum(state) > 0,
                    lambda: state - x,
                    lambda: state + x * tf.cast(i + 2, tf.float32),
                )
                return i + 1, state, array.write(i, state)

            _, state, array = tf.while_loop(lambda i, *_: i < n, round_, [0, x, array])
            return state, array.stack()

        return tf.cond(n > 1, looped, lambda: (x * 100, tf.zeros([1, tf.size(x)])))

    concrete = model.get_concrete_function()
    definition = concrete.graph.as_graph_def()
    names = [one.op.name for one in concrete.inputs]
    calls = [
        dict(zip(names, (np.array([1.0, 2.0, -0.5], np.float32), np.int32(k)), strict=True))
        for k in (0, 2, 5)
    ]
    return definition, calls, [one.name for one in concrete.outputs]


def lists(tf: Any) -> Made:
    """Every op of TensorList, and the calls of functions: Case and PartitionedCall."""
    tf.compat.v1.enable_control_flow_v2()
    raw = tf.raw_ops

    @tf.function(input_signature=[tf.TensorSpec([4, 2], tf.float32), tf.TensorSpec([], tf.int32)])
    def model(x: Any, k: Any) -> Any:
        shape, kind = tf.constant([2]), tf.float32
        made = raw.TensorListFromTensor(tensor=x, element_shape=shape)
        longer = raw.TensorListPushBack(input_handle=made, tensor=x[0] * 2)
        shorter, last = raw.TensorListPopBack(input_handle=longer, element_shape=shape, element_dtype=kind)
        set_ = raw.TensorListSetItem(input_handle=shorter, index=k, item=last + 1)
        resized = raw.TensorListResize(input_handle=set_, size=6)
        spread = raw.TensorListScatterV2(tensor=x[:2], indices=[3, 0], element_shape=shape, num_elements=5)
        more = raw.TensorListScatterIntoExistingList(input_handle=spread, tensor=x[2:], indices=[1, 2])
        pieces = raw.TensorListSplit(tensor=x, element_shape=[-1, 2], lengths=tf.constant([1, 3], tf.int64))
        empty = raw.EmptyTensorList(element_shape=shape, max_num_elements=3, element_dtype=kind)
        reserved = raw.TensorListReserve(element_shape=shape, num_elements=3, element_dtype=kind)
        joined, lengths = raw.TensorListConcatV2(
            input_handle=pieces,
            element_shape=[-1, 2],
            leading_dims=tf.constant([], tf.int64),
            element_dtype=kind,
        )
        add = tf.function(lambda a, b: a + 2 * b, input_signature=[tf.TensorSpec([2], kind)] * 2)
        return {
            "stack": raw.TensorListStack(input_handle=resized, element_shape=shape, element_dtype=kind),
            "gather": raw.TensorListGather(input_handle=set_, indices=[2, 0], element_shape=shape, element_dtype=kind),
            "more": raw.TensorListStack(input_handle=more, element_shape=shape, element_dtype=kind),
            "item": raw.TensorListGetItem(input_handle=reserved, index=1, element_shape=shape, element_dtype=kind),
            "length": raw.TensorListLength(input_handle=resized) + raw.TensorListLength(input_handle=empty),
            "shape": raw.TensorListElementShape(input_handle=set_, shape_type=tf.int32),
            "joined": joined, "lengths": lengths, "last": last,
            "switch": tf.switch_case(k, {0: lambda: x * 2, 1: lambda: x - 1}, default=lambda: -x),
            "called": add(x[0], x[1]),
        }  # fmt: skip

    concrete = model.get_concrete_function()
    names = [one.op.name for one in concrete.inputs]
    x = np.sin(np.arange(8, dtype=np.float32)).reshape(4, 2)
    calls = [dict(zip(names, (x, np.int32(k)), strict=True)) for k in (0, 1, 3)]
    return concrete.graph.as_graph_def(), calls, [one.name for one in concrete.outputs]


def arrays(tf: Any) -> Made:
    """Every op of TensorArray, v1."""
    tf.compat.v1.disable_control_flow_v2()
    graph = tf.Graph()
    with graph.as_default():
        x = tf.compat.v1.placeholder(tf.float32, [4, 2], "x")
        first = tf.TensorArray(tf.float32, 4, dynamic_size=True, clear_after_read=False).unstack(x)
        first = first.write(4, x[0] + x[1])
        tf.identity(first.gather([4, 1]), "gather")
        tf.identity(first.size(), "size")
        tf.identity(first.read(2), "read")
        second = tf.TensorArray(tf.float32, 2, infer_shape=False).split(x, [1, 3])
        tf.identity(second.concat(), "concat")
        third = tf.TensorArray(tf.float32, 4, element_shape=[2]).scatter([3, 0, 1, 2], x)
        tf.identity(third.stack(), "stack")
    x_value = np.sin(np.arange(8, dtype=np.float32)).reshape(4, 2)
    return graph.as_graph_def(), [{"x": x_value}], ["gather", "size", "read", "concat", "stack"]


def tables(tf: Any) -> Made:
    """A table that is filled in the graph, before it is read: control inputs keep the order."""
    graph = tf.Graph()
    with graph.as_default():
        words = tf.compat.v1.placeholder(tf.string, [None], "words")
        raw = tf.raw_ops
        table = raw.HashTableV2(key_dtype=tf.string, value_dtype=tf.int64, shared_name="words")
        back = raw.HashTableV2(key_dtype=tf.int64, value_dtype=tf.string, shared_name="back")
        keys, values = tf.constant(["a", "b", "ü"]), tf.constant([3, 1, 7], tf.int64)
        filled = [
            raw.LookupTableImportV2(table_handle=table, keys=keys, values=values),
            raw.LookupTableImportV2(table_handle=back, keys=values, values=keys),
        ]
        with tf.control_dependencies(filled):
            found = raw.LookupTableFindV2(
                table_handle=table, keys=words, default_value=tf.constant(-1, tf.int64)
            )
            tf.identity(found, "found")
            tf.identity(raw.LookupTableSizeV2(table_handle=table), "size")
            again = raw.LookupTableFindV2(table_handle=back, keys=found, default_value=tf.constant("?"))
            tf.identity(again, "again")
    call = {"words": np.array(["b", "ü", "c"], object)}
    return graph.as_graph_def(), [call], ["found", "size", "again"]


MODELS: dict[str, Callable[[Any], Made]] = {
    "dead_branches": dead_branches, "functions": functions, "lists": lists, "arrays": arrays, "tables": tables,
}  # fmt: skip

"""Sparse tensors, as `tf.sparse`."""

from glbackend.ops.sparse import sparse_fill_empty_rows
from glbackend.ops.sparse import sparse_reshape
from glbackend.ops.sparse import sparse_segment_mean
from glbackend.ops.sparse import sparse_segment_sum

__all__ = [
    "sparse_fill_empty_rows",
    "sparse_reshape",
    "sparse_segment_mean",
    "sparse_segment_sum",
]

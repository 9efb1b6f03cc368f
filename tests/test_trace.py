"""Traces: what is recorded is what runs, nothing lasts, and what cannot be traced says so."""

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.nested import leaves
from glbackend.engine.storage import Handle
from glbackend.engine.tensor import Tensor
from glbackend.testing.case import Case, all_cases
from glbackend.testing.interpret import replay

READS_VALUES = "Where/setdiff"  # setdiff1d compares its inputs on the host, which no kernel does


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.id)
def test_every_case_traces_to_what_running_gives(case: Case) -> None:
    """The very specs; and the graph, run again, gives the very values."""
    inputs = [gl.tensor(array) for array in case.inputs]
    wanted = list(leaves(Tensor, case.call(*inputs)))
    if case.id == READS_VALUES:
        with pytest.raises(
            TraceError, match=r"test_trace.py:\d+: the values of a int32 tensor are asked for"
        ):
            gl.trace(case.call, *inputs)
        return
    graph = gl.trace(case.call, *inputs)
    assert [handle.spec for handle in leaves(Handle, graph.outputs)] == [one.spec for one in wanted]
    for got, one in zip(leaves(Tensor, replay(graph, *inputs)), wanted, strict=True):
        np.testing.assert_array_equal(got.numpy(), one.numpy())

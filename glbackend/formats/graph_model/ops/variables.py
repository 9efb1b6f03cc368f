"""Variables: of TensorFlow 2 through handles, of TensorFlow 1 by the node itself.

Those that nothing assigns to arrive as plain tensors: they are constants of the model.
"""

from typing import Any

from glbackend.engine.tensor import Tensor
from glbackend.formats.graph_model.declare import tf_op
from glbackend.formats.graph_model.host import host_tensor, whole
from glbackend.formats.graph_model.lists import Variable
from glbackend.ops import index


def value_of(given: Any) -> Any:
    """What a variable holds now; constants as they are."""
    return given.read().clone() if isinstance(given, Variable) else given


@tf_op("VarHandleOp", "VariableV2", "Variable", pure=False)
def handle(*, variable: Any) -> Variable:
    """The variable, which the loader has put there."""
    found: Variable = variable
    return found


@tf_op("ReadVariableOp", pure=False)
def read(resource: Any) -> Any:
    """The value."""
    return value_of(resource)


@tf_op("VarIsInitializedOp", "IsVariableInitialized", pure=False)
def is_initialized(resource: Any) -> Tensor:
    """Whether there is a value: always, for nothing runs before variables are restored."""
    return host_tensor(True)


@tf_op("DisableCopyOnRead", pure=False)
def disable_copy_on_read(resource: Any) -> tuple[()]:
    """Nothing: reading never copies here."""
    return ()


@tf_op("VariableShape", pure=False)
def variable_shape(input: Any) -> Tensor:
    """The dims, on the host."""
    return whole(value_of(input).shape)


@tf_op("AssignVariableOp", "Assign", pure=False)
def assign(resource: Variable, value: Tensor) -> Tensor:
    """Another value, which variables of TensorFlow 1 also give."""
    resource.assign(value)
    return value


@tf_op("AssignAddVariableOp", "AssignAdd", pure=False)
def assign_add(resource: Variable, value: Tensor) -> Tensor:
    """The value and something more."""
    return assign(resource, value_of(resource) + value)


@tf_op("AssignSubVariableOp", "AssignSub", pure=False)
def assign_sub(resource: Variable, value: Tensor) -> Tensor:
    """The value and something less."""
    return assign(resource, value_of(resource) - value)


@tf_op("ResourceGather", pure=False)
def resource_gather(resource: Any, indices: Tensor, *, batch_dims: int = 0) -> Tensor:
    """Rows of the value."""
    return index.gather(value_of(resource), indices, 0, batch_dims)


@tf_op("ResourceGatherNd", pure=False)
def resource_gather_nd(resource: Any, indices: Tensor) -> Tensor:
    """Elements or slices of the value."""
    return index.gather_nd(value_of(resource), indices)

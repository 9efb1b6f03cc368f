"""TensorFlow's messages, as far as they are read here: a table of fields for protobuf's own parser.

No code that TensorFlow generates is needed, and none of ours collides with it: the pool is our own. Fields
have the names that JSON gives them, so that what comes out is read as the JSON of graph models is.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from glbackend.base.errors import ModelFormatError
from glbackend.base.optional import optional

# name number type, with * for repeated fields and @ for maps from strings
TABLE = """
SavedModel: metaGraphs 2 *MetaGraph
MetaGraph: info 1 MetaInfo, graph 2 Graph, saver 3 Saver, collections 4 @Collection, signatures 5 @Signature,
  assets 6 *Asset
MetaInfo: tags 4 *string, tensorflowVersion 5 string
Graph: node 1 *Node, library 2 Library, versions 4 Versions
Versions: producer 1 int32
Node: name 1 string, op 2 string, input 3 *string, attr 5 @Attr
Library: function 1 *Function
Function: signature 1 Op, nodeDef 3 *Node, ret 4 @string, controlRet 6 @string
Op: name 1 string, inputArg 2 *Arg, outputArg 3 *Arg
Arg: name 1 string
Attr: list 1 List, s 2 bytes, i 3 int64, f 4 float, b 5 bool, type 6 int32, shape 7 Shape, tensor 8 Tensor,
  func 10 Called
List: s 2 *bytes, i 3 *int64, f 4 *float, b 5 *bool, type 6 *int32, shape 7 *Shape, tensor 8 *Tensor,
  func 9 *Called
Called: name 1 string
Shape: dim 2 *Dim, unknownRank 3 bool
Dim: size 1 int64
Tensor: dtype 1 int32, tensorShape 2 Shape, tensorContent 4 bytes, floatVal 5 *float, doubleVal 6 *double,
  intVal 7 *int32, stringVal 8 *bytes, scomplexVal 9 *float, int64Val 10 *int64, boolVal 11 *bool,
  dcomplexVal 12 *double, halfVal 13 *int32, uint32Val 16 *uint32, uint64Val 17 *uint64
Saver: filenameTensorName 1 string, restoreOpName 3 string
Collection: nodeList 1 Names, anyList 5 Anys
Names: value 1 *string
Anys: value 1 *Any
Any: value 2 bytes
Signature: inputs 1 @Info, outputs 2 @Info
Info: name 1 string, dtype 2 int32, tensorShape 3 Shape
Asset: tensorInfo 1 Info, filename 2 string
BundleHeader: shards 1 int32, endianness 2 int32
BundleEntry: dtype 1 int32, shape 2 Shape, shard 3 int32, offset 4 int64, size 5 int64, checksum 6 fixed32,
  slices 7 *Slice
Slice: extent 1 *Extent
Extent: start 1 int64, length 2 int64
"""
MOST_DIMS = 254
PACKAGE = "glbackend.tensorflow"


class Field:
    """A field of the table."""

    __slots__ = ("is_map", "kind", "name", "number", "repeated")

    def __init__(self, text: str) -> None:
        self.name, number, kind = text.split()
        self.number = int(number)
        self.repeated, self.is_map = kind[0] == "*", kind[0] == "@"
        self.kind = kind.lstrip("*@")


MESSAGES = {
    line.split(":")[0]: {field.name: field for field in map(Field, line.split(":")[1].split(", "))}
    for line in TABLE.replace(",\n ", ",").strip().splitlines()
}


@cache
def _classes() -> Mapping[str, Any]:
    """The classes of all messages."""
    made = optional("google.protobuf.descriptor_pb2", "tensorflow", "load_saved_model")
    pools = optional("google.protobuf.descriptor_pool", "tensorflow", "load_saved_model")
    factory = optional("google.protobuf.message_factory", "tensorflow", "load_saved_model")
    # proto2 tells a zero that was written from one that was not
    file = made.FileDescriptorProto(name="glbackend/tensorflow.proto", package=PACKAGE, syntax="proto2")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field in fields.values():
            if field.is_map:
                entry = message.nested_type.add(name=f"{field.name[0].upper()}{field.name[1:]}Entry")
                entry.options.map_entry = True
                _declare(made, entry, "key", 1, "string", False)
                _declare(made, entry, "value", 2, field.kind, False)
                _declare(made, message, field.name, field.number, f"{name}.{entry.name}", True)
            else:
                _declare(made, message, field.name, field.number, field.kind, field.repeated)
    pool = pools.DescriptorPool()
    pool.Add(file)
    return {
        name: factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}")) for name in MESSAGES
    }


def _declare(made: Any, message: Any, name: str, number: int, kind: str, repeated: bool) -> None:
    kinds = made.FieldDescriptorProto
    field = message.field.add(
        name=name, number=number, label=kinds.LABEL_REPEATED if repeated else kinds.LABEL_OPTIONAL
    )
    if kind.split(".")[0] in MESSAGES:
        field.type, field.type_name = kinds.TYPE_MESSAGE, f".{PACKAGE}.{kind}"
    else:
        field.type = kinds.Type.Value(f"TYPE_{kind.upper()}")


def parse(name: str, text: Any, where: str) -> Any:
    """A message of the table from its bytes; ModelFormatError, naming `where`, for what is none."""
    made = _classes()[name]
    try:
        return made.FromString(text)
    except Exception as error:  # protobuf's own DecodeError, whose place changes with its versions
        raise ModelFormatError(f"{where}: {error}") from None


def plain(message: Any, name: str) -> dict[str, Any]:
    """A message called `name` in the table as dicts and lists, as JSON has it, but bytes as bytes."""
    fields, made = MESSAGES[name], {}
    for descriptor, value in message.ListFields():
        field = fields[descriptor.name]
        if field.kind == "Dim" and len(value) > MOST_DIMS:
            raise ModelFormatError(f"a shape has {len(value)} dims: TensorFlow knows at most {MOST_DIMS}")
        if field.kind == "Node" and not all(one.name for one in value):  # before millions become objects
            raise ModelFormatError("a node of the graph has no name")
        if field.kind not in MESSAGES:
            made[field.name] = list(value) if field.repeated else dict(value) if field.is_map else value
        elif field.repeated:
            made[field.name] = [plain(one, field.kind) for one in value]
        elif field.is_map:  # what begins with _ are notes of TensorFlow's own, which are long
            made[field.name] = {key: plain(value[key], field.kind) for key in value if key[:1] != "_"}
        else:
            made[field.name] = plain(value, field.kind)
    return made

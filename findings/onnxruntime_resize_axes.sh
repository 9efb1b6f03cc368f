#!/usr/bin/env bash
# Does ONNX Runtime resize an image by `axes` between two Transposes (channels last, first, and last again)?
#
# Guess: yes: Resize has the attribute `axes` since operator set 18, onnx's checker accepts the model, and Transposes
# around an image operator are what every exporter from channels-last frameworks writes.
# Versions: onnxruntime 1.32.0, onnx 1.23.2, numpy 2.4.6, Python 3.11.
# Behaviour: with the default optimisations the session cannot be made: the optimiser moves the Transposes through Resize
# and loses the two sizes on the way ("Number of elements of input 'sizes' (0) does not match the number of axes (2)").
# Without Transposes, or with only the basic optimisations, it runs; so it does with four sizes and no `axes`.
# Seen:
#   plain: (1, 2, 8, 8), basic: (1, 2, 8, 8), all: (1, 2, 8, 8)
#   between Transposes: (1, 8, 8, 2), basic: (1, 8, 8, 2), all: no session
#   between Transposes, four sizes: (1, 8, 8, 2), basic: (1, 8, 8, 2), all: (1, 8, 8, 2)
# Exits 0 where that is so, 1 where it changed, 0 with SKIPPED where there is no package to be had.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target "$folder" \
  onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6 || { echo "SKIPPED: the packages cannot be had"; exit 0; }
cat > "$folder/try.py" <<'PYTHON'
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

onnxruntime.set_default_logger_severity(4)
LEVELS = ["ORT_DISABLE_ALL", "ORT_ENABLE_BASIC", "ORT_ENABLE_ALL"]


def shape(turned: bool, sizes: list[int], level: str) -> object:
    x, y = ([1, 4, 4, 2], [1, 8, 8, 2]) if turned else ([1, 2, 4, 4], [1, 2, 8, 8])
    axes = {"axes": [2, 3]} if len(sizes) == 2 else {}
    resize = helper.make_node("Resize", ["a" if turned else "x", "", "", "sizes"], ["b" if turned else "y"], **axes)
    around = [helper.make_node("Transpose", ["x"], ["a"], perm=[0, 3, 1, 2]),
              helper.make_node("Transpose", ["b"], ["y"], perm=[0, 2, 3, 1])]
    values = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in (("x", x), ("y", y))]
    weights = [numpy_helper.from_array(np.array(sizes, np.int64), "sizes")]
    nodes = [around[0], resize, around[1]] if turned else [resize]
    graph = helper.make_graph(nodes, "g", values[:1], values[1:], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    except Exception:
        return "no session"
    return session.run(None, {"x": np.zeros(x, np.float32)})[0].shape


for name, turned, sizes in (
    ("plain", False, [8, 8]), ("between Transposes", True, [8, 8]), ("between Transposes, four sizes", True, [1, 2, 8, 8])
):
    found = [shape(turned, sizes, level) for level in LEVELS]
    print(f"{name}: {found[0]}, basic: {found[1]}, all: {found[2]}")
PYTHON
wanted='plain: (1, 2, 8, 8), basic: (1, 2, 8, 8), all: (1, 2, 8, 8)
between Transposes: (1, 8, 8, 2), basic: (1, 8, 8, 2), all: no session
between Transposes, four sizes: (1, 8, 8, 2), basic: (1, 8, 8, 2), all: (1, 8, 8, 2)'
seen=$(PYTHONPATH="$folder" python3 "$folder/try.py" 2>/dev/null) || true
echo "$seen"
[ "$seen" = "$wanted" ]

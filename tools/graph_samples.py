"""The op cases whose goldens `tools.graph_goldens` asks TensorFlow for."""

from typing import Any

import numpy as np

Case = tuple[str, dict[str, Any], dict[str, Any]]
X = np.array([[0.5, -0.25, 0.75], [-0.9, 0.1, 0.3]], np.float32)
POSITIVE = np.abs(X) + np.float32(1.5)
WHOLE = np.array([[7, -7, 3], [-2, 5, 0]], np.int32)
IMAGE = np.sin(np.arange(2 * 5 * 6 * 3, dtype=np.float32)).reshape(2, 5, 6, 3)
VOLUME = np.cos(np.arange(4 * 4 * 5 * 2, dtype=np.float32)).reshape(1, 4, 4, 5, 2)
BOXES = np.array(
    [[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, -0.1, 1, 0.9], [0, 10, 1, 11], [0, 10, 1, 11]], np.float32
)
SCORES = np.array([0.9, 0.75, 0.6, 0.95, 0.5], np.float32)


def number(value: Any) -> Any:
    """An int32 of rank 0, or a list of them."""
    return np.array(value, np.int32)


def real(value: Any) -> Any:
    """A float32."""
    return np.array(value, np.float32)


def waves(*shape: int) -> Any:
    """Numbers between -1 and 1."""
    return np.sin(np.arange(int(np.prod(shape)), dtype=np.float32) * 0.7).reshape(shape)


def text(*values: str) -> Any:
    """A vector of strings."""
    return np.array(values, object)


def op_cases(tf: Any) -> list[Case]:
    """Op (as tf.raw_ops calls it), inputs by name, attrs."""
    return [
        *elementwise(tf), *reductions(tf), *convolutions(), *matrices(), *shapes(), *slices(), *creation(tf),
        *normal(), *images(tf), *dynamic(), *texts(),
    ]  # fmt: skip


def elementwise(tf: Any) -> list[Case]:
    """One element at a time."""
    unary = (
        "Abs Asin Acos Atan Atanh Asinh Ceil Cos Cosh Elu Erf Erfc Exp Expm1 Floor "
        "Neg Reciprocal Rint Round Sigmoid Sign Sin Sinh Sqrt Square Tan Tanh Inv IsFinite IsInf IsNan"
    )
    cases: list[Case] = [(op, {"x": X}, {}) for op in unary.split() if op != "Sqrt"]
    cases += [(op, {"features": X * 4}, {}) for op in ("Relu", "Relu6", "Selu", "Softplus", "Softsign")]
    cases += [(op, {"x": POSITIVE}, {}) for op in ("Log", "Log1p", "Rsqrt", "Sqrt", "Acosh")]
    cases += [("LeakyRelu", {"features": X}, {"alpha": 0.3}), ("LeakyRelu", {"features": X}, {})]
    for op in ("Add", "AddV2", "Sub", "Mul", "Maximum", "Minimum", "SquaredDifference", "Equal", "NotEqual",
               "Less", "LessEqual", "Greater", "GreaterEqual"):  # fmt: skip
        cases += [(op, {"x": X, "y": X[:1] * 2}, {}), (op, {"x": WHOLE, "y": WHOLE[1]}, {})]
    for op in ("RealDiv", "Div", "DivNoNan", "MulNoNan", "Xdivy", "FloorDiv", "FloorMod", "Mod"):
        y = X[::-1] + np.float32(0.05)
        cases.append((op, {"x": X, "y": y}, {}))
    for op in ("FloorDiv", "FloorMod", "TruncateDiv"):
        cases.append((op, {"x": WHOLE, "y": number([[2, -3, 2], [3, 2, -1]])}, {}))
    cases += [
        ("Pow", {"x": POSITIVE, "y": X}, {}),
        ("Atan2", {"y": X, "x": X[::-1]}, {}),
        ("Cast", {"x": X * 5}, {"DstT": tf.int32}),
        ("Xlogy", {"x": np.where(X > 0, X, 0), "y": POSITIVE}, {}),
        ("Xlog1py", {"x": X, "y": POSITIVE}, {}),
        ("AddN", {"inputs": [X, X, POSITIVE]}, {}),
        ("BiasAdd", {"value": X, "bias": X[0]}, {}),
        ("BiasAdd", {"value": waves(2, 3, 2, 2), "bias": X[0]}, {"data_format": "NCHW"}),
        ("ClipByValue", {"t": X, "clip_value_min": real(-0.3), "clip_value_max": real(0.4)}, {}),
        ("Cast", {"x": WHOLE}, {"DstT": tf.float32}),
        ("Cast", {"x": WHOLE}, {"DstT": tf.bool}),
        ("Complex", {"real": X, "imag": POSITIVE}, {}),
        ("Real", {"input": X + 1j * POSITIVE}, {}),
        ("Imag", {"input": X + 1j * POSITIVE}, {}),
        ("ComplexAbs", {"x": X + 1j * POSITIVE}, {}),
        ("LogicalAnd", {"x": X > 0, "y": X > 0.2}, {}),
        ("LogicalOr", {"x": X > 0, "y": X < -0.5}, {}),
        ("LogicalNot", {"x": X > 0}, {}),
        ("Select", {"condition": X > 0, "x": X, "y": POSITIVE}, {}),
        ("Select", {"condition": np.array([True, False]), "x": X, "y": POSITIVE}, {}),
        ("SelectV2", {"condition": X[:1] > 0, "t": X, "e": real(3)}, {}),
        ("BitwiseAnd", {"x": WHOLE, "y": WHOLE[::-1].copy()}, {}),
        ("FakeQuantWithMinMaxVars", {"inputs": X * 3, "min": real(-1.03), "max": real(2.1)}, {}),
        (
            "FakeQuantWithMinMaxVars",
            {"inputs": X * 3, "min": real(0.1), "max": real(2)},
            {"num_bits": 4, "narrow_range": True},
        ),
    ]
    return cases


def reductions(tf: Any) -> list[Case]:
    """Axes that go."""
    cases: list[Case] = []
    for op in ("Sum", "Mean", "Max", "Min", "Prod", "EuclideanNorm"):
        cases += [
            (op, {"input": X, "axis": number([1])}, {"keep_dims": True}),
            (op, {"input": X, "axis": number(-2)}, {}),
        ]
    cases += [(op, {"input": X > 0, "axis": number([0])}, {}) for op in ("All", "Any")]
    cases += [
        ("Sum", {"input": X, "axis": number([0, 1])}, {}),
        ("Sum", {"input": X, "axis": np.zeros(0, np.int32)}, {}),
    ]
    cases += [(op, {"input": X, "dimension": number(1)}, {}) for op in ("ArgMax", "ArgMin")]
    cases += [
        ("Cumsum", {"x": X, "axis": number(-1)}, {"exclusive": True}),
        ("Cumsum", {"x": X, "axis": number(0)}, {"reverse": True}),
    ]
    cases += [("Cumprod", {"x": X, "axis": number(1)}, {"exclusive": True, "reverse": True})]
    counted = number([1, 2, 1, 0, 7])
    none = np.zeros(0, np.float32)
    cases += [
        ("Bincount", {"arr": counted, "size": number(4), "weights": none}, {}),
        ("Bincount", {"arr": counted, "size": number(8), "weights": real([1, 2, 3, 4, 5])}, {}),
        (
            "DenseBincount",
            {"input": number([[1, 2, 1], [0, 0, 3]]), "size": number(4), "weights": none},
            {"binary_output": True},
        ),
        ("L2Loss", {"t": X}, {}),
        ("Bucketize", {"input": X}, {"boundaries": [-0.25, 0.1, 0.6]}),
        ("Bucketize", {"input": WHOLE}, {"boundaries": [-2.5, 3.0]}),
        (
            "RaggedBincount",
            {"splits": np.array([0, 3, 3, 5]), "values": counted, "size": number(5), "weights": none},
            {},
        ),
        (
            "RaggedBincount",
            {"splits": np.array([0, 3, 5]), "values": counted, "size": number(3), "weights": none},
            {"binary_output": True},
        ),
        ("UnsortedSegmentSum", {"data": X, "segment_ids": number([2, 0]), "num_segments": number(4)}, {}),
        ("SegmentSum", {"data": X, "segment_ids": number([0, 2])}, {}),
    ]
    return cases


def convolutions() -> list[Case]:
    """Windows."""
    filter = waves(3, 2, 3, 4)
    deep = waves(3, 2, 3, 2)
    strided: dict[str, Any] = {"strides": [1, 2, 1, 1], "padding": "SAME"}
    explicit = {"strides": [1, 1, 2, 1], "padding": "EXPLICIT", "explicit_paddings": [0, 0, 1, 0, 2, 1, 0, 0]}
    pooled = {"ksize": [1, 2, 3, 1], "strides": [1, 2, 1, 1], "padding": "SAME"}
    volumes = {"ksize": [1, 2, 2, 2, 1], "strides": [1, 1, 2, 2, 1], "padding": "SAME"}
    return [
        ("Conv2D", {"input": IMAGE, "filter": filter}, strided),
        ("Conv2D", {"input": IMAGE, "filter": filter}, explicit),
        (
            "Conv2D",
            {"input": IMAGE, "filter": filter},
            {"strides": [1] * 4, "padding": "VALID", "dilations": [1, 2, 2, 1]},
        ),
        ("DepthwiseConv2dNative", {"input": IMAGE, "filter": deep}, {"strides": [1] * 4, "padding": "SAME"}),
        ("DepthwiseConv2dNative", {"input": IMAGE, "filter": deep}, {**explicit, "strides": [1] * 4}),
        (
            "Conv2DBackpropInput",
            {"input_sizes": number([2, 5, 6, 3]), "filter": filter, "out_backprop": waves(2, 3, 6, 4)},
            strided,
        ),
        (
            "Conv2DBackpropInput",
            {"input_sizes": number([2, 5, 6, 3]), "filter": filter, "out_backprop": waves(2, 4, 4, 4)},
            explicit,
        ),
        (
            "Conv3D",
            {"input": VOLUME, "filter": waves(2, 2, 2, 2, 3)},
            {"strides": [1, 2, 1, 1, 1], "padding": "SAME"},
        ),
        (
            "Conv3DBackpropInputV2",
            {
                "input_sizes": number([1, 4, 4, 5, 2]),
                "filter": waves(2, 2, 2, 2, 3),
                "out_backprop": waves(1, 2, 4, 5, 3),
            },
            {"strides": [1, 2, 1, 1, 1], "padding": "SAME"},
        ),
        ("Conv2D", {"input": waves(2, 5, 4, 6), "filter": waves(3, 2, 3, 4)}, strided),  # in groups
        ("Conv2D", {"input": waves(2, 5, 4, 6), "filter": waves(3, 2, 1, 12)}, strided),
        (
            "Conv2DBackpropInput",
            {"input_sizes": number([2, 5, 6, 3]), "filter": filter, "out_backprop": waves(2, 5, 6, 4)},
            {"strides": [1] * 4, "padding": "SAME", "dilations": [1, 2, 2, 1]},
        ),
        (
            "Dilation2D",
            {"input": IMAGE, "filter": waves(2, 2, 3)},
            {"strides": [1] * 4, "rates": [1, 2, 1, 1], "padding": "SAME"},
        ),
        ("MaxPool", {"input": IMAGE}, pooled),
        ("AvgPool", {"value": IMAGE}, pooled),
        (
            "MaxPool",
            {"input": IMAGE},
            {**pooled, "padding": "EXPLICIT", "explicit_paddings": [0, 0, 1, 0, 1, 1, 0, 0]},
        ),
        (
            "MaxPoolV2",
            {"input": IMAGE, "ksize": number([1, 2, 3, 1]), "strides": number([1, 2, 1, 1])},
            {"padding": "VALID"},
        ),
        ("MaxPool3D", {"input": VOLUME}, volumes),
        ("AvgPool3D", {"input": VOLUME}, volumes),
        ("MaxPoolWithArgmax", {"input": IMAGE}, {**pooled, "include_batch_in_index": True}),
    ]


def matrices() -> list[Case]:
    """Products."""
    return [
        ("MatMul", {"a": waves(3, 2), "b": waves(4, 3)}, {"transpose_a": True, "transpose_b": True}),
        ("BatchMatMul", {"x": waves(2, 3, 4), "y": waves(2, 4, 2)}, {}),
        ("BatchMatMulV2", {"x": waves(2, 1, 3, 4), "y": waves(5, 2, 4)}, {"adj_y": True}),
        ("BatchMatMulV3", {"x": waves(2, 3, 4), "y": waves(4, 2)}, {"Tout": np.float32}),
        ("Einsum", {"inputs": [waves(2, 3, 4), waves(4, 5)]}, {"equation": "bij,jk->bki"}),
        ("Einsum", {"inputs": [waves(2, 3, 4)]}, {"equation": "...ij->...ji"}),
        ("MatrixBandPart", {"input": waves(2, 4, 4), "num_lower": number(1), "num_upper": number(-1)}, {}),
        ("Diag", {"diagonal": X[0]}, {}),
        ("Transpose", {"x": IMAGE, "perm": number([3, 0, 2, 1])}, {}),
    ]


def shapes() -> list[Case]:
    """Shapes."""
    pads = number([[1, 0], [2, 1]])
    return [
        ("Shape", {"input": IMAGE}, {}),
        ("ShapeN", {"input": [X, IMAGE]}, {}),
        ("Size", {"input": IMAGE}, {}),
        ("Rank", {"input": IMAGE}, {}),
        ("Reshape", {"tensor": X, "shape": number([3, -1])}, {}),
        ("ExpandDims", {"input": X, "axis": number(-1)}, {}),
        ("Squeeze", {"input": X[None, :, None]}, {"axis": [0]}),
        ("Squeeze", {"input": X[None, :, None]}, {}),
        ("BroadcastTo", {"input": X[:1], "shape": number([4, 2, 3])}, {}),
        ("BroadcastArgs", {"s0": number([2, 1, 3]), "s1": number([5, 1])}, {}),
        ("EnsureShape", {"input": X}, {"shape": [None, 3]}),
        ("Pad", {"input": X, "paddings": pads}, {}),
        ("PadV2", {"input": X, "paddings": pads, "constant_values": real(2)}, {}),
        ("MirrorPad", {"input": waves(3, 4), "paddings": pads}, {"mode": "REFLECT"}),
        ("MirrorPad", {"input": waves(3, 4), "paddings": pads}, {"mode": "SYMMETRIC"}),
        (
            "SpaceToBatchND",
            {"input": waves(1, 4, 5, 2), "block_shape": number([2, 2]), "paddings": number([[0, 0], [1, 0]])},
            {},
        ),
        (
            "BatchToSpaceND",
            {"input": waves(4, 2, 3, 2), "block_shape": number([2, 2]), "crops": number([[0, 1], [1, 0]])},
            {},
        ),
        ("DepthToSpace", {"input": waves(1, 2, 2, 8)}, {"block_size": 2}),
        ("SpaceToDepth", {"input": waves(1, 4, 6, 2)}, {"block_size": 2}),
        ("Roll", {"input": X, "shift": number([1, -2]), "axis": number([0, 1])}, {}),
        ("Identity", {"input": X}, {}),
        ("IdentityN", {"input": [X, WHOLE]}, {}),
        ("StopGradient", {"input": X}, {}),
        ("PreventGradient", {"input": X}, {}),
        ("Snapshot", {"input": X}, {}),
        ("CheckNumerics", {"tensor": X}, {"message": "m"}),
        ("PlaceholderWithDefault", {"input": X}, {"shape": [2, 3]}),
    ]


def slices() -> list[Case]:
    """Cutting and joining."""
    masks = {"begin_mask": 1, "end_mask": 2, "ellipsis_mask": 0, "new_axis_mask": 4, "shrink_axis_mask": 8}
    picked = number([[1], [0], [1]])
    return [
        ("ConcatV2", {"values": [X, POSITIVE], "axis": number(-1)}, {}),
        ("Concat", {"concat_dim": number(0), "values": [X, POSITIVE]}, {}),
        ("Pack", {"values": [X, POSITIVE]}, {"axis": 1}),
        ("Unpack", {"value": X}, {"num": 3, "axis": 1}),
        ("Split", {"axis": number(1), "value": X}, {"num_split": 3}),
        ("SplitV", {"value": X, "size_splits": number([1, -1]), "axis": number(1)}, {"num_split": 2}),
        ("Slice", {"input": X, "begin": number([0, 1]), "size": number([-1, 2])}, {}),
        (
            "StridedSlice",
            {
                "input": IMAGE,
                "begin": number([1, 0, 0, 2]),
                "end": number([2, 3, 0, 3]),
                "strides": number([1, 2, 1, 1]),
            },
            masks,
        ),
        (
            "StridedSlice",
            {"input": IMAGE, "begin": number([0, -1]), "end": number([0, 0]), "strides": number([1, -1])},
            {"ellipsis_mask": 1, "end_mask": 2},
        ),
        ("Gather", {"params": X, "indices": number([1, 0, 1])}, {}),
        (
            "GatherV2",
            {"params": IMAGE, "indices": number([[0, 2], [1, 1]]), "axis": number(-1)},
            {"batch_dims": 1},
        ),
        ("GatherNd", {"params": X, "indices": number([[0, 2], [1, 1]])}, {}),
        ("Reverse", {"tensor": X, "dims": np.array([True, False])}, {}),
        ("ReverseV2", {"tensor": X, "axis": number([1])}, {}),
        ("Tile", {"input": X, "multiples": number([1, 2])}, {}),
        ("ScatterNd", {"indices": picked, "updates": waves(3, 2), "shape": number([3, 2])}, {}),
        ("TensorScatterUpdate", {"tensor": X, "indices": number([[1]]), "updates": POSITIVE[:1]}, {}),
        ("TensorScatterAdd", {"tensor": X, "indices": picked, "updates": waves(3, 3)}, {}),
        (
            "SparseToDense",
            {
                "sparse_indices": number([[0, 1], [2, 0]]),
                "output_shape": number([3, 2]),
                "sparse_values": real([5, 6]),
                "default_value": real(-1),
            },
            {},
        ),
    ]


def creation(tf: Any) -> list[Case]:
    """Out of numbers."""
    hot = {"indices": number([2, 0, 5]), "depth": number(3), "on_value": real(2), "off_value": real(-1)}
    return [
        ("Fill", {"dims": number([2, 3]), "value": real(4)}, {}),
        ("ZerosLike", {"x": X}, {}),
        ("OnesLike", {"x": WHOLE}, {}),
        ("Range", {"start": number(2), "limit": number(9), "delta": number(3)}, {}),
        ("Range", {"start": real(1), "limit": real(0), "delta": real(-0.25)}, {}),
        ("LinSpace", {"start": real(0), "stop": real(1), "num": number(5)}, {}),
        ("OneHot", hot, {}),
        ("OneHot", hot, {"axis": 0}),
    ]


def normal() -> list[Case]:
    """Normalisations and transforms."""
    moments = {
        "scale": real([1, 2, 0.5]),
        "offset": real([0, 1, -1]),
        "mean": real([0.1, 0.2, 0.3]),
        "variance": real([1, 0.5, 2]),
    }
    return [
        ("Softmax", {"logits": X}, {}),
        ("LogSoftmax", {"logits": X}, {}),
        ("LRN", {"input": IMAGE}, {"depth_radius": 1, "bias": 0.5, "alpha": 0.3, "beta": 0.7}),
        ("FusedBatchNormV3", {"x": IMAGE, **moments}, {"is_training": False, "epsilon": 0.01}),
        ("FFT", {"input": (waves(2, 8) + 1j * waves(2, 8)).astype(np.complex64)}, {}),
        ("IFFT", {"input": (waves(2, 8) + 1j * waves(2, 8)).astype(np.complex64)}, {}),
        ("RFFT", {"input": waves(2, 8), "fft_length": number([8])}, {}),
        ("RFFT", {"input": waves(2, 8), "fft_length": number([6])}, {}),
        (
            "IRFFT",
            {"input": (waves(2, 5) + 1j * waves(2, 5)).astype(np.complex64), "fft_length": number([8])},
            {},
        ),
    ]


def images(tf: Any) -> list[Case]:
    """Pictures."""
    size = number([7, 4])
    map_ = real([[1, 0.1, -0.45, 0, 1.2, 0.3, 0.001, 0]])
    cases: list[Case] = [
        (
            "CropAndResize",
            {
                "image": IMAGE,
                "boxes": real([[0, 0, 1, 1], [0.8, 0.2, 0.1, 1.2]]),
                "box_ind": number([0, 1]),
                "crop_size": number([3, 4]),
            },
            {"extrapolation_value": 2.0},
        ),
        (
            "CropAndResize",
            {
                "image": IMAGE,
                "boxes": real([[0, 0, 1, 1]]),
                "box_ind": number([1]),
                "crop_size": number([3, 4]),
            },
            {"method": "nearest"},
        ),
        (
            "ImageProjectiveTransformV3",
            {"images": IMAGE, "transforms": map_, "output_shape": number([5, 6]), "fill_value": real(1)},
            {"interpolation": "BILINEAR", "fill_mode": "REFLECT"},
        ),
        (
            "ImageProjectiveTransformV3",
            {"images": IMAGE, "transforms": map_, "output_shape": number([4, 4]), "fill_value": real(1)},
            {"interpolation": "NEAREST"},
        ),
    ]
    for op in ("ResizeBilinear", "ResizeNearestNeighbor"):
        cases += [
            (op, {"images": IMAGE, "size": size}, {"align_corners": True}),
            (op, {"images": IMAGE, "size": size}, {"half_pixel_centers": True}),
            (op, {"images": IMAGE, "size": size}, {}),
        ]
    cases += [
        ("ResizeBicubic", {"images": IMAGE, "size": size}, {"half_pixel_centers": True}),
        *(
            (
                "ScaleAndTranslate",
                {
                    "images": IMAGE,
                    "size": number([3, 9]),
                    "scale": real([3 / 5, 9 / 6]),
                    "translation": real([0, 0]),
                },
                {"kernel_type": kernel, "antialias": antialias},
            )
            for kernel in ("triangle", "keyscubic", "lanczos3", "lanczos5")
            for antialias in (False, True)
        ),
    ]
    limits = {"boxes": BOXES, "scores": SCORES, "max_output_size": number(3), "iou_threshold": real(0.5)}
    least = {**limits, "score_threshold": real(0.1)}
    none = {**least, "iou_threshold": real(0), "max_output_size": number(5)}
    return [
        *cases,
        ("NonMaxSuppressionV2", limits, {}),
        ("NonMaxSuppressionV3", least, {}),
        ("NonMaxSuppressionV3", none, {}),
        ("NonMaxSuppressionV4", {**least, "max_output_size": number(5)}, {"pad_to_max_output_size": True}),
        ("NonMaxSuppressionV5", {**least, "soft_nms_sigma": real(0)}, {}),
        ("NonMaxSuppressionV5", {**least, "soft_nms_sigma": real(0.4), "max_output_size": number(5)}, {}),
    ]


def dynamic() -> list[Case]:
    """Shapes that values decide."""
    sorted_ = real([[1, 3, 3, 9], [0, 2, 4, 6]])
    sparse = {"indices": np.array([[0, 1], [2, 0]]), "values": real([5, 6]), "dense_shape": np.array([4, 3])}
    return [
        ("Where", {"condition": X > 0}, {}),
        ("Where", {"condition": WHOLE}, {}),
        ("ListDiff", {"x": WHOLE[0], "y": number([7, 9])}, {}),
        ("Unique", {"x": number([3, 1, 3, 2, 1])}, {}),
        ("UniqueV2", {"x": number([[1, 2], [1, 2], [3, 4]]), "axis": number([0])}, {}),
        ("TopKV2", {"input": X, "k": number(2)}, {}),
        ("InTopKV2", {"predictions": X, "targets": number([0, 1]), "k": number(2)}, {}),
        ("LowerBound", {"sorted_inputs": sorted_, "values": real([[3, 5], [2, 9]])}, {}),
        ("UpperBound", {"sorted_inputs": sorted_, "values": real([[3, 5], [2, 9]])}, {}),
        ("SparseFillEmptyRows", {**sparse, "default_value": real(-1)}, {}),
        (
            "SparseReshape",
            {
                "input_indices": np.array([[0, 1], [2, 0]]),
                "input_shape": np.array([4, 3]),
                "new_shape": np.array([2, -1]),
            },
            {},
        ),
        ("SparseSegmentSum", {"data": X, "indices": number([0, 1, 1]), "segment_ids": number([0, 0, 2])}, {}),
        (
            "SparseSegmentMean",
            {"data": X, "indices": number([0, 1, 1]), "segment_ids": number([0, 0, 2])},
            {},
        ),
        ("RaggedRange", {"starts": number([2, 5]), "limits": number([5, 1]), "deltas": number([1, -2])}, {}),
        (
            "RaggedGather",
            {
                "params_nested_splits": [np.array([0, 2, 2, 5])],
                "params_dense_values": waves(5),
                "indices": number([2, 0]),
            },
            {"OUTPUT_RAGGED_RANK": 1},
        ),
        (
            "RaggedTensorToTensor",
            {
                "shape": np.array([-1, -1]),
                "values": waves(5),
                "default_value": real(9),
                "row_partition_tensors": [np.array([0, 2, 2, 5])],
            },
            {"row_partition_types": ["ROW_SPLITS"]},
        ),
    ]


def texts() -> list[Case]:
    """Strings."""
    words = text("Stra\u00dfe a", "", "a,b c")
    return [
        ("StringSplit", {"input": words, "delimiter": np.array(" ", object)}, {}),
        (
            "StringNGrams",
            {"data": text("a", "b", "c"), "data_splits": number([0, 2, 3])},
            {
                "separator": "|",
                "ngram_widths": [1, 2],
                "left_pad": "<",
                "right_pad": ">",
                "pad_width": -1,
                "preserve_short_sequences": True,
            },
        ),
        ("StringToHashBucketFast", {"input": words}, {"num_buckets": 97}),
        (
            "StaticRegexReplace",
            {"input": words},
            {"pattern": "[a-c]+", "rewrite": "<\\0>", "replace_global": True},
        ),
        ("StringLength", {"input": words}, {}),
        ("StringLength", {"input": words}, {"unit": "UTF8_CHAR"}),
        ("StringLower", {"input": words}, {}),
        ("StringUpper", {"input": words}, {"encoding": "utf-8"}),
        ("StringStrip", {"input": text(" a ", "b")}, {}),
        ("StringSplitV2", {"input": text(" a  b c", "", "d"), "sep": np.array("", object)}, {}),
        ("StringSplitV2", {"input": text("a, b,,c", ",", ""), "sep": np.array(",", object)}, {"maxsplit": 2}),
        (
            "RegexReplace",
            {"input": words, "pattern": np.array("(a)", object), "rewrite": np.array("\\1!", object)},
            {"replace_global": False},
        ),
        ("StringToHashBucketStrong", {"input": words}, {"num_buckets": 97, "key": [3, 5]}),
        ("StringJoin", {"inputs": [words, np.array("-", object), words]}, {"separator": "+"}),
        (
            "Substr",
            {"input": words, "pos": number([1, 0, -3]), "len": number([9, 1, 2])},
            {"unit": "UTF8_CHAR"},
        ),
        ("Substr", {"input": words[::2], "pos": number(2), "len": number(3)}, {}),
        ("AsString", {"input": real([0.5, -1e6, 1 / 3])}, {}),
        ("AsString", {"input": real([0.5, -1e6, 1 / 3])}, {"precision": 3, "scientific": True}),
        ("AsString", {"input": real([0.5, -1e6, 1 / 3])}, {"shortest": True, "width": 12}),
        ("AsString", {"input": number([7, -12])}, {"width": 5, "fill": "0"}),
        ("AsString", {"input": np.array([True, False])}, {}),
        ("StringToNumber", {"string_tensor": text("1.5", "-2e3")}, {}),
        ("StringToNumber", {"string_tensor": text("15", "-2")}, {"out_type": np.int32}),
        ("UnicodeDecode", {"input": words}, {"input_encoding": "UTF-8"}),
        (
            "UnicodeEncode",
            {"input_values": number([83, 223, 97, 128578]), "input_splits": np.array([0, 2, 2, 4])},
            {"output_encoding": "UTF-8"},
        ),
    ]

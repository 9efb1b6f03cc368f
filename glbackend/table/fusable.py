"""The activations that ride along with a convolution or a matrix product: TF.js's name -> row, None for none."""

ACTIVATIONS: dict[str, str | None] = {
    "linear":    None,
    "relu":      "Relu",
    "relu6":     "Relu6",
    "elu":       "Elu",
    "sigmoid":   "Sigmoid",
    "leakyrelu": "LeakyRelu",
    "prelu":     "Prelu",
}  # fmt: skip

# Kernels whose results rows may follow in the same pass, with their fused forms.
ROOTS = {
    "BatchMatMul": "_FusedMatMul", "Conv2D": "FusedConv2D", "DepthwiseConv2dNative": "FusedDepthwiseConv2D",
}  # fmt: skip

# Reductions, within whose pass the rows that give their input may run.
REDUCTIONS = ("Sum", "Mean", "Prod", "Max", "Min")

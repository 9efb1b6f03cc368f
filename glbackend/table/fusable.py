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

# Kernels that rows may follow in the same pass and that have fused forms of their own.
FUSED = {
    "BatchMatMul": "_FusedMatMul", "Conv2D": "FusedConv2D", "DepthwiseConv2dNative": "FusedDepthwiseConv2D",
}  # fmt: skip

# All kernels that rows may follow in the same pass.
ROOTS = (*FUSED, "MaxPoolGrad", "MaxPool3DGrad", "AvgPoolGrad", "AvgPool3DGrad")

# Reductions, within whose pass the rows that give their input may run.
REDUCTIONS = ("Sum", "Mean", "Prod", "Max", "Min")

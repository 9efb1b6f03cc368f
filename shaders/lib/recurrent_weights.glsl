// The product of the states that the last step left (`before`, lib/gates.glsl) and weights. Gate g multiplies layer
// `layer + g * layer_pitch` with rows of `weights`, `row_pitch` texels apart, the first at `first + g * gate_pitch`.
uniform int from;            // texel at which the last step's block begins
uniform int units, columns;  // numbers and texels of a state
uniform int layer, layer_pitch, first, gate_pitch, row_pitch;

// Rows 4 step .. 4 step + 3 of the weights from texel `at` on; states beyond the last row are 0.
mat4 four_rows(int at, int step) {
    ivec4 k = min(ivec4(0, 1, 2, 3) + 4 * step, ivec4(units - 1)) * row_pitch + at;
    return mat4(weights_at(k.x), weights_at(k.y), weights_at(k.z), weights_at(k.w));
}

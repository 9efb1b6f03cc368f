// Matmul as TensorFlow.js packs it: a texel holds 2x2 elements, a fragment computes one texel. M2, K2: halved sizes.
void main() {
    ivec2 P = ivec2(gl_FragCoord.xy);
    int from = P.y / M2 * K2;
    vec4 v = vec4(0.0);
    for (int k = 0; k < K2; k++) {
        vec4 l = a_at(k, P.y), r = b_at(P.x, from + k);
        v += l.xxzz * r.xyxy;
        v += l.yyww * r.zwzw;
    }
    o = v;
}

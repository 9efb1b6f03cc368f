// One texel from texels at fixed places: elementwise work, copies, moves. EXPR is written with P, this texel.
void main() {
    vec2 P = gl_FragCoord.xy - 0.5;
    o = EXPR;
}

// Read roofline: ROUNDS x 8 reads a fragment along a row of a 256x256 texture, by READ (texelFetch or texture).
void main() {
    ivec2 P = ivec2(gl_FragCoord.xy);
    vec4 v = vec4(0.0);
    for (int i = 0; i < ROUNDS; i++) {
        v += READ(P.x + i & 255, i) + READ(P.x + i & 255, i + 1) + READ(P.x + i & 255, i + 2) + READ(P.x + i & 255, i + 3);
        v += READ(P.x + i & 255, i + 4) + READ(P.x + i & 255, i + 5) + READ(P.x + i & 255, i + 6) + READ(P.x + i & 255, i + 7);
    }
    o = v;
}

// Walks a KH x KW window of each channel of an input padded beforehand: depthwise convolution, pooling.
// S: stride; C4: texels a pixel; v starts as FIRST and becomes STEP for the texel t at the tap number k.
void main() {
    ivec2 P = ivec2(gl_FragCoord.xy);
    int pixel = P.x / C4, c = P.x - pixel * C4, k = 0;
    vec4 v = FIRST;
    for (int y = 0; y < KH; y++) {
        for (int x = 0; x < KW; x++, k++) {
            vec4 t = a_at((pixel * S + x) * C4 + c, P.y * S + y);
            v = STEP;
        }
    }
    o = v;
}

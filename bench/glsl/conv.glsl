// Direct convolution of an input padded beforehand: a fragment computes four channels of one pixel.
// S: stride; KH, KW: window; C4: input texels a pixel; N4: output texels a pixel; OH, PH: output and padded height.
void main() {
    ivec2 P = ivec2(gl_FragCoord.xy);
    int pixel = P.x / N4, n = P.x - pixel * N4, image = P.y / OH;
    int top = image * PH + (P.y - image * OH) * S, left = pixel * S * C4;
    vec4 v = vec4(0.0);
    int row = 0;
    for (int y = 0; y < KH; y++) {
        for (int x = 0; x < KW * C4; x++, row += 4) {
            vec4 t = a_at(left + x, top + y);
            v += t.x * b_at(n, row) + t.y * b_at(n, row + 1) + t.z * b_at(n, row + 2) + t.w * b_at(n, row + 3);
        }
    }
    o = EPILOGUE;
}

// Folds NX x NY texels of `a`, W and H apart, into one: v starts as FIRST, becomes STEP(v, texel), is written as LAST.
void main() {
    vec2 P = gl_FragCoord.xy - 0.5;
    vec4 v = FIRST;
    for (int j = 0; j < NY; j++) {
        for (int i = 0; i < NX; i++) {
            vec4 t = a_at(P.x + float(i * W), P.y + float(j * H));
            v = STEP;
        }
    }
    o = LAST;
}

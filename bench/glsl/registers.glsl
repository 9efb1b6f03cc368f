// Arithmetic roofline: ROUNDS x 16 multiply-adds on vec4, in four independent chains, without a read inside.
void main() {
    vec4 r0 = vec4(gl_FragCoord.x), r1 = r0 + 1.0, r2 = r0 + 2.0, r3 = r0 + 3.0, c = a_at(0, 0), d = a_at(1, 0);
    for (int i = 0; i < ROUNDS; i++) {
        r0 = r0 * c + d; r1 = r1 * c + d; r2 = r2 * c + d; r3 = r3 * c + d;
        r0 = r0 * c + d; r1 = r1 * c + d; r2 = r2 * c + d; r3 = r3 * c + d;
        r0 = r0 * c + d; r1 = r1 * c + d; r2 = r2 * c + d; r3 = r3 * c + d;
        r0 = r0 * c + d; r1 = r1 * c + d; r2 = r2 * c + d; r3 = r3 * c + d;
    }
    o = r0 + r1 + r2 + r3;
}

// The plainest transpose of packed rows: four reads, one lane of each.
void main() {
    ivec2 P = ivec2(gl_FragCoord.xy);
    int x = P.y >> 2, lane = P.y & 3;
    o = vec4(a_at(x, 4 * P.x)[lane], a_at(x, 4 * P.x + 1)[lane], a_at(x, 4 * P.x + 2)[lane], a_at(x, 4 * P.x + 3)[lane]);
}

// Bilinear enlargement by RATIO, one texel a pixel, corners not aligned; LAST is the last source pixel.
void main() {
    vec2 at = (gl_FragCoord.xy - 0.5) / RATIO, low = floor(at), high = min(low + 1.0, LAST), f = at - low;
    vec4 top = mix(a_at(low.x, low.y), a_at(high.x, low.y), f.x);
    o = mix(top, mix(a_at(low.x, high.y), a_at(high.x, high.y), f.x), f.y);
}

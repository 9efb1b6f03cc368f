// Gradient of a dilation with respect to its filter. The output is [parts, taps, channels]: each fragment sums dy where the
// largest sum of a window is due to its tap (`found`, made by pool.glsl), over its share of dy; add_parts adds these up.
#include <inputs>
#include <output>

uniform int taps;
uniform int pixels;  // of dy
uniform int span;    // how many of them a fragment takes
uniform int block;   // and how many it adds up before it adds to its total: long sums stay exact

void main() {
    int t = out_texel();
    int q = quotient(t, out_form.z), c = t - q * out_form.z;
    int part = quotient(q, taps), tap = q - part * taps;
    vec4 total = vec4(0.0);
    int last = min((part + 1) * span, pixels);
    for (int i = part * span; i < last;) {
        vec4 sum = vec4(0.0);
        int stop = min(i + block, last);
        for (; i < stop; i++) {
            int at = i * out_form.z + c;
            sum += mix(vec4(0.0), dy_at(at), equal(ivec4(found_at(at)), ivec4(tap)));
        }
        total += sum;
    }
    write_out(total);
}

// A chain of elementwise rows, written by the generator in backends/webgl/glsl/chain.py.
#include <inputs>
#include <output>
#include <chain>

void main() { write_out(chain(out_texel())); }

// Division and powers of integers, where GLSL leaves negative operands and division by zero undefined. Results wrap.
#ifndef INTEGER_ARITHMETIC
#define INTEGER_ARITHMETIC

uvec4 magnitude(ivec4 x) { return uvec4((x ^ (x >> 31)) - (x >> 31)); }

// 0 where b is 0.
ivec4 floor_div(ivec4 a, ivec4 b) {
    uvec4 size = magnitude(b) + uvec4(equal(b, ivec4(0)));
    uvec4 q = magnitude(a) / size;
    ivec4 turned = (a ^ b) >> 31;  // -1 where the signs differ
    ivec4 up = ivec4(notEqual(magnitude(a) - q * size, uvec4(0u))) & turned;
    ivec4 floored = ((ivec4(q) + up) ^ turned) - turned;
    return floored * ivec4(notEqual(b, ivec4(0)));
}

ivec4 mod_(ivec4 a, ivec4 b) { return (a - b * floor_div(a, b)) * ivec4(notEqual(b, ivec4(0))); }

// Wraps; for negative exponents cut towards zero, 0 for 0^b.
ivec4 pow_(ivec4 a, ivec4 b) {
    ivec4 result = ivec4(1);
    ivec4 base = a;
    for (int i = 0; i < 31 && any(greaterThan(b >> i, ivec4(0))); i++) {
        result *= 1 + (base - 1) * ((b >> i) & 1);
        base *= base;
    }
    ivec4 unit = ivec4(equal(a, ivec4(1))) + ivec4(equal(a, ivec4(-1))) * (1 - 2 * (b & 1));
    ivec4 negative = b >> 31;
    return (unit & negative) | (result & ~negative);
}

#endif

// Where an output position of a resized axis lies between input positions (base/resize.py).
// Structure: NEAREST: one neighbour; else two.

// The neighbours of output position i, within 0 .. size - 1, and how far it lies from the first towards the second.
float neighbours(int i, int size, ivec3 scale, out ivec2 near) {
    int at = scale.x * i + scale.y;
    int whole = at < 0 ? -1 : quotient(at, scale.z);
    int rest = at - whole * scale.z;
    near.x = clamp(whole, 0, size - 1);
#ifdef NEAREST
    near.y = near.x;
    return 0.0;
#else
    near.y = at < 0 ? 0 : min(whole + int(rest > 0), size - 1);
    return float(rest) / float(scale.z);
#endif
}

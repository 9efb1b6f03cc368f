// Volumes (structure: DEEP) are images one after another: windows over them go from image to image.
#ifdef DEEP
uniform ivec2 depths;  // images in a volume of the input, and of the result
uniform int deep_taps, deep_stride, deep_dilation, deep_pad;

// The volume, and the image in it, of image number i where each volume has `depth`.
ivec2 in_volume(int i, int depth) {
    int volume = quotient(i, depth);
    return ivec2(volume, i - volume * depth);
}

// Whether the windows of the result's image i see an image of the input with their tap number `deep`, and which.
bool meets(int i, int deep, out int image) {
    ivec2 at = in_volume(i, depths.y);
    int z = at.y * deep_stride + deep * deep_dilation - deep_pad;
    image = at.x * depths.x + z;
    return uint(z) < uint(depths.x);
}
#endif

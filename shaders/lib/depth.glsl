// Volumes (structure: DEEP) are images one after another: windows over them go from image to image.
#ifdef DEEP
uniform ivec2 depths;  // images in a volume of the input, and of the result
uniform int deep_taps, deep_stride, deep_dilation, deep_pad;

// The volume, and the image in it, of image number i where each volume has `depth`.
ivec2 in_volume(int i, int depth) {
    int volume = quotient(i, depth);
    return ivec2(volume, i - volume * depth);
}
#endif

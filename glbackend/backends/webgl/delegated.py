"""Kernels that run on the host also on webgl, because they are host-only by nature: name -> reason."""

_TEXT = "text lies on the host: textures hold numbers"
_RAGGED = "counts rows, one after the other, to find the result's shape"
_SPARSE = "renumbers a list of places, whose length only the values decide"
_SUPPRESSION = "each choice waits for the one before, and only the values decide how many there are"
_OTHERS = "the processes of a job send to each other what lies on their hosts"

REASONS: dict[str, str] = {
    "StringNGrams": _TEXT,
    "StringSplit": _TEXT,
    "StringToHashBucketFast": _TEXT,
    "StringToHashBucketStrong": _TEXT,
    "SparseCrossHashed": _TEXT,
    "StringFind": _TEXT,
    "StringTokens": _TEXT,
    "StaticRegexReplace": _TEXT,
    "RaggedGather": _RAGGED,
    "RaggedRange": _RAGGED,
    "RaggedTensorToTensor": _RAGGED,
    "SparseFillEmptyRows": _SPARSE,
    "SparseReshape": _SPARSE,
    "AllReduce": _OTHERS,
    "AllReduceMoments": _OTHERS,
    "AllReduceStart": _OTHERS,
    "NonMaxSuppressionV3": _SUPPRESSION,
    "NonMaxSuppressionV4": _SUPPRESSION,
    "NonMaxSuppressionV5": _SUPPRESSION,
    "Unique": "the values decide how many slices there are, and equality needs a look at all of them",
    "Where": "the values decide how many coordinates there are",
}

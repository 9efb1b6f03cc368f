// An index tuple, a row of `indices`, as one number: sum of index k times stride k; -1 where a part lies outside its dim.
// Structure: MAX_PARTS: the longest tuple.
uniform int parts;        // length of a tuple
uniform int dims[MAX_PARTS];
uniform int strides[MAX_PARTS];

int flat_index(int n) {
  int place = 0;
  bool inside = true;
  for (int k = 0; k < parts; k++) {
    int i = lane_of(indices_at(n * indices_form.z + (k >> 2)), k & 3);
    inside = inside && uint(i) < uint(dims[k]);
    place += i * strides[k];
  }
  return inside ? place : -1;
}

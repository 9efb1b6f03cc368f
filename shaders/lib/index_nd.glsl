// An index tuple, a row of `indices`, as one number: sum of index k times stride k; -1 where a part lies outside its dim.
uniform int parts;        // length of a tuple, at most 6
uniform int dims[6];
uniform int strides[6];

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

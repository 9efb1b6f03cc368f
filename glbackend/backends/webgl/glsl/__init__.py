"""What is written as GLSL for a call: how inputs are read, chains of rows, epilogues of dense kernels."""

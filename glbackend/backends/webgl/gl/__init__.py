"""The GL runtime: the only package that imports moderngl or glfw. See README.md beside this file."""

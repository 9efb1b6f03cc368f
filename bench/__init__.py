"""The benchmark: outside the house, so it may use the public library, bare moderngl and TensorFlow.js.

`python -m bench` runs it; README.md in this folder says what is timed and how to read the figures.
"""

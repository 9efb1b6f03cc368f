"""Other systems measured on our cases: TensorFlow.js in headless Chromium over the same OpenGL driver."""

"""What is decided in Python before a draw: tiles of dense kernels, walks of movements, windows."""

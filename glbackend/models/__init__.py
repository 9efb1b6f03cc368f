"""Models: graphs and rows of layers, and how they are saved, loaded and printed."""

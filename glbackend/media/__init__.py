"""Before and after a model: pictures and sound made ready, labels, boxes, and drawings of what was found."""

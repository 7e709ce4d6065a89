"""Two versions of some vectors: what changed, and one of them in the coordinates of the other."""

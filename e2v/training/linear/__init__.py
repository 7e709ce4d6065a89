"""Who had what as a matrix: its singular vectors, and the baselines that rank by it."""

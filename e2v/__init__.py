"""e2v turns sequences and sets of things into vectors, and answers questions with them."""

__version__ = "0.1.0"

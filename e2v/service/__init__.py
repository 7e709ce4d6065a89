"""Answers over HTTP: the questions of `similar`, `analogy`, `recommend` and others, of files kept open."""

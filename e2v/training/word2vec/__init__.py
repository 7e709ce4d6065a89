"""Vectors of words and items by their contexts: skip-gram and CBOW (Mikolov et al. 2013), with subwords."""

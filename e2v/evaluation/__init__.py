"""How good a model is: analogies, word similarity, purity of categories, ranking."""

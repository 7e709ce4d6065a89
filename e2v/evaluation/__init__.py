"""How good a model is (analogies, word similarity, label purity, ranking), and holding out what tests it."""

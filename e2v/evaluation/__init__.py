"""How good vectors are: analogies, word similarity, label purity, ranking; and the baselines to beat."""

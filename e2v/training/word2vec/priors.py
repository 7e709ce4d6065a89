"""What a search tries of the settings of word2vec's family: of vectors of items, and of words."""

from __future__ import annotations

from collections.abc import Mapping

from e2v.training.priors import LogUniform, OneOf, Prior, Priors, Uniform

_OF_ITEMS: Mapping[str, Prior] = {
    "dim": OneOf((32, 64, 128, 256)),
    "epochs": LogUniform(10, 120, whole=True),
    "lr": LogUniform(0.01, 0.2),
    "negative": LogUniform(4, 64, whole=True),
    "noise_exponent": Uniform(-0.5, 1),
    "sample": OneOf((0.0, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4)),
    "set_sample": OneOf((0, 5, 10, 20, 40)),
}

WORDS: Priors = {
    "arch": OneOf(("skipgram", "cbow")),
    "window": LogUniform(2, 15, whole=True),
    "epochs": LogUniform(3, 20, whole=True),
    "lr": LogUniform(0.015, 0.2),
    "negative": LogUniform(3, 20, whole=True),
    "noise_exponent": Uniform(0.4, 1),
    "sample": LogUniform(1e-5, 1e-3),
    "subword": OneOf(("3:6", "3:5", "4:6")),
}


def item_priors(*, ordered: bool) -> Priors:
    """Those for histories in order, whose neighbours in time may be what counts, or for sets."""
    windows: dict[str, Prior] = {"context": OneOf(("set", "window")), "window": LogUniform(2, 20, whole=True)}
    return {**_OF_ITEMS, **windows} if ordered else _OF_ITEMS

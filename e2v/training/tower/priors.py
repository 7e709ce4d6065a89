"""What a search tries of a user tower's settings: ranges about the defaults."""

from __future__ import annotations

from collections.abc import Mapping

from e2v.training.priors import LogUniform, OneOf, Prior, Priors, Uniform

_ALL: Mapping[str, Prior] = {
    "dim": OneOf((64, 128, 256, 384)),
    "epochs": LogUniform(4, 40, whole=True),
    "lr": LogUniform(0.03, 0.3),
    "temperature": LogUniform(0.05, 0.25),
    "candidates": OneOf((512, 1024, 2048)),
    "noise_exponent": Uniform(0, 1),
}


def tower_priors(*, ordered: bool) -> Priors:
    """Those for histories in order, or for sets."""
    if ordered:
        return {**_ALL, "recency": OneOf((True, False)), "per_user": OneOf((10, 30, 100, 300))}
    return {**_ALL, "hold_out": Uniform(0.2, 0.8)}

"""Settings for a purpose, chosen by measurement: docs/benchmarks.md says on what, and what they reach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PRESETS: Mapping[str, dict[str, Any]] = {
    "word2vec": {},
    "best": {
        "arch": "cbow",
        "window": 8,
        "subword": "3:6",
        "word_weight": 2.0,
        "dim": 200,
        "negative": 15,
        "noise_group": 4,
        "sample": 1e-4,
        "lr": 0.15,
        "epochs": 12,
    },
    "medium": {"negative": 10, "noise_group": 4, "sample": 1e-4, "lr": 0.05, "epochs": 10},
    "small": {"subword": "3:6", "dim": 100, "negative": 11, "sample": 1e-4, "lr": 0.05, "epochs": 20},
    "items": {
        "context": "set",
        "dim": 64,
        "set_sample": 10,
        "negative": 16,
        "noise_exponent": 0.25,
        "sample": 0.0,
        "epochs": 40,
        "lr": 0.05,
    },
}

#: Sets of so many items and more, on average, are long.
LONG_SETS = 50.0
#: What differs for them. A history's scores are means over its items, in which popularity stays as it is and
#: what is particular averages out, the more the longer it is; noise of popular items takes popularity away.
_OF_LONG_SETS: Mapping[str, dict[str, Any]] = {"items": {"noise_exponent": 0.6}}


def preset_settings(name: str, set_size: float = 0.0) -> Mapping[str, Any]:
    """The settings of a preset, for sets of so many items on average."""
    return PRESETS[name] | (_OF_LONG_SETS.get(name, {}) if set_size >= LONG_SETS else {})

"""Settings for a purpose, chosen by measurement: docs/benchmarks.md says on what, and what they reach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PRESETS: Mapping[str, Mapping[str, Any]] = {
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

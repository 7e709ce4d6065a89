"""A model of made-up meanings that the query commands are asked about."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.builders import write_model

SPAIN, FRANCE, JAPAN, CAPITAL, FOOD, ROYAL = np.eye(6)

#: key -> input vector; most frequent first.
MEANINGS = {
    "spain": SPAIN,
    "france": FRANCE,
    "madrid": SPAIN + CAPITAL,
    "paris": FRANCE + CAPITAL,
    "日本": JAPAN,
    "東京": JAPAN + CAPITAL,
    "new york": CAPITAL + 0.1 * FOOD,
    "lunch": FOOD,
    "dinner": FOOD + 0.1 * ROYAL,
    "king": ROYAL,
    "🍣": FOOD + 0.5 * JAPAN,
    "tab\there": FOOD - 0.3 * ROYAL,
    "bad\udcff": ROYAL + 0.2 * FOOD,
}
INPUT = np.array(list(MEANINGS.values()))
#: What each key predicts: the key after it.
OUTPUT = np.roll(INPUT, 1, axis=0)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("cli") / "meanings.e2v", MEANINGS, INPUT, OUTPUT)

"""gensim reads what we write; needs the [interop] extra."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from e2v.formats import find_format
from e2v.store import Keys
from e2v.vectors import KeyedVectors, similar

gensim_models = pytest.importorskip("gensim.models", reason="gensim is not installed: [interop]")


@pytest.mark.parametrize(("name", "binary"), [("word2vec", False), ("word2vec-binary", True)])
def test_gensim_loads_it(tmp_path: Path, name: str, binary: bool) -> None:
    keys = ["the", "日本", "a\u00a0b", "\u00e9" * 500, *(f"k{number}" for number in range(500))]
    rows = np.random.default_rng(1).normal(size=(len(keys), 20)).astype(np.float32)
    vectors = KeyedVectors(Keys.from_strings(keys), rows)
    with (tmp_path / "vectors").open("wb") as out:
        find_format(name).write(vectors, out)
    loaded = gensim_models.KeyedVectors.load_word2vec_format(str(tmp_path / "vectors"), binary=binary)
    assert loaded.index_to_key == keys
    np.testing.assert_allclose(loaded.vectors, rows, atol=0 if binary else 5.1e-7, rtol=0)
    theirs = loaded.most_similar(positive=["the", "k3"], negative=["k7"])
    ours = similar(vectors, ["the", "k3"], ["k7"])
    assert [key for key, _ in ours] == [key for key, _ in theirs]
    np.testing.assert_allclose([score for _, score in ours], [score for _, score in theirs], atol=1e-5)

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from e2v.corpus import open_corpus
from e2v.errors import InputError
from e2v.evaluation.held_out import read_held_out
from e2v.evaluation.split import split_corpus
from e2v.store import verify
from tests.builders import write_corpus

HISTORIES = {"u": "abcab", "v": "xy", "w": "z", "spaced name": "cba"}


def split(folder: Path, histories=HISTORIES, **options):
    corpus = open_corpus(write_corpus(folder / "all.e2v", histories.values(), histories))
    found = split_corpus(corpus, folder / "train.e2v", folder / "test.txt", **options)
    train = open_corpus(folder / "train.e2v")
    assert verify(folder / "train.e2v") == []
    assert train.names is not None
    kept = {
        name: "".join(train.keys[row] for row in train.tokens[start:stop])
        for name, (start, stop) in zip(train.names, pairwise(train.offsets), strict=True)
    }
    return found, kept, read_held_out(folder / "test.txt"), train


def test_last_out(tmp_path: Path) -> None:
    found, kept, held_out, train = split(tmp_path, by="last-out")
    assert held_out == {"u": ["b"], "v": ["y"], "spaced name": ["a"]}
    assert kept == {"u": "aca", "v": "x", "w": "z", "spaced name": "cb"}
    assert found == (3, 3, 7)
    assert list(train.keys) == ["a", "c", "b", "x", "z"]
    assert train.counts.tolist() == [2, 2, 1, 1, 1]
    assert train.provenance["settings"] == {"by": "last-out"}


def test_several_sentences_of_a_user_stay_apart(tmp_path: Path) -> None:
    write_corpus(tmp_path / "all.e2v", ["ab", "cd", "b", "eb"], ["u", "v", "u", "u"])
    split_corpus(open_corpus(tmp_path / "all.e2v"), tmp_path / "a.e2v", tmp_path / "b.txt", by="last-out")
    train = open_corpus(tmp_path / "a.e2v")
    assert read_held_out(tmp_path / "b.txt") == {"u": ["b"], "v": ["d"]}
    assert list(train.names or []) == ["u", "v", "u"]
    assert [train.keys[row] for row in train.tokens] == ["a", "c", "e"]
    assert train.offsets.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_random_holds_out_a_share_of_each_users_items(tmp_path: Path, share: float) -> None:
    rng = np.random.default_rng(2)
    histories = {
        f"u{user}": "".join(rng.choice(list("abcdefghijkl"), rng.integers(1, 20))) for user in range(50)
    }
    _, kept, held_out, _ = split(tmp_path, histories, by="random", share=share, seed=3)
    for user, history in histories.items():
        items = set(history)
        held = held_out.get(user, [])
        assert len(held) == min(int(share * len(items) + 0.5), len(items) - 1)
        assert kept[user] == "".join(item for item in history if item not in held)


def test_every_item_is_as_likely_to_be_held_out(tmp_path: Path) -> None:
    _, _, held_out, _ = split(tmp_path, {f"u{user}": "abcd" for user in range(2000)}, by="random", share=0.25)
    counts = np.unique([item for items in held_out.values() for item in items], return_counts=True)[1]
    assert counts.sum() == 2000
    assert (abs(counts - 500) < 4 * np.sqrt(2000 * 0.25 * 0.75)).all()


def test_the_seed_decides(tmp_path: Path) -> None:
    histories = {f"u{user}": "abcdefgh" for user in range(20)}

    def bytes_of(seed: int) -> bytes:
        split(tmp_path, histories, by="random", seed=seed)
        return (tmp_path / "train.e2v").read_bytes() + (tmp_path / "test.txt").read_bytes()

    first = bytes_of(1)
    assert first == bytes_of(1) != bytes_of(2)


@pytest.mark.parametrize("histories", [{"u": "a", "v": "bb"}, {"u": "ab"}])
def test_nothing_to_hold_out_is_an_error(tmp_path: Path, histories: dict[str, str]) -> None:
    with pytest.raises(InputError, match="nothing can be held out"):
        split(tmp_path, histories, by="random", share=0.2)
    assert not (tmp_path / "train.e2v").exists()
    assert not (tmp_path / "test.txt").exists()


def test_items_keep_their_labels(tmp_path: Path) -> None:
    labels = {"a": "Alpha", "c": "Gamma"}
    write_corpus(tmp_path / "all.e2v", ["cab", "ca", "cb"], "uvw", labels)
    split_corpus(open_corpus(tmp_path / "all.e2v"), tmp_path / "train.e2v", tmp_path / "test", by="last-out")
    train = open_corpus(tmp_path / "train.e2v")
    assert train.labels is not None
    assert dict(zip(train.keys, train.labels, strict=True)) == {"c": "Gamma", "a": "Alpha"}


def test_a_corpus_of_nobody_is_refused(tmp_path: Path) -> None:
    write_corpus(tmp_path / "all.e2v", ["ab", "cd"])
    with pytest.raises(InputError, match="does not say whose"):
        split_corpus(open_corpus(tmp_path / "all.e2v"), tmp_path / "a", tmp_path / "b", by="last-out")


def test_a_name_that_the_text_cannot_hold_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot stand in"):
        split(tmp_path, {"tab\tbed": "ab"}, by="last-out")
    assert [path.name for path in tmp_path.iterdir()] == ["all.e2v"]

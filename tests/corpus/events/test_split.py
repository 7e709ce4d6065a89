from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from e2v.corpus.artifact import open_corpus
from e2v.corpus.events.held_out import read_held_out
from e2v.corpus.events.settings import SplitSettings
from e2v.corpus.events.split import split_corpus
from e2v.errors import InputError
from e2v.inputs.sources import Source
from e2v.recommend.users import read_histories
from e2v.store import Keys, verify
from tests.builders import write_corpus, write_model
from tests.conftest import Run

HISTORIES = {"u": "abcab", "v": "xy", "w": "z", "spaced name": "cba"}


def split(folder: Path, histories=HISTORIES, **options):
    corpus = open_corpus(write_corpus(folder / "all.e2v", histories.values(), histories))
    found = split_corpus(corpus, folder / "train.e2v", folder / "test.txt", SplitSettings(**options))
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
    assert found == (3, 3, 7, None, 0, 0)
    assert list(train.keys) == ["a", "c", "b", "x", "z"]
    assert train.counts.tolist() == [2, 2, 1, 1, 1]
    assert train.provenance["settings"] == {"by": "last-out"}


def test_several_sentences_of_a_user_stay_apart(tmp_path: Path) -> None:
    write_corpus(tmp_path / "all.e2v", ["ab", "cd", "b", "eb"], ["u", "v", "u", "u"])
    split_corpus(open_corpus(tmp_path / "all.e2v"), tmp_path / "a.e2v", tmp_path / "b.txt", SplitSettings())
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


@pytest.mark.parametrize(
    ("histories", "hint"),
    [
        ({"u": "a", "v": "bb"}, "a user needs two different items"),
        ({"u": "ab"}, "a share of 0.2 of 2 items, the most that anybody has, is none: give share 0.25"),
    ],
)
def test_nothing_to_hold_out_is_an_error(tmp_path: Path, histories: dict[str, str], hint: str) -> None:
    with pytest.raises(InputError, match="nothing can be held out") as raised:
        split(tmp_path, histories, by="random", share=0.2)
    assert raised.value.hint == hint
    assert not (tmp_path / "train.e2v").exists()
    assert not (tmp_path / "test.txt").exists()


def test_items_keep_their_titles(tmp_path: Path) -> None:
    titles = {"a": "Alpha", "c": "Gamma"}
    write_corpus(tmp_path / "all.e2v", ["cab", "ca", "cb"], "uvw", titles)
    split_corpus(
        open_corpus(tmp_path / "all.e2v"), tmp_path / "train.e2v", tmp_path / "test", SplitSettings()
    )
    train = open_corpus(tmp_path / "train.e2v")
    assert train.titles is not None
    assert dict(zip(train.keys, train.titles, strict=True)) == {"c": "Gamma", "a": "Alpha"}


def test_a_corpus_of_nobody_is_refused(tmp_path: Path) -> None:
    write_corpus(tmp_path / "all.e2v", ["ab", "cd"])
    with pytest.raises(InputError, match="does not say whose"):
        split_corpus(open_corpus(tmp_path / "all.e2v"), tmp_path / "a", tmp_path / "b", SplitSettings())


#: Ids in which whatever reads lines of items could see a separator, a quote or another format.
IDS = st.text(st.sampled_from("ab ,;|\t\"'\\{[:#é\ufeff\udcff"), min_size=1).filter(
    lambda text: text.strip() == text
)


@settings(max_examples=30)  # each syncs files to disk
@given(st.dictionaries(IDS, st.lists(IDS, min_size=2, max_size=5, unique=True), min_size=1))
def test_every_reader_of_items_reads_what_is_held_out(tmp_path_factory, histories) -> None:
    folder = tmp_path_factory.getbasetemp()
    _, _, held_out, _ = split(folder, histories, by="last-out")
    assert held_out == {user: items[-1:] for user, items in histories.items()}
    keys = Keys.from_strings(sorted({item for items in histories.values() for item in items}))
    users, read, unknown = read_histories(Source(str(folder / "test.txt")), keys)
    assert unknown == 0
    assert {user: [keys[row] for row in rows] for user, rows in zip(users, read, strict=True)} == held_out


def test_items_of_several_lines_through_the_command_line(run: Run, tmp_path: Path) -> None:
    """Names as a shop has them: events, users and eval agree on who had what."""
    names = ['12" single', "a, b; c", "tab\there", "two\nlines", "back\\slash", "O'Brien | Co", "-", '"']
    histories = {f"user {n}": [names[n], names[n - 1]] for n in range(len(names))}
    write_corpus(tmp_path / "all.e2v", histories.values(), histories)
    run("split", "all.e2v", "-o", "train.e2v", "--held-out", "test.tsv")
    asked = ("eval", "--baseline", "popularity", "--ranking", "test.tsv", "--corpus", "train.e2v", "-n", "8")
    assert run(*asked, "--min", "hr=1").stderr == ""
    told = run("events", "test.tsv", "--layout", "user-items", "--quote", '"', "-o", "again.e2v").stderr
    assert "8 events of 8 users with 8 items" in told
    assert sorted(open_corpus(tmp_path / "again.e2v").keys) == sorted(names)
    write_model(tmp_path / "m.e2v", names, np.eye(8), np.eye(8))
    told = run("users", "m.e2v", "-", stdin=(tmp_path / "test.tsv").read_bytes()).stderr
    assert "vectors of 8 users, 8 dimensions; 8 items seen" in told

"""A training that has not one pair to learn from says so, and leaves what is there alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2v.errors import TrainingError
from e2v.settings import resolve
from e2v.training.word2vec.pairs import check_pairs
from e2v.training.word2vec.settings import Word2VecSettings
from tests.conftest import Run
from tests.training.small import MODES, corpus_of, name_of

LONE = "red\nblue\n" * 3
PAIRS = "red blue\nblue red\n" * 3


def options_of(mode: dict[str, object]) -> list[str]:
    return [part for name, value in mode.items() for part in (f"--{name}", str(value))]


def refused(run: Run, *arguments: str, text: str = LONE, env: dict[str, str] | None = None) -> str:
    """What a run over the text says that must leave the output alone."""
    least = [] if "--min-count" in arguments else ["--min-count", "1"]
    result = run("train", "-", *least, "--dim", "6", "--threads", "1", "--progress", "none",
                 *arguments, stdin=text, check=False, env=env)  # fmt: skip
    assert result.code == 1, result.stderr
    *notices, said = result.stderr.splitlines()
    assert all("compiled" in notice for notice in notices)
    assert said.startswith("e2v: stdin: there was not one pair to learn from: ")
    return said


@pytest.mark.parametrize("mode", MODES, ids=name_of)
def test_no_mode_learns_from_single_words(mode: dict[str, object], run: Run, tmp_path: Path) -> None:
    precious = (Path(__file__).parents[1] / "golden" / "model-1.e2v").read_bytes()
    (tmp_path / "model.e2v").write_bytes(precious)
    said = refused(run, *options_of(mode), "-o", "model.e2v")
    assert ("set has two different items" if mode["context"] == "set" else "line has one word") in said
    assert (tmp_path / "model.e2v").read_bytes() == precious
    assert [path.name for path in tmp_path.iterdir()] == ["model.e2v"]


@pytest.mark.parametrize("mode", MODES[::3], ids=name_of)
def test_no_mode_learns_from_what_is_subsampled_away(
    mode: dict[str, object], run: Run, tmp_path: Path
) -> None:
    interpreted = {"NUMBA_DISABLE_JIT": "1"}  # a kernel for each mode would be compiled for no pair
    said = refused(run, *options_of(mode), "--sample", "1e-30", text=PAIRS, env=interpreted)
    assert "subsampling above a share of 1e-30" in said and "--sample 0" in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "arguments", "why"),
    [
        (LONE, ["--time-budget", "1s"], "every line has one word"),
        ("red a\nblue b\nred c\nblue d\n", ["--min-count", "2"], "no line has two words that were kept"),
        ("red red\nblue blue\n", ["--context", "set"], "no set has two different items"),
        ("red blue\n" * 2, ["--time-budget", "0.000000001s"], "the time was over before"),
    ],
)
def test_the_reason_is_told(text: str, arguments: list[str], why: str, run: Run) -> None:
    assert why in refused(run, *arguments, text=text)


def test_an_update_that_learns_nothing_leaves_the_model_alone(run: Run, tmp_path: Path) -> None:
    run("train", "-", "--min-count", "1", "--dim", "6", "--sample", "0", stdin=PAIRS)
    before = (tmp_path / "model.e2v").read_bytes()
    refused(run, "--update", "model.e2v")
    assert (tmp_path / "model.e2v").read_bytes() == before


def test_a_word_beside_itself_is_a_pair_of_a_window_but_not_of_a_set(run: Run) -> None:
    text = "red red\nblue blue\n"
    run("train", "-", "--min-count", "1", "--dim", "6", "--sample", "0", stdin=text)
    refused(run, "--context", "set", "--sample", "0", text=text)


@pytest.mark.parametrize("at_once", [1, 2, 3, 1 << 20])
@pytest.mark.parametrize(
    ("sets", "has_pairs"),
    [
        ("a\nb\na\nc c c\nd\n", False),
        ("a a\nb b\n", False),
        ("a\nb c\n", True),
        ("a a a a b\nc\n", True),
        ("c\nc\na a\nb\nc d\n", True),
    ],
)
def test_a_pair_is_found_wherever_it_stands(
    sets: str, has_pairs: bool, at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("e2v.training.word2vec.pairs._TOKENS_AT_ONCE", at_once)
    monkeypatch.setattr("e2v.corpus.artifact._OFFSETS_AT_ONCE", at_once)
    corpus = corpus_of(tmp_path, sets)
    assert corpus.longest == max(len(line.split()) for line in sets.splitlines())
    config: Word2VecSettings = resolve(Word2VecSettings, {"context": "set"})
    if has_pairs:
        check_pairs(corpus, config)
    else:
        with pytest.raises(TrainingError, match="no set has two different items"):
            check_pairs(corpus, config)
    check_pairs(corpus, resolve(Word2VecSettings, {}))
    with pytest.raises(TrainingError, match="every line has one word"):
        check_pairs(corpus_of(tmp_path, "a\nb\na\nc\n"), resolve(Word2VecSettings, {}))


def test_one_key_names_the_input(run: Run) -> None:
    said = run("train", "-", "--min-count", "1", stdin="red red red\n", check=False)
    assert said.code == 1
    assert said.stderr.splitlines()[-1].startswith("e2v: stdin: a vocabulary of 1 has nothing to tell apart")


def test_what_no_memory_holds_is_refused_before_it_is_tried(run: Run) -> None:
    said = run("train", "-", "--min-count", "1", "--dim", "100000", "--window", "100000", "--threads", "512",
               "--progress", "none", stdin=PAIRS, check=False)  # fmt: skip
    assert said.code == 1 and said.stderr.count("\n") == 1
    assert "GB of memory, and this machine has" in said.stderr and "--dim" in said.stderr

"""Phrases against a slow oracle, and the command as a process."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from e2v.corpus.artifact import Corpus, open_corpus
from e2v.corpus.text import phrases as engine
from e2v.corpus.text.build import build_corpus
from e2v.corpus.text.phrases import find_phrases, join_phrases, lines, prune
from e2v.corpus.text.settings import PhraseSettings, VocabSettings
from e2v.jobs.phrases import phrases
from e2v.settings import resolve
from e2v.store import Output
from tests.conftest import Run
from tests.data import data_path
from tests.oracles import phrases as oracle

words = st.sampled_from(["new", "york", "city", "a", "b", "new_york", "ü", "\udcff"])
texts = st.lists(st.lists(words, min_size=1, max_size=12), min_size=1, max_size=20)


def corpus_of(sentences: oracle.Sentences, folder: Path) -> Corpus:
    text = folder / "text.txt"
    text.write_bytes("\n".join(map(" ".join, sentences)).encode("utf-8", "surrogateescape"))
    build_corpus([str(text)], folder / "corpus.e2v", VocabSettings(min_count=1))
    return open_corpus(folder / "corpus.e2v")


def sentences_of(corpus: Corpus) -> oracle.Sentences:
    return [line.decode("utf-8", "surrogateescape").split() for line in lines(corpus)]


@given(texts, st.integers(1, 3), st.sampled_from(["word2vec", "npmi"]), st.frozensets(words, max_size=2))
def test_finds_and_joins_what_the_oracle_does(
    tmp_path_factory: pytest.TempPathFactory,
    sentences: oracle.Sentences,
    min_count: int,
    score: engine.Score,
    stop: frozenset[str],
) -> None:
    folder = tmp_path_factory.mktemp("phrases")
    corpus = corpus_of(sentences, folder)
    options = PhraseSettings(score=score, threshold=0.1, min_count=min_count)
    found = find_phrases(corpus, options, stop)
    expected = {
        pair: value
        for pair, value in oracle.scores(sentences, min_count, score, stop).items()
        if value >= 0.1
    }
    pairs = [(corpus.keys[a], corpus.keys[b]) for a, b in zip(found.first, found.second, strict=True)]
    assert dict(zip(pairs, found.scores.tolist(), strict=True)) == pytest.approx(expected)
    assert found.scores.tolist() == sorted(found.scores.tolist(), reverse=True)

    join_phrases(corpus, found, folder / "joined.e2v", "_")
    joined = open_corpus(folder / "joined.e2v")
    text = oracle.join(sentences, set(pairs), "_")
    assert sentences_of(joined) == text
    counts = Counter(word for sentence in text for word in sentence)
    assert {key: counts[key] for key in joined.keys} == dict(
        zip(joined.keys, joined.counts.tolist(), strict=True)
    )

    kept = {word for word, count in counts.items() if count >= 2}
    if kept:
        prune(joined, folder / "pruned.e2v", 2, 10_000, {})
        pruned = open_corpus(folder / "pruned.e2v")
        assert set(pruned.keys) == kept
        left = [[word for word in sentence if word in kept] for sentence in text]
        assert sentences_of(pruned) == [sentence for sentence in left if sentence]


def test_the_table_of_pairs_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_FIRST_SLOTS", 16)
    sentences = [[f"a{i}", f"b{i}"] for i in range(50)] * 3
    found = find_phrases(
        corpus_of(sentences, tmp_path), PhraseSettings(score="npmi", threshold=0.5, min_count=3)
    )
    assert len(found.first) == 50
    assert set(found.counts.tolist()) == {3}


def test_the_table_of_pairs_grows_within_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("e2v.corpus.text.phrases._FIRST_SLOTS", 16)
    sentence = [f"w{i}" for i in range(100)] * 3
    corpus = corpus_of([sentence, [], ["w1", "w2"], sentence[:50]], tmp_path)
    found = find_phrases(corpus, PhraseSettings(score="npmi", threshold=-1.0, min_count=1))
    names = [corpus.keys[row] for row in range(len(corpus.keys))]
    pairs = {(names[a], names[b]): n for a, b, n in zip(found.first, found.second, found.counts, strict=True)}
    expected = Counter(p for s in ([*sentence], ["w1", "w2"], sentence[:50]) for p in itertools.pairwise(s))
    assert pairs == expected


@given(
    lines=st.lists(st.lists(st.sampled_from("abcde"), max_size=9), min_size=1, max_size=12),
    longest=st.integers(1, 6),
    ended=st.booleans(),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_text_comes_out_line_by_line_and_a_corpus_is_cut_when_all_is_joined(
    lines: oracle.Sentences, longest: int, ended: bool, tmp_path: Path
) -> None:
    if not any(lines):
        return
    (tmp_path / "text").write_text("\n".join(map(" ".join, lines)) + ("\n" if ended else ""))
    kept = lines if ended or lines[-1] else lines[:-1]  # an end of a line begins no other
    given: dict[str, Any] = {"min_count": 1, "threshold": 0.5, "max_sentence_length": longest}
    pairs = {pair for pair, s in oracle.scores(lines, 1, "word2vec", frozenset()).items() if s >= 0.5}
    joined = oracle.join(kept, pairs, "_")
    inputs, chosen = [str(tmp_path / "text")], resolve(PhraseSettings, given)
    phrases(inputs, Output(tmp_path / "out"), chosen, given, text=True)
    assert (tmp_path / "out").read_text() == "".join(" ".join(line) + "\n" for line in joined)
    phrases(inputs, Output(tmp_path / "c.e2v"), chosen, given, text=False)
    cut = [s[i : i + longest] for s in joined for i in range(0, len(s), longest)]
    assert sentences_of(open_corpus(tmp_path / "c.e2v")) == cut


TEXT = "\n".join(["i love new york city", "new york city is big", "the city of york", "old town"] * 5)


def test_command_prints_phrases(run: Run) -> None:
    result = run("phrases", "-", "--threshold", "1.5", "--min-count", "2", "--progress", "none", stdin=TEXT)
    rows = [line.split("\t") for line in result.stdout.splitlines()]
    assert ["new_york", "10"] in [row[:2] for row in rows]
    assert all(float(a[2]) >= float(b[2]) for a, b in itertools.pairwise(rows))


def test_two_passes_make_longer_phrases_that_can_be_trained_on(run: Run, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text(TEXT)
    options = ["--threshold", "1.5", "--min-count", "2", "--passes", "2", "--progress", "none"]
    text = run("phrases", "text.txt", "-o", "-", "--as-text", *options).stdout
    assert text.splitlines()[:2] == ["i_love_new_york city", "new_york_city_is big"]
    run("phrases", "text.txt", "-o", "corpus.e2v", *options)
    run("verify", "corpus.e2v")
    run("train", "corpus.e2v", "--dim", "8", "--epochs", "1", "--sample", "0", "--progress", "none")
    assert run("lookup", "new_york_city_is").stdout.startswith("new_york_city_is\t")


def test_stop_words_are_part_of_no_phrase(run: Run, tmp_path: Path) -> None:
    (tmp_path / "stop.txt").write_text("new\n")
    options = ["--threshold", "1", "--min-count", "2", "--progress", "none", "--stop", "stop.txt"]
    found = run("phrases", "-", *options, stdin=TEXT)
    assert "new" not in found.stdout and found.stderr == ""
    (tmp_path / "stop.txt").write_text("nev\n")
    assert run("phrases", "-", *options, stdin=TEXT).stderr.startswith("e2v: stop.txt has none of the ")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["missing.txt"], 1, "missing.txt"),
        (["-", "-o", "-"], 2, "--as-text"),
        (["-", "--stop", "missing.txt"], 1, "missing.txt"),
        (["-", "-o", "-", "--as-text", "--joiner", " "], 2, "stand between blanks"),
        (["-", "-o", "-", "--as-text", "--joiner", "a\nb"], 2, "stand between blanks"),
        (["-", "-o", "x", "--as-text", "--joiner", "\t"], 2, "stand between blanks"),
        (["-", "-o", "-", "--as-text", "--joiner", ""], 2, "could not be told"),
        (["-", "--threshold", "nan"], 2, "--threshold"),
    ],
)
def test_mistakes_get_one_line(run: Run, arguments: list[str], code: int, words: str) -> None:
    result = run("phrases", *arguments, stdin=TEXT, check=False)
    assert (result.code, result.stdout) == (code, "")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


def test_lines_keep_their_numbers(run: Run) -> None:
    text = "\n\nnew york is big\n \nnew york\nnew york\n\n"
    options = ["--as-text", "-o", "-", "--min-count", "1", "--threshold", "1", "--progress", "none"]
    assert run("phrases", "-", *options, stdin=text).stdout == "\n\nnew_york is big\n\nnew_york\nnew_york\n\n"
    joined = run("phrases", "-", *options, "--tokenizer", "word", stdin=text.replace("is", "is,"))
    assert joined.stdout.splitlines()[2] == "new_york is big"


def test_of_a_corpus_it_is_said_what_is_not_known(run: Run) -> None:
    run("vocab", "-", "--min-count", "2", "-o", "rare.e2v", stdin=TEXT + "\nonce\n")
    result = run("phrases", "rare.e2v", "--as-text", "-o", "-", "--threshold", "1.5")
    assert "was made without some words of its text" in result.stderr
    assert "rare.e2v has sentences, not lines" in result.stderr
    run("vocab", "-", "--min-count", "1", "-o", "all.e2v", stdin=TEXT)
    assert "e2v: " not in run("phrases", "all.e2v", "--threshold", "1.5", "--min-count", "2").stderr
    run("phrases", "all.e2v", "-o", "joined.e2v", "--threshold", "1.5", "--min-count", "2")
    assert "was made without" in run("phrases", "joined.e2v", "--threshold", "1.5").stderr


@pytest.mark.parametrize("order", [[], ["--ordered"]])
def test_what_users_had_is_no_text(order: list[str], run: Run) -> None:
    log = "user,item\n1,a\n1,b\n2,a\n2,b\n"
    run("events", "-", "-o", "corpus.e2v", *order, stdin=log)
    result = run("phrases", "corpus.e2v", "--as-text", "-o", "-", check=False)
    assert (result.code, result.stdout) == (1, "") and result.stderr.count("\n") == 1
    assert "corpus.e2v holds what users had" in result.stderr


def test_a_word_with_a_blank_in_it_is_no_word_of_a_text(run: Run) -> None:
    options = ["--min-count", "1", "--threshold", "1", "--progress", "none"]
    run("phrases", "-", *options, "--joiner", " ", "-o", "blank.e2v", stdin=TEXT)
    result = run("phrases", "blank.e2v", *options, "--as-text", "-o", "-", check=False)
    assert (result.code, result.stdout) == (1, "")
    assert "has a blank in it" in result.stderr and result.stderr.count("\n") == 1


def test_real_text_has_the_phrases_one_expects(tmp_path: Path) -> None:
    text = data_path("text/enwiki-sample.raw.txt.gz")
    build_corpus(
        [str(text)], tmp_path / "c.e2v", VocabSettings(min_count=1, lowercase=True, tokenizer="word")
    )
    corpus = open_corpus(tmp_path / "c.e2v")
    found = find_phrases(corpus, PhraseSettings(score="word2vec", threshold=100, min_count=5))
    names = {f"{corpus.keys[a]} {corpus.keys[b]}" for a, b in zip(found.first, found.second, strict=True)}
    assert {"new york", "united states", "los angeles"} <= names
    assert not names & {"of the", "in the", "and the"}

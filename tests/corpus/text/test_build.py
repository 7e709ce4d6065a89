"""Whole corpora against the oracle, and what must hold of the file whatever the text."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import tracemalloc
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from e2v.corpus.artifact import open_corpus
from e2v.corpus.text import build
from e2v.corpus.text.build import CorpusSummary, build_corpus
from e2v.corpus.text.settings import resolve_vocab
from e2v.errors import InputError, OutputError, UsageError
from e2v.progress import Progress
from e2v.settings import option_name
from e2v.store import ArtifactWriter, Keys, open_artifact, verify
from tests.builders import write_vectors
from tests.data import data_path
from tests.oracles import corpus as oracle

TOKENIZE = {"whitespace": bytes.split, "word": oracle.words, "character": oracle.characters}

WORDS = st.sampled_from(
    [b"the", b"The", b"a", b"A", b"caf\xc3\xa9", b"CAF\xc3\x89", b"\xfe\x80!", b"n\0lll", b"don't", b"x" * 30]
)
BLANKS = st.sampled_from([b" ", b" ", b"\n", b"\n\n", b"\r\n", b"\t", b" \v\f"])
TEXTS = st.lists(st.tuples(WORDS, BLANKS), max_size=80).map(lambda parts: b"".join(w + b for w, b in parts))


class Build:
    """Builds corpora in a scratch folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.output = folder / "corpus.e2v"

    def write(self, *texts: bytes) -> list[str]:
        paths = [self.folder / f"{n}.txt" for n in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_bytes(text)
        return [str(path) for path in paths]

    def __call__(self, *texts: bytes, **options: Any) -> CorpusSummary:
        options.setdefault("min_count", None if "vocab" in options else 1)
        return build_corpus(self.write(*texts), self.output, resolve_vocab(options))

    def sentences(self) -> list[list[str]]:
        corpus = open_corpus(self.output)
        pairs = zip(corpus.offsets[:-1], corpus.offsets[1:], strict=True)
        return [[corpus.keys[row] for row in corpus.tokens[start:stop]] for start, stop in pairs]


@pytest.fixture
def make(tmp_path: Path) -> Build:
    return Build(tmp_path)


@given(
    texts=st.lists(TEXTS, min_size=1, max_size=3),
    min_count=st.integers(1, 4),
    max_vocab=st.none() | st.integers(1, 6),
    lowercase=st.booleans(),
    tokenizer=st.sampled_from(list(TOKENIZE)),
    longest=st.integers(1, 12),
    threads=st.integers(1, 6),
    block=st.integers(1, 50),
    ids_at_once=st.integers(1, 60),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
def test_any_text_is_encoded_as_by_the_oracle(
    texts: list[bytes],
    min_count: int,
    max_vocab: int | None,
    lowercase: bool,
    tokenizer: str,
    longest: int,
    threads: int,
    block: int,
    ids_at_once: int,
    tmp_path: Path,
) -> None:
    expected = oracle.encode(
        texts,
        TOKENIZE[tokenizer],
        min_count=min_count,
        max_vocab=max_vocab,
        lowercase=lowercase,
        max_sentence_length=longest,
    )
    make = Build(tmp_path)
    inputs = make.write(*texts)
    options = resolve_vocab(
        {
            "min_count": min_count,
            "max_vocab": max_vocab,
            "lowercase": lowercase,
            "tokenizer": tokenizer,
            "max_sentence_length": longest,
            "threads": threads,
            "encoding": "utf-8",  # not to be told by a block of a few bytes
        }
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "BLOCK", block)
        patch.setattr(build, "IDS_AT_ONCE", ids_at_once)
        if not expected.keys:
            with pytest.raises(InputError):
                build_corpus(inputs, make.output, options)
            return
        summary = build_corpus(inputs, make.output, options)
    corpus = open_corpus(make.output)
    assert [corpus.keys.bytes_at(i) for i in range(len(corpus.keys))] == expected.keys
    assert corpus.counts.tolist() == expected.counts
    assert [s.tolist() for s in np.split(corpus.tokens, corpus.offsets[1:-1])] == expected.sentences
    assert summary == CorpusSummary(
        words_read=sum(expected.all_counts.values()),
        words_kept=sum(expected.counts),
        types_read=len(expected.all_counts),
        types_kept=len(expected.keys),
        keys=len(expected.keys),
        lines=expected.lines,
        lines_cut=expected.lines_cut,
        sentences=len(expected.sentences),
    )


def test_the_file_is_the_same_for_any_number_of_threads(make: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "BLOCK", 1000)
    rng = np.random.default_rng(1)
    text = b"".join(b"w%d%s" % (n, b" " if n % 7 else b"\n") for n in rng.zipf(1.3, 20_000))
    files = []
    for threads in (1, 2, 5):
        make(text, threads=threads, min_count=2)
        files.append(make.output.read_bytes())
    assert files[0] == files[1] == files[2]
    assert verify(make.output) == []


def test_lines_of_any_form(make: Build) -> None:
    assert make(b"\n\na b\r\n\r\n  \nc", b"d\n\n").sentences == 3
    assert sorted(make.sentences()) == [["a", "b"], ["c"], ["d"]]


def test_bytes_of_any_kind_survive(make: Build) -> None:
    long = "ü" * 5000
    make(f"{long} a\0b \0 \udcff\udc80 {long}".encode("utf-8", "surrogateescape"))
    assert make.sentences() == [[long, "a\0b", "\0", "\udcff\udc80", long]]
    make(b"caf\x81 caf\x81s, caf\x81.", tokenizer="word")
    assert make.sentences() == [["caf\udc81", "caf\udc81s", "caf\udc81"]]


def test_a_long_line_is_cut_after_rare_words_are_left_out(make: Build) -> None:
    summary = make(b"a rare1 a rare2 a a\na a\n" + b"b b b b b\n", min_count=2, max_sentence_length=2)
    assert (summary.lines, summary.lines_cut, summary.sentences) == (3, 2, 6)
    assert [len(sentence) for sentence in make.sentences()] == [2, 2, 2, 2, 2, 1]


def test_one_line_longer_than_many_blocks(make: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "BLOCK", 64)
    summary = make(b"one two three " * 5000, max_sentence_length=10_000)
    assert (summary.lines, summary.lines_cut, summary.sentences) == (1, 1, 2)
    assert Counter(itertools.chain(*make.sentences())) == {"one": 5000, "two": 5000, "three": 5000}


def test_a_word_longer_than_many_blocks(make: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "BLOCK", 64)
    make(b"a " + b"x" * 10_000 + b" a")
    assert make.sentences() == [["a", "x" * 10_000, "a"]]


def test_lower_case_merges_words_also_of_several_threads(
    make: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "BLOCK", 4)
    make("The THE the Été ÉTÉ ἈΛΛΆ ἀλλά".encode(), lowercase=True, threads=2, min_count=2)
    assert list(open_corpus(make.output).keys) == ["the", "été", "ἀλλά"]
    assert make.sentences() == [["the", "the", "the", "été", "été", "ἀλλά", "ἀλλά"]]


def test_provenance_says_how_it_was_made(make: Build) -> None:
    text = b"a b a b b\n"
    (make.folder / "x.gz").write_bytes(gzip.compress(text, mtime=0))
    options = resolve_vocab({"min_count": 2, "threads": 2})
    build_corpus([str(make.folder / "x.gz"), *make.write(text)], make.output, options)
    provenance = open_artifact(make.output).provenance
    assert provenance["command"] == "vocab"
    assert provenance["settings"] == {
        "tokenizer": "whitespace",
        "lowercase": False,
        "max_sentence_length": 10_000,
        "min_count": 2,
    }
    assert [entry["bytes"] for entry in provenance["inputs"]] == [len(gzip.compress(text)), len(text)]
    assert provenance["inputs"][1]["name"].endswith("0.txt")
    assert provenance["inputs"][1]["sha256"] == hashlib.sha256(text).hexdigest()
    assert provenance["text"]["words_read"] == 10


def test_counts_are_saved_for_all_words_and_give_the_same_vocabulary_back(make: Build) -> None:
    text = b"b a a\nc b a\n"
    counts = make.folder / "counts"
    make(text, min_count=2, save_counts=counts)
    first = open_corpus(make.output)
    assert counts.read_bytes() == b"a\t3\nb\t2\nc\t1\n"
    make(text, min_count=2, counts=counts)
    again = open_corpus(make.output)
    assert list(again.keys) == list(first.keys) == ["a", "b"]
    assert again.tokens.tolist() == first.tokens.tolist()


def test_a_list_of_counts_replaces_counting(make: Build) -> None:
    counts = make.folder / "counts"
    counts.write_text("a 10\nb 100\nz 50\nrare 1\n")
    summary = make(b"a a b new rare\n", min_count=2, max_vocab=3, counts=counts)
    corpus = open_corpus(make.output)
    assert (list(corpus.keys), corpus.counts.tolist()) == (["b", "z", "a"], [100, 50, 10])
    assert make.sentences() == [["a", "a", "b"]]
    assert (summary.types_read, summary.types_kept, summary.words_kept, summary.keys) == (4, 2, 3, 3)
    assert open_artifact(make.output).provenance["vocabulary"]["name"] == str(counts)


@given(
    text=TEXTS,
    known=TEXTS,
    min_count=st.integers(1, 3),
    lowercase=st.booleans(),
    how=st.sampled_from(["counted", "vocab", "update", "counts"]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_what_is_said_of_a_text_is_what_a_plain_count_finds(
    text: bytes, known: bytes, min_count: int, lowercase: bool, how: str, tmp_path: Path
) -> None:
    make = Build(tmp_path)
    given = {"min_count": min_count, "lowercase": lowercase, "encoding": "utf-8"}
    words, others = (Counter(oracle.encode([t], lowercase=lowercase).all_counts) for t in (text, known))
    vocabulary = {word for word, count in words.items() if count >= min_count}
    if how != "counted":
        if not others:
            return
        path = tmp_path / "known"
        if how == "counts":
            path.write_bytes(b"".join(b"%s %d\n" % pair for pair in others.items()))
            vocabulary = {word for word, count in others.items() if count >= min_count}
        else:
            make(known, lowercase=lowercase, encoding="utf-8")
            make.output.replace(path)
            vocabulary = set(others) | (vocabulary if how == "update" else set())
        given = {**given, how: path, "min_count": None if how == "vocab" else min_count}
    kept = Counter({word: count for word, count in words.items() if word in vocabulary})
    if not kept:
        with pytest.raises(InputError):
            make(text, **given)
        return
    summary = make(text, **given)
    assert (summary.words_read, summary.types_read) == (words.total(), len(words))
    assert (summary.words_kept, summary.types_kept) == (kept.total(), len(kept))
    assert summary.keys == len(vocabulary) == len(open_corpus(make.output).keys)
    assert open_artifact(make.output).provenance["text"]["types_kept"] == len(kept)


def test_a_frozen_vocabulary_keeps_keys_ids_and_counts(make: Build) -> None:
    make(b"The the dog. The cat\n", tokenizer="word", lowercase=True)
    frozen = make.output.rename(make.folder / "frozen.e2v")
    make(b"a DOG, the cat\n", vocab=frozen)  # cut into words as for the first
    corpus, old = open_corpus(make.output), open_corpus(frozen)
    assert list(corpus.keys) == list(old.keys)
    assert corpus.counts.tolist() == old.counts.tolist()
    assert make.sentences() == [["dog", "the", "cat"]]
    assert open_artifact(make.output).provenance["vocabulary"] == {
        "name": str(frozen),
        "digest": open_artifact(frozen).digest,
    }
    make(b"the DOG\n", vocab=frozen, lowercase=False)
    assert make.sentences() == [["the"]]


def test_a_model_s_vocabulary_can_be_frozen_too(make: Build) -> None:
    model = make.folder / "model.e2v"
    provenance = {"settings": {"dim": 2}, "corpus": {"settings": {"tokenizer": "character"}}}
    with ArtifactWriter(model, "model", provenance) as writer:
        writer.add_keys("keys", Keys.from_strings("文中"))
        writer.add("counts", np.array([3, 1]))
        writer.add("input", np.zeros((2, 2), np.float32))
        writer.add("output", np.zeros((2, 2), np.float32))
    make("中文 中国\n".encode(), vocab=model)
    assert open_corpus(make.output).tokens.tolist() == [1, 0, 1]


def test_vectors_without_counts_are_no_vocabulary(make: Build) -> None:
    vectors = write_vectors(make.folder / "v.e2v", ["a"], np.ones((1, 2), np.float32))
    with pytest.raises(InputError, match="no words with counts"):
        make(b"a", vocab=vectors)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_count": 0}, "--min-count must be between 1 and"),
        ({"max_vocab": 0}, "--max-vocab must be between 1 and"),
        ({"max_sentence_length": 0}, "--max-sentence-length must be between 1 and"),
        ({"threads": 0}, "--threads must be between 1 and 1,024, not 0"),
        ({"threads": 1_000_000}, "--threads must be between 1 and 1,024, not 1000000"),
        ({"max_sentence_length": 10**30}, "--max-sentence-length must be between 1 and 2,147,483,647"),
        ({"vocab": Path("x"), "counts": Path("y")}, "--counts does not go with --vocab"),
        ({"vocab": Path("x"), "min_count": 5}, "--min-count does not go with --vocab"),
        ({"vocab": Path("x"), "max_vocab": 5}, "--max-vocab does not go with --vocab"),
    ],
)
def test_options_that_make_no_sense(
    options: dict[str, Any], message: str, make: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(make.folder)
    make(b"a a\n")
    make.output.rename("x")
    with pytest.raises(UsageError) as caught:
        resolve_vocab(options)
    assert message in str(caught.value.spelled(option_name))


def truncated(make: Build) -> object:
    path = make.folder / "0.txt"
    path.write_bytes(gzip.compress(b"a b c " * 10_000)[:-20])
    return build_corpus([str(path)], make.output, resolve_vocab({"min_count": 1}))


def with_counts(make: Build, lines: str, **options: Any) -> object:
    path = make.folder / "1.txt"
    path.write_text(lines)
    return make(b"a b b\n", counts=path, **options)


FAILURES: dict[str, Callable[[Build], object]] = {
    "/none: no such file": lambda make: build_corpus(["/none"], make.output, resolve_vocab({})),
    "data end too early": truncated,
    "0.txt: no words": lambda make: make(b""),
    "the input is empty or blank": lambda make: make(b" \n\t\n", b"\n"),
    "no word occurs 3 times; lower min_count": lambda make: make(b"a b b\n", min_count=3),
    "no word of the text is in the vocabulary of": lambda make: with_counts(make, "z 9"),
    "no word has a count of 10 or more": lambda make: with_counts(make, "a 9", min_count=10),
    "1.txt, line 1: 'oops' is no word": lambda make: with_counts(make, "oops"),
    "line 3: 'b' has a count in line 1 already": lambda make: with_counts(make, "b 3\na 3\nb 4\n"),
}


@pytest.mark.parametrize("message", FAILURES)
def test_a_failure_writes_nothing_and_leaves_an_existing_file_alone(message: str, make: Build) -> None:
    make.output.write_bytes(b"precious")
    with pytest.raises(InputError, match=message):
        FAILURES[message](make)
    assert make.output.read_bytes() == b"precious"
    assert {path.name for path in make.folder.iterdir()} <= {"corpus.e2v", "0.txt", "1.txt"}


def test_an_output_needs_a_folder(make: Build) -> None:
    with pytest.raises(OutputError, match="no folder"):
        build_corpus(make.write(b"a a\n"), make.folder / "x" / "y", resolve_vocab({"min_count": 1}))


def test_an_interrupt_leaves_nothing_behind(make: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "BLOCK", 100)
    inputs = make.write(b"a b c\n" * 1000)

    def interrupt(progress: Progress) -> None:
        if progress.figures.get("words", 0) > 500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_corpus(inputs, make.output, resolve_vocab({}), interrupt)
    assert [path.name for path in make.folder.iterdir()] == ["0.txt"]


def test_progress_counts_bytes_and_words(make: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "BLOCK", 100)
    told: list[Progress] = []
    build_corpus(make.write(b"a b c\n" * 1000, b"a\n"), make.output, resolve_vocab({}), told.append)
    assert list(dict.fromkeys(each.task for each in told)) == ["reading", "encoding", "writing"]
    seen = [each for each in told if each.figures]
    assert len(seen) > 10
    words = [each.figures["words"] for each in seen]
    assert words == sorted(words)
    assert seen[-1] == Progress("reading", "bytes", 6002, 6002, {"words": 3001})


def test_memory_does_not_grow_with_the_text(make: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "BLOCK", 1 << 16)

    def peak(repeats: int) -> int:
        (text,) = make.write(b"the same few words again and again\n" * repeats)
        tracemalloc.start()
        try:
            build_corpus([text], make.output, resolve_vocab({"threads": 2}))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(1000)
    assert peak(2_000_000) < peak(500_000) + (1 << 22)  # the ids alone take 42 MB


def test_the_real_sample(make: Build) -> None:
    text = data_path("text/enwiki-sample.norm.txt.gz")
    summary = build_corpus([str(text)], make.output, resolve_vocab({"threads": 2}))
    assert summary.words_read == 16_454_993
    assert summary.types_kept == 74_111
    assert summary.lines == 221_900
    corpus = open_corpus(make.output)
    assert corpus.counts.sum() == len(corpus.tokens) == summary.words_kept
    assert np.array_equal(np.bincount(corpus.tokens), corpus.counts)
    assert verify(make.output) == []


@pytest.mark.parametrize(
    ("name", "key"), [("enwiki-sample.raw.txt.gz", "don't"), ("zhwiki-sample.seg.txt.gz", "中国")]
)
def test_other_real_texts(name: str, key: str, make: Build) -> None:
    build_corpus(
        [str(data_path(f"text/{name}"))], make.output, resolve_vocab({"tokenizer": "word", "lowercase": True})
    )
    assert key in open_corpus(make.output).keys

"""Estimates: of a vocabulary by a part of a text, of memory by sizes, and what is proposed for a time."""

from __future__ import annotations

import gzip
import itertools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e2v.corpus.text.lexicon import Lexicon
from e2v.corpus.text.sample import sample_text
from e2v.corpus.text.settings import resolve_vocab
from e2v.inputs.sampled import SampledText
from e2v.inputs.sources import Source
from e2v.store import Keys
from e2v.training.plan import advice, memory
from e2v.training.plan.advice import exceeded
from e2v.training.plan.corpora import PlannedCorpus
from e2v.training.plan.estimate import Estimate, Speeds
from e2v.training.plan.settings import PlanSettings, size
from e2v.training.plan.trial import Part, Trial, part_of
from e2v.training.word2vec.huffman import huffman_tree
from e2v.training.word2vec.memory import matrix_bytes, thread_bytes
from e2v.training.word2vec.model import new_model
from e2v.training.word2vec.settings import Word2VecSettings
from tests.data import data_path

#: Bytes of the texts that are estimated.
_SIZE = 10_000_000


@pytest.mark.parametrize(
    "name", ["text/enwiki-sample.norm.txt.gz", "text/zhwiki-sample.seg.txt.gz"], ids=["english", "chinese"]
)
def test_a_fifth_of_a_text_tells_its_vocabulary(name: str, tmp_path: Path) -> None:
    text = tmp_path / "text"
    with gzip.open(data_path(name)) as file:
        text.write_bytes(file.read(_SIZE).rpartition(b"\n")[0] + b"\n")
    options = resolve_vocab({"threads": 2})
    part, whole = (sample_text([str(text)], options, seconds) for seconds in (0.0, 1e9))
    assert 0.1 < part.share < 0.3 and whole.share == 1
    assert part.bytes == pytest.approx(whole.bytes, rel=0.01)
    assert part.words == pytest.approx(whole.words, rel=0.03)
    assert part.lines == pytest.approx(whole.lines, rel=0.1)
    for least, off in ((1, 0.1), (2, 0.2), (5, 0.15), (20, 0.06), (100, 0.1)):
        assert part.growth.words(least) == pytest.approx(whole.growth.words(least), rel=off), least
        assert whole.growth.words(least) == np.count_nonzero(whole.counts >= least)


def test_blocks_come_from_all_over_a_file(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("".join(f"line {number}\n" for number in range(40_000)))
    sampled = SampledText([Source(str(text))], None, 1 << 12)
    blocks = list(itertools.islice(sampled, 8))
    lines = [line for block in blocks for line in block.decode().splitlines()]
    assert all(line.startswith("line ") for line in lines)
    first = [int(block.split()[1]) for block in blocks]
    assert np.diff([*sorted(first), 40_000]).max() < 40_000 / 5
    assert sampled.share == pytest.approx(8 * 4096 / text.stat().st_size, rel=0.02)
    every = {line for block in SampledText([Source(str(text))], None, 1 << 12) for line in block.splitlines()}
    assert len(every) > 0.99 * 40_000 - 2 * 130


def test_of_a_compressed_file_the_beginning_tells_its_size(tmp_path: Path) -> None:
    text = tmp_path / "text.gz"
    rng = np.random.default_rng(2)
    lines = b"".join(b"%d\n" % number for number in rng.integers(0, 10**9, 600_000))
    text.write_bytes(gzip.compress(lines, 1))
    sampled = SampledText([Source(str(text))], None, 1 << 16)
    list(itertools.islice(sampled, 45))
    assert sampled.share < 0.7
    assert sampled.size == pytest.approx(len(lines), rel=0.1)


@pytest.mark.parametrize(
    "settings", [{}, {"loss": "hierarchical-softmax"}, {"dim": 7, "threads": 3}], ids=str
)
def test_matrices_take_what_is_allocated(settings: dict[str, object]) -> None:
    config = Word2VecSettings(**{"dim": 40, "threads": 2, **settings})
    model = new_model(np.arange(500, 0, -1), config)
    assert matrix_bytes(500, 0, config) == model.inputs.nbytes + model.outputs.nbytes


def test_each_thread_of_the_exact_softmax_has_a_batch() -> None:
    """Logits, exponentials and steps of 64 examples, and a matrix of outputs; all else is small."""
    one, many = (Word2VecSettings(loss="softmax", dim=40, threads=threads) for threads in (1, 1000))
    assert thread_bytes(500, 0, 9, one) == 4 * 500 * (3 * 64 + 40)
    assert thread_bytes(500, 0, 9, many) == 1000 * thread_bytes(500, 0, 9, one)


def test_paths_and_lexicons_take_what_they_take() -> None:
    counts = 3_000_000 // np.arange(1, 20_001)
    assert memory.path_nodes(20_000) == pytest.approx(len(huffman_tree(counts).nodes), rel=0.1)
    lexicon = Lexicon()
    lexicon.intern(Keys.from_strings(f"key{number}" for number in range(70_000)))
    table = lexicon._table
    filled = table.slots.nbytes + 3 * 8 * len(lexicon) + len(lexicon.keys.blob)
    assert memory._lexicon_bytes(len(lexicon), len(lexicon.keys.blob)) == filled


def estimate(**settings: object) -> Estimate:
    keys = Keys.from_strings(f"k{number}" for number in range(50))
    tokens = np.arange(1000, dtype=np.int32) % 50
    corpus = Part("corpus", keys, np.full(50, 20), tokens, np.arange(0, 1001, 10))
    corpus.path = Path(__file__)
    config = Word2VecSettings(**{"threads": 1, "epochs": 10, "dim": 200, **settings})
    speeds = Speeds(process=10**8, starting=1.0, compiling=0.0, reading=0.0, writing=0.0)
    return Estimate(
        planned=PlannedCorpus(corpus), config=config, speeds=speeds, trial=Trial(50, 0.0, training=0.01)
    )


def test_what_is_proposed_keeps_the_time() -> None:
    run = estimate()
    assert run.steps()[-1].seconds == pytest.approx(1 + 0.01 * 1000 * 10)
    tried: list[int] = []

    def try_out(config: Word2VecSettings) -> Trial:  # half of the time is that of the numbers of a vector
        tried.append(config.dim)
        return Trial(50, 0.0, training=0.005 + 0.005 * config.dim / 200)

    (found,) = exceeded(run, PlanSettings(max_time=80.0), try_out)
    proposals = {name: value for each in found.proposals for name, value in each.items()}
    assert found.limit == "max_time" and proposals["epochs"] == 7 and proposals["time_budget"] == 75.0
    assert proposals["dim"] == 112
    assert str(found.message) == "the run would take about 1m41s, and max_time is 1m20s"
    assert str(found.hint).startswith("epochs 7, or time_budget 75s, or ")
    for changes in ({"epochs": 7}, {"time_budget": 75.0}):
        assert run.changed(**changes).steps()[-1].seconds <= 80
    assert not exceeded(run, PlanSettings(max_time=200.0), try_out)
    (none,) = exceeded(run, PlanSettings(max_time=0.5), try_out)
    assert none.proposals == [] and "no setting" in none.hint


def test_dimensions_and_counts_together_are_proposed_where_neither_is_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = estimate()
    monkeypatch.setattr(run.planned, "min_count", 1)

    def needed(_: Estimate, changes: Mapping[str, Any]) -> float:
        return 10 if changes.get("dim", 200) <= 100 and changes.get("min_count", 1) >= 5 else 100

    monkeypatch.setattr(advice, "_memory", needed)
    monkeypatch.setattr(advice, "machine_memory", lambda: 50)
    (found,) = exceeded(run, PlanSettings(), lambda config: run.trial)
    ((name, dim), (other, count)) = next(iter(found.proposals)).items()
    assert (name, other) == ("dim", "min_count") and dim <= 100 and count >= 5
    assert str(found.message).endswith(" of memory, and this machine has 0.05 kB")


def test_n_grams_and_threads_are_proposed_too() -> None:
    run = estimate(subword="3:6", threads=8)
    tried = Trial(50, 0.0, 0.01, ngrams=40_000, ngram_bytes=200_000, parts=9000)
    run = replace(run, trial=tried)
    needed = run.steps()[-1].memory
    (found,) = exceeded(run, PlanSettings(max_memory=needed - 1_000_000), lambda config: run.trial)
    names = [name for each in found.proposals for name in each]
    assert names == ["dim", "buckets", "threads"]
    for proposal in found.proposals:
        assert run.changed(**proposal).steps()[-1].memory <= needed - 1_000_000


def test_a_part_with_fewer_keys_has_their_words_only() -> None:
    corpus = estimate().planned.part(50, Word2VecSettings())
    part = part_of(corpus, 8, Word2VecSettings())
    assert len(part.keys) == len(part.counts) == 8 and part.tokens.max() == 7
    assert len(part.tokens) == len(corpus.tokens)


@pytest.mark.parametrize(
    ("given", "expected"), [("2G", 2 * 10**9), ("1.5GiB", 3 * 2**29), ("500 MB", 5 * 10**8), (1000, 1000)]
)
def test_sizes_are_read_as_people_write_them(given: str | int, expected: int) -> None:
    assert size(given) == expected


@pytest.mark.parametrize("given", ["", "0", "-1G", "2 apples", "G"])
def test_what_is_no_size_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="takes a size"):
        size(given)


def test_memory_has_a_margin_as_a_limit_must_hold() -> None:
    run = estimate()
    size, config = run.size(), run.config
    at_least = memory.training_bytes(size, config) + run.speeds.process
    assert run.steps()[-1].memory >= 1.05 * at_least

"""A corpus in several files is the corpus in one, and nothing else is taken for it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

import e2v
from e2v.corpus import shards
from e2v.corpus.artifact import Corpus, open_corpus
from e2v.corpus.shards import ShardedTokens, open_corpora
from e2v.errors import DamagedFileError, InputError, OutputError, UsageError
from e2v.jobs.vocab import given_corpus, mean_set
from e2v.store import ArtifactWriter, open_artifact, sharded, verify
from e2v.training.word2vec.training import Training
from tests.cli.conftest import Typed, typed
from tests.commands import command_line
from tests.training.small import config, text

__all__ = ["typed"]

SHARDS = [f"c-{number}-of-3.e2v" for number in (1, 2, 3)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a text, and the corpus of it in one file and in three."""
    folder = tmp_path_factory.mktemp("shards")
    with contextlib.chdir(folder):
        Path("text").write_text(text(300))
        command_line("vocab text --min-count 1 --threads 1 -o whole.e2v")
        command_line("vocab text --min-count 1 --threads 1 -o c.e2v --shards 3")
    return folder


@pytest.fixture(autouse=True)
def folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with these files."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)


def test_each_shard_is_a_corpus_with_all_words_and_a_part_of_the_sentences() -> None:
    whole, each = open_corpus("whole.e2v"), [Corpus(name) for name in SHARDS]
    assert not any(found.name == "whole.e2v" for found in Path().glob(".*"))
    for number, corpus in enumerate(each, 1):
        assert all(check.fault is None for check in verify(corpus.path))
        assert list(corpus.keys) == list(whole.keys)
        assert corpus.counts.tolist() == whole.counts.tolist()
        shard = corpus.provenance["shard"]
        assert (shard["number"], shard["of"]) == (number, 3)
        assert abs(len(corpus.tokens) - len(whole.tokens) / 3) <= 12  # the longest sentence
        assert {**corpus.provenance, "shard": None} == {**whole.provenance, "shard": None}
    assert np.concatenate([corpus.tokens for corpus in each]).tolist() == whole.tokens.tolist()


def test_shards_are_one_corpus_in_whatever_order_they_are_named() -> None:
    whole = open_corpus("whole.e2v")
    for inputs in (SHARDS, ["c-3*", SHARDS[0], "c-[2]-of-3.e2v"], ["c-*.e2v"]):
        corpus = given_corpus(inputs)
        assert corpus is not None
        assert corpus.offsets.tolist() == whole.offsets.tolist()
        assert corpus.tokens[:].tolist() == whole.tokens.tolist()
        assert corpus.record() == {
            **whole.provenance,
            "shards": 3,
            "digest": corpus.digest,
        }
    assert mean_set(SHARDS) == mean_set(["whole.e2v"]) > 1


def test_a_slice_of_tokens_is_a_view_within_a_shard_and_read_only_anywhere() -> None:
    parts = [
        np.arange(0, 5, dtype=np.int32),
        np.arange(5, 6, dtype=np.int32),
        np.arange(6, 11, dtype=np.int32),
    ]
    for part in parts:
        part.flags.writeable = False
    tokens, all_of = ShardedTokens(parts), np.arange(11)
    assert len(tokens) == 11
    for start in range(12):
        for stop in range(12):
            found = tokens[np.int64(start) : np.int64(stop)]
            assert found.tolist() == all_of[start:stop].tolist()
            assert found.dtype == np.int32
            assert not found.flags.writeable
    assert np.shares_memory(tokens[1:5], parts[0])
    assert np.shares_memory(tokens[6:], parts[2])


@pytest.mark.parametrize("loss", ["negative-sampling", "softmax"])
def test_training_on_shards_gives_the_bytes_of_training_on_one_file(loss: str) -> None:
    made = config(loss=loss, sample=1e-2)
    one, several = (Training(open_corpora(names), made) for names in (["whole.e2v"], SHARDS))
    assert one.runner.total_tokens > 3 * 64  # so many that units reach from one shard into the next
    for training in (one, several):
        for _ in training.runner.run():
            pass
    assert one.model.inputs.tobytes() == several.model.inputs.tobytes()
    assert one.model.outputs.tobytes() == several.model.outputs.tobytes()


def test_commands_take_shards_as_one_corpus(typed: Typed) -> None:
    settings = "--dim 4 --epochs 1 --threads 1"
    assert typed(f"train whole.e2v {settings} -o one.e2v").code == 0
    assert typed(f"train c-2* c-1* c-3* {settings} -o several.e2v").code == 0
    assert open_artifact("one.e2v").digest == open_artifact("several.e2v").digest
    again = typed(f"train c-*.e2v {settings} -o several.e2v --if-changed")
    assert "unchanged" in again.stderr
    assert typed("phrases whole.e2v --threshold 0 -o joined.e2v").code == 0
    assert typed("phrases c-*.e2v --threshold 0 -o several-joined.e2v").code == 0
    assert open_artifact("joined.e2v").digest == open_artifact("several-joined.e2v").digest


def test_one_shard_is_not_taken_for_the_corpus(typed: Typed) -> None:
    line = "svd {} --dim 4 -o m.e2v"
    refused = typed(line.format(SHARDS[1]))
    assert (refused.code, refused.stderr.count("\n")) == (1, 1)
    assert "c-2-of-3.e2v is shard 2 of 3, and no whole corpus; " in refused.stderr
    assert typed("vocab text --min-count 1 -o alone.e2v --shards 1").code == 0
    assert typed(line.format("alone-1-of-1.e2v")).code == 0


def test_what_a_plan_says_of_shards_is_what_it_says_of_the_corpus(typed: Typed) -> None:
    rows = [
        typed(f"plan {inputs} --dim 4 --threads 1 --format json").stdout
        for inputs in ("whole.e2v", "c-*.e2v")
    ]
    one, several = ([json.loads(line)["what"] for line in each.splitlines()] for each in rows)
    assert one == several


def test_python_makes_and_reads_shards() -> None:
    made = e2v.vocab("text", "p.e2v", shards=3, min_count=1, threads=1)
    assert made.path == Path("p-*-of-3.e2v")
    assert [Path(f"p-{n}-of-3.e2v").read_bytes() for n in (1, 2, 3)] == [
        Path(name).read_bytes() for name in SHARDS
    ]
    assert len(made) == len(e2v.Corpus("whole.e2v"))
    assert made[299] == e2v.Corpus("whole.e2v")[299]
    model = e2v.train(made, "model.e2v", dim=4, epochs=1, threads=1)
    assert len(model) == len(made.keys)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (SHARDS[:2], "shard 3 of 3 is missing"),
        ([*SHARDS, "text"], "text is text, and c-1-of-3.e2v is a corpus"),
        (SHARDS[1:2], "shards 1, 3 of 3 are missing"),
        ([*SHARDS, "c-2*"], "shard 2 of 3 is there twice: c-2-of-3.e2v and c-2-of-3.e2v"),
        ([*SHARDS, "whole.e2v"], "whole.e2v is a corpus by itself, and no shard of one with c-1-of-3.e2v"),
        (["whole.e2v", "again.e2v"], "whole.e2v is a corpus by itself, and no shard of one with again.e2v"),
        ([*SHARDS[:2], "more-3-of-3.e2v"], "more-3-of-3.e2v has another vocabulary than c-1-of-3.e2v"),
        (
            [*SHARDS[:2], "known-3-of-3.e2v"],
            "known-3-of-3.e2v is of another text, or made with other settings, than ",
        ),
        ([*SHARDS, "two-1-of-2.e2v"], "two-1-of-2.e2v is of 2 shards, and c-1-of-3.e2v of 3"),
    ],
)
def test_what_is_no_whole_set_is_refused(inputs: list[str], message: str) -> None:
    shutil.copy("whole.e2v", "again.e2v")
    Path("other").write_text(text(100, seed=2))
    if "more-3-of-3.e2v" in inputs:
        command_line("vocab other --min-count 1 --threads 1 -o more.e2v --shards 3")
    if "known-3-of-3.e2v" in inputs:
        command_line("vocab other --vocab whole.e2v --threads 1 -o known.e2v --shards 3")
    if "two-1-of-2.e2v" in inputs:
        command_line("vocab text --min-count 1 --threads 1 -o two.e2v --shards 2")
    with pytest.raises(InputError) as error:
        given_corpus(inputs)
    assert error.value.message.startswith(message)
    assert error.value.hint


def test_every_shard_is_checked_when_they_are_opened() -> None:
    artifact = open_artifact(SHARDS[1])
    tokens = artifact.arrays["tokens"].copy()
    tokens[0] = len(artifact.keys)
    with ArtifactWriter(SHARDS[1], "corpus", artifact.provenance) as writer:
        writer.add("tokens", tokens)
        writer.add("offsets", artifact.arrays["offsets"])
        writer.add_keys("keys", artifact.keys)
        writer.add("counts", artifact.arrays["counts"])
    with pytest.raises(DamagedFileError, match=r"c-2-of-3.e2v is damaged: tokens: holds ids outside"):
        given_corpus(SHARDS)


def test_a_set_of_another_number_is_not_mixed_with_the_new_one() -> None:
    with pytest.raises(OutputError, match=r"c-1-of-3.e2v is one of 3 shards"):
        command_line("vocab text -o c.e2v --shards 4")
    assert not list(Path().glob("c-*-of-4.e2v"))


def test_shards_that_are_inputs_or_no_corpora_are_not_overwritten() -> None:
    Path("n-1-of-2.e2v").write_text("notes of somebody\n")
    shutil.copy("text", "t-2-of-2")
    with pytest.raises(UsageError, match="t-2-of-2 is an input"):
        command_line("vocab t-2-of-2 -o t --shards 2")
    with pytest.raises(OutputError, match=r"n-1-of-2.e2v is no .e2v file"):
        command_line("vocab text -o n.e2v --shards 2")


@pytest.mark.parametrize("failing", ["while they are written", "while they are put in place"])
def test_an_existing_set_survives_a_failure(failing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("c-3-of-3.e2v").chmod(0o640)
    before = {path.name: path.read_bytes() for path in Path().iterdir()}
    Path("text").write_text(text(200, seed=3))
    before["text"] = Path("text").read_bytes()
    if failing == "while they are written":
        write = shards.write_shard

        def write_two(whole, tokens, path, cut):
            if cut.number == 3:
                raise OutputError(f"cannot write {path}: no space left", "")
            write(whole, tokens, path, cut)

        monkeypatch.setattr(shards, "write_shard", write_two)
        error: type[BaseException] = OutputError
    else:
        keep = sharded._keep

        def keep_two(file: Path, as_path: Path) -> None:
            if file.name == "c-3-of-3.e2v":
                raise KeyboardInterrupt
            keep(file, as_path)

        monkeypatch.setattr(sharded, "_keep", keep_two)
        error = KeyboardInterrupt
    with pytest.raises(error) as raised:
        e2v.vocab("text", "c.e2v", shards=3, min_count=1, threads=1)
    if error is OutputError:
        assert str(raised.value.message) == "cannot write c-3-of-3.e2v: no space left"
    assert {path.name: path.read_bytes() for path in Path().iterdir()} == before


def test_a_new_set_that_fails_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path.name for path in Path().iterdir()}
    replace = Path.replace

    def fail_at_the_last(self: Path, target: Path) -> Path:
        if Path(target).name == "d-3-of-3.e2v" and self.parent != Path(target).parent:
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail_at_the_last)
    with pytest.raises(OutputError, match=r"cannot write d-3-of-3.e2v: No space left on device"):
        command_line("vocab text --min-count 1 --threads 1 -o d.e2v --shards 3")
    assert {path.name for path in Path().iterdir()} == before


def test_a_set_is_replaced_with_its_permissions() -> None:
    Path("c-3-of-3.e2v").chmod(0o640)
    Path("text").write_text(text(200, seed=3))
    command_line("vocab text --min-count 1 --threads 1 -o c.e2v --shards 3")
    assert open_corpora(SHARDS).provenance["text"]["sentences"] == 200
    assert Path("c-3-of-3.e2v").stat().st_mode & 0o777 == 0o640


def test_a_set_that_is_made_already_is_left_alone(typed: Typed) -> None:
    line = "vocab text --min-count 1 --threads 1 -o c.e2v --shards 3 --if-changed"
    for path in SHARDS:
        os.utime(path, (1, 1))
    assert "unchanged" in typed(line).stderr
    assert all(Path(path).stat().st_mtime > 1 for path in SHARDS)
    Path(SHARDS[2]).unlink()
    made = typed(line)
    assert "unchanged" not in made.stderr
    assert made.stderr.startswith("c-*-of-3.e2v: ")
    shutil.copy(SHARDS[0], "c.e2v")  # a shard is not the whole
    assert "unchanged" not in typed(line.replace("--shards 3 ", "")).stderr


def test_numbers_are_padded_and_no_shard_is_empty() -> None:
    Path("few").write_text("a b c\n" + "a b\n" * 9 + "c a b " * 30 + "\n")
    command_line("vocab few --min-count 1 --threads 1 -o few.e2v --shards 11")
    names = sorted(path.name for path in Path().glob("few-*"))
    assert names[0] == "few-01-of-11.e2v"
    assert names[-1] == "few-11-of-11.e2v"
    assert all(len(Corpus(name).tokens) for name in names)
    with pytest.raises(InputError, match="the text has 11 sentences, too few for 12 shards"):
        command_line("vocab few --min-count 1 --threads 1 -o small.e2v --shards 12")
    assert not list(Path().glob("small*"))


def test_the_whole_is_not_called_as_a_shard(typed: Typed) -> None:
    refused = typed("vocab text --min-count 1 -o c-1-of-3.e2v --shards 3")
    assert (refused.code, "c-1-of-3.e2v is what a shard is called" in refused.stderr) == (1, True)
    assert sorted(path.name for path in Path().glob("c-*")) == SHARDS

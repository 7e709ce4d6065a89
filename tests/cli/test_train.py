"""`e2v train`: what it takes, writes, says and refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e2v import __version__
from e2v.errors import E2VError, InputError, TrainingError, UsageError
from e2v.notices import hear
from e2v.settings import option_name
from e2v.store import open_artifact, verify
from e2v.training.word2vec.training import Training
from tests.commands import command
from tests.conftest import Run
from tests.training.small import MODES, WORDS, name_of, text

SMALL = ("--dim", "6", "--epochs", "2", "--threads", "1", "--sample", "0")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text(text(80), encoding="utf-8")
    return path


def trained(inputs: str | Path, output: Path, **options: Any) -> dict[str, Any]:
    """Train in this process; the model's provenance."""
    small = {"dim": 6, "epochs": 2, "min_count": 1, "threads": 1, "progress": "none"}
    command("train", inputs=[str(inputs)], output=output, **{**small, **options})
    return open_artifact(output, "model").provenance


def test_from_a_corpus_and_from_its_text_come_the_same_bytes(run: Run, source: Path) -> None:
    from_text = run("train", "text.txt", "-o", "text.e2v", "--min-count", "1", *SMALL, "--progress", "json")
    run("vocab", "text.txt", "-o", "corpus.e2v", "--min-count", "1")
    run("train", "corpus.e2v", *SMALL, "--progress", "none")
    folder = source.parent
    assert (folder / "model.e2v").read_bytes() == (folder / "text.e2v").read_bytes()
    assert sorted(p.name for p in folder.iterdir()) == ["corpus.e2v", "model.e2v", "text.e2v", "text.txt"]
    assert from_text.stdout == ""
    told = [json.loads(line) for line in from_text.stderr.splitlines()]
    last = told[-1]
    assert [each["task"] for each in told if "output" in each] == ["vocab", "train"]
    assert list(last) == [
        "task", "output", "keys", "dim", "words", "seconds", "words_per_second", "loss", "total_seconds",
        "parts", "version",
    ]  # fmt: skip
    words = len(source.read_text(encoding="utf-8").split())
    assert last["keys"] == len(WORDS) and last["dim"] == 6 and last["words"] == 2 * words
    # The seconds are rounded to a thousandth.
    assert last["words_per_second"] * (last["seconds"] - 0.001) <= last["words"]
    assert last["words_per_second"] * (last["seconds"] + 0.001) >= last["words"]
    assert 0 < last["loss"] < 10 and last["version"] == __version__


def test_from_stdin_come_the_same_vectors(run: Run, source: Path) -> None:
    trained(source, source.with_name("file.e2v"), sample=0.0)
    run("train", "-", "--min-count", "1", *SMALL, "--progress", "none", stdin=source.read_bytes())
    ours, expected = (open_artifact(source.with_name(name)) for name in ("model.e2v", "file.e2v"))
    assert list(ours.keys) == list(expected.keys)
    for name in ("counts", "input", "output"):
        np.testing.assert_array_equal(ours.arrays[name], expected.arrays[name])


def test_failures_have_exit_codes_and_one_line(run: Run, source: Path) -> None:
    run("vocab", "text.txt", "-o", "corpus.e2v", "--min-count", "1")
    refused = run("train", "corpus.e2v", "--min-count", "2", check=False)
    assert refused.code == 2 and refused.stderr.startswith("e2v: --min-count applies to text, and corpus.e2v")
    missing = run("train", "no.txt", check=False)
    assert missing.code == 1 and missing.stderr.count("\n") == 1 and "no.txt" in missing.stderr
    kept = source.with_name("model.e2v")
    precious = (Path(__file__).parents[1] / "golden" / "model-1.e2v").read_bytes()
    kept.write_bytes(precious)
    diverged = run("train", "corpus.e2v", "--lr", "9.9", "--loss", "softmax", "--epochs", "20",
                   "--sample", "0", "-o", "model.e2v", check=False)  # fmt: skip
    assert diverged.code == 1 and diverged.stderr.count("\n") == 1
    assert "nan" in diverged.stderr and "lower --lr" in diverged.stderr
    assert kept.read_bytes() == precious
    assert not list(source.parent.glob(".e2v*")) and not list(source.parent.glob("*.ckpt"))


@pytest.mark.parametrize("loss", ["negative-sampling", "hierarchical-softmax", "softmax"])
def test_a_diverged_model_is_never_written(loss: str, source: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="lower lr"):
        trained(source, tmp_path / "model.e2v", lr=9.9, epochs=40, sample=0.0, loss=loss)
    assert not (tmp_path / "model.e2v").exists()


@pytest.mark.parametrize("mode", MODES, ids=name_of)
def test_every_mode_trains_and_verifies(mode: dict[str, Any], source: Path, tmp_path: Path) -> None:
    first = trained(source, tmp_path / "model.e2v", **mode)
    assert verify(tmp_path / "model.e2v") == []
    assert first["settings"].items() >= mode.items()
    assert open_artifact(tmp_path / "model.e2v").has("nodes") == (mode["loss"] == "hierarchical-softmax")
    trained(source, tmp_path / "again.e2v", **mode)
    assert (tmp_path / "again.e2v").read_bytes() == (tmp_path / "model.e2v").read_bytes()
    trained(source, tmp_path / "other.e2v", **mode, seed=2)
    assert open_artifact(tmp_path / "other.e2v").digest != open_artifact(tmp_path / "model.e2v").digest


def test_threads_train_the_same_words(run: Run, source: Path, tmp_path: Path) -> None:
    said = {}
    for threads in ("1", "3"):
        options = ("--dim", "6", "--epochs", "9", "--lr", "0.1", "--min-count", "1", "--threads", threads)
        result = run("train", "text.txt", *options, "-o", f"{threads}.e2v", "--progress", "json")
        said[threads] = json.loads(result.stderr.splitlines()[-1])
    assert said["3"]["words"] == said["1"]["words"] == 9 * len(source.read_text(encoding="utf-8").split())
    assert verify(tmp_path / "3.e2v") == []
    alone, together = (open_artifact(tmp_path / f"{n}.e2v").arrays["output"] for n in (1, 3))
    # In whatever order the units end, what is learned is nearly the same.
    assert np.linalg.norm(together - alone) < 0.3 * np.linalg.norm(alone)


def test_threads_are_no_more_than_the_cores_have_a_use_for(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand would each have a unit under way when a signal comes."""
    monkeypatch.setattr("e2v.threads.available_cores", lambda: 2)
    had: list[int] = []
    real = Training.__init__

    def noting(self: Training, corpus: Any, config: Any, *others: Any) -> None:
        had.append(config.threads)
        real(self, corpus, config, *others)

    monkeypatch.setattr(Training, "__init__", noting)
    for threads in (1000, 9, 8):
        with hear() as said:
            trained(source, tmp_path / "m.e2v", threads=threads)
        told = f"threads {threads}: trained with 8, 4 for each core; more would only wait for one another"
        assert [message for _, message in said if "trained with" in message] == [told] * (threads > 8)
    assert had == [8, 8, 8]


def test_a_preset_fills_in_what_is_not_given(source: Path, tmp_path: Path) -> None:
    settings = trained(source, tmp_path / "model.e2v", preset="items")["settings"]
    assert settings["context"] == "set" and settings["negative"] == 16
    assert settings["dim"] == 6 and settings["epochs"] == 2


@pytest.mark.parametrize(
    ("content", "options", "error", "message"),
    [
        (b"", {}, InputError, "no words; the input is empty"),
        (b" \n\n", {}, InputError, "no words"),
        (b"a a a\n", {}, InputError, "vocabulary of 1"),
        (b"a b\n", {"min_count": 2}, InputError, "lower --min-count"),
        (b"a b\n", {"min_count": 0}, UsageError, "--min-count"),
        (b"a b\n", {"dim": 0}, UsageError, "--dim"),
        (b"a b\n", {"lr": -1.0}, UsageError, "--lr"),
        (b"a b\n", {"context": "set", "window": 3}, UsageError, "--window applies to --context window only"),
        (b"a b\n", {"loss": "softmax", "negative": 3}, UsageError, "--negative applies to"),
        (b"a b\n", {"subword": "6:3"}, UsageError, "--subword"),
        (b"a b\n", {"time_budget": "5"}, UsageError, "--time-budget takes a time"),
        (b"a b\n", {"time_budget": "5s"}, UsageError, "--epochs does not go with --time-budget"),
        (b"a b\n", {"checkpoint_every": "often"}, UsageError, "--checkpoint-every takes a time"),
        (b"a b\n", {"update": Path("m.e2v"), "preset": "best"}, UsageError, "--preset does not go"),
        (b"a b\n", {"init": Path("no.e2v")}, InputError, "no.e2v"),
        (b"a b\n", {"update": Path("no.e2v")}, InputError, "no.e2v"),
    ],
)
def test_what_is_refused(
    content: bytes, options: dict[str, Any], error: type[E2VError], message: str, tmp_path: Path
) -> None:
    (tmp_path / "text").write_bytes(content)
    with pytest.raises(error) as caught:
        trained(tmp_path / "text", tmp_path / "model.e2v", **options)
    assert message in str(caught.value.spelled(option_name))
    assert [path.name for path in tmp_path.iterdir()] == ["text"]


def test_an_output_without_a_folder_is_refused_before_any_work(source: Path, tmp_path: Path) -> None:
    with pytest.raises(E2VError, match=r"there is no folder .*none; mkdir -p"):
        trained(source, tmp_path / "none" / "model.e2v")


def test_a_time_budget_ends_the_run(source: Path, tmp_path: Path) -> None:
    settings = trained(source, tmp_path / "model.e2v", time_budget="0.2s", epochs=None)["settings"]
    assert settings["time_budget"] == 0.2 and "epochs" not in settings
    assert verify(tmp_path / "model.e2v") == []

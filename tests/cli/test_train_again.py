"""`e2v train` going on: after a signal, with new text, from known vectors; or not, where nothing changed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e2v import notices
from e2v.cli.shared.messages import tell
from e2v.errors import E2VError, InputError, OutputError, SettingError, UsageError
from e2v.settings import option_name
from e2v.store import open_artifact, verify
from e2v.training.engine.session import Session
from tests.commands import command
from tests.conftest import Run
from tests.training.small import WORDS, text


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text(text(80), encoding="utf-8")
    return path


@pytest.fixture
def model(source: Path) -> Path:
    output = source.with_name("model.e2v")
    trained(source, output)
    return output


def trained(inputs: str | Path, output: Path, **options: Any) -> None:
    small = {"dim": 6, "epochs": 2, "min_count": 1, "threads": 1, "progress": "none"}
    command("train", inputs=[str(inputs)], output=output, **{**small, **options})


def units_in(checkpoint: Path) -> int:
    return int(open_artifact(checkpoint, "checkpoint").provenance["state"]["units"])


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Until it holds; a process that ended before it did is the test's mistake."""
    deadline = time.monotonic() + 600
    while not condition():
        assert process.poll() is None, f"ended with {process.returncode} before it could be stopped"
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_run_killed_again_and_again_ends_as_if_it_had_not_been(run: Run, source: Path) -> None:
    """Each run is stopped as soon as it has got further than the one before."""
    source.write_text(text(3000), encoding="utf-8")
    epochs = 900  # as many units, of some 10 ms each
    command = ("train", "text.txt", "--min-count", "1", "--dim", "32", "--epochs", str(epochs),
               "--threads", "1", "--progress", "none", "-o", "model.e2v")  # fmt: skip
    folder = source.parent
    output, checkpoint = folder / "model.e2v", folder / "model.e2v.ckpt"
    older = (Path(__file__).parents[1] / "golden" / "model-1.e2v").read_bytes()
    output.write_bytes(older)
    done = 0
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        process = subprocess.Popen(
            [sys.executable, "-m", "e2v", *command, "--checkpoint-every", "0s", "--resume"],
            cwd=folder,
            stderr=subprocess.PIPE,
        )

        def further(least: int = done) -> bool:
            return checkpoint.exists() and units_in(checkpoint) > least

        wait_for(further, process)
        process.send_signal(number)
        process.send_signal(number)  # an impatient user changes nothing
        _, stderr = process.communicate(timeout=600)
        assert process.returncode == 75, stderr
        assert stderr.decode().splitlines()[-1] == (
            "e2v: interrupted; model.e2v.ckpt holds what was done; go on with --resume"
        )
        assert done < units_in(checkpoint) < epochs
        done = units_in(checkpoint)
        assert output.read_bytes() == older
        assert verify(checkpoint) == []
        assert sorted(path.name for path in folder.iterdir()) == ["model.e2v", "model.e2v.ckpt", "text.txt"]
    run(*command, "--resume")
    assert not checkpoint.exists()
    run(*command[:-2], "-o", "whole.e2v")
    assert output.read_bytes() == (folder / "whole.e2v").read_bytes()


def test_a_signal_while_text_is_read_leaves_nothing_behind(source: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "e2v", "train", "-"],
        cwd=source.parent,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    wait_for(lambda: any(source.parent.glob(".e2v*/*")), process)
    process.send_signal(signal.SIGTERM)
    _, stderr = process.communicate(timeout=600)
    assert process.returncode == 130 and stderr == b"e2v: interrupted\n"
    assert [path.name for path in source.parent.iterdir()] == ["text.txt"]


@pytest.fixture
def stopped(source: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model that is not there, and the checkpoint of the run that would have made it."""
    output = source.with_name("model.e2v")
    with monkeypatch.context() as patched:
        patched.setattr(Session, "finish", Session.save_checkpoint)
        trained(source, output, progress="none")
    assert not output.exists()
    return output


def test_another_run_does_not_resume_it(source: Path, stopped: Path) -> None:
    before = stopped.with_name("model.e2v.ckpt").read_bytes()
    with pytest.raises(SettingError) as caught:
        trained(source, stopped, resume=True, window=2, epochs=3, min_count=2)
    assert str(caught.value.spelled(option_name)).endswith(
        "another run: --window 5 there, 2 here; --epochs 2 there, 3 here; --min-count 1 there, 2 here; "
        "give the settings and input it was started with, or move it away"
    )
    source.write_text(text(80, seed=2), encoding="utf-8")
    with pytest.raises(InputError, match="another run: another text; give"):
        trained(source, stopped, resume=True)
    assert stopped.with_name("model.e2v.ckpt").read_bytes() == before


def test_a_run_that_was_stopped_at_its_very_end_is_finished(
    source: Path, stopped: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained(source, stopped, resume=True, progress="json")
    resumed = capsys.readouterr().err
    whole = source.with_name("whole.e2v")
    trained(source, whole, progress="json")
    assert stopped.read_bytes() == whole.read_bytes()
    measured = re.compile(r'"loss": ([0-9.]+)')
    assert measured.findall(resumed)[-1] == measured.findall(capsys.readouterr().err)[-1]


def test_a_run_that_begins_anew_puts_the_checkpoint_aside(
    source: Path, stopped: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "_listeners", [tell])
    checkpoint, aside = (stopped.with_name(f"model.e2v{end}") for end in (".ckpt", ".ckpt.old"))
    before = checkpoint.read_bytes()
    trained(source, stopped, progress="json", dim=7)
    said = capsys.readouterr().err
    assert f"model.e2v.ckpt, of a run that was stopped, is now {aside} (mv {aside} " in said
    assert (aside.read_bytes(), checkpoint.exists()) == (before, False)
    trained(source, stopped, progress="json", resume=True)
    assert f"starts at its beginning; {aside} is there, and is gone on" in capsys.readouterr().err
    assert aside.read_bytes() == before


def test_of_two_checkpoints_of_a_run_the_further_one_is_kept(
    source: Path, stopped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever begins anew twice has lost nothing, but where the second run is another one."""
    checkpoint, aside = (stopped.with_name(f"model.e2v{end}") for end in (".ckpt", ".ckpt.old"))
    further = checkpoint.read_bytes()
    for dim, kept in ((6, True), (6, True), (7, True), (7, False)):
        with monkeypatch.context() as patched:
            patched.setattr(Session, "run", lambda *_: (_ for _ in ()))
            patched.setattr(Session, "finish", Session.save_checkpoint)
            trained(source, stopped, dim=dim)
        assert units_in(checkpoint) == 0
        assert (aside.read_bytes() == further) is kept
    checkpoint.unlink()
    aside.write_text("precious")
    trained(source, stopped)  # without a checkpoint there is nothing to put aside
    checkpoint.write_bytes(further)
    with pytest.raises(E2VError, match=r"ckpt\.old is "):
        trained(source, stopped)
    assert (checkpoint.read_bytes(), aside.read_text()) == (further, "precious")


def test_where_a_run_goes_on_is_said(
    run: Run, source: Path, stopped: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "_listeners", [tell])
    total = open_artifact(stopped.with_name("model.e2v.ckpt")).provenance["state"]["total_words"]
    done = f"100% ({total:,} of {total:,} words)"
    assert f"\ndone\t{done}\n" in run("info", "model.e2v.ckpt").stdout
    trained(source, stopped, progress="json", resume=True)
    assert f"model.e2v.ckpt: goes on at {done}" in capsys.readouterr().err


def test_init_starts_from_known_vectors(source: Path, model: Path) -> None:
    """With hardly any learning, they stay almost where they were."""
    output = source.with_name("next.e2v")
    trained(source, output, init=model, lr=1e-6, epochs=1)
    old, new = open_artifact(model), open_artifact(output)
    for name in ("input", "output"):
        np.testing.assert_allclose(new.arrays[name], old.arrays[name], atol=1e-4)
    assert new.provenance["start"] == {"digest": old.digest}


@pytest.mark.parametrize("option", ["--init", "--update"])
def test_other_dimensions_are_told_before_the_text_is_read(
    run: Run, source: Path, model: Path, option: str
) -> None:
    dim = open_artifact(model).arrays["input"].shape[1]
    refused = run(
        "train", source, option, model, "--dim", dim + 1, "-o", "new", "--progress", "json", check=False
    )
    (error,) = map(json.loads, refused.stderr.splitlines())  # no progress has been made
    assert error["error"] == f"{model} has {dim} dimensions, and this run {dim + 1}"
    assert (error["hint"], refused.code) == (f"--dim {dim}", 2)


@pytest.mark.parametrize("in_place", [False, True])
def test_update_keeps_ids_adds_words_and_adds_counts(source: Path, in_place: bool) -> None:
    first = source.with_name("first.e2v")
    trained(source, first, subword="2:3", dim=5, window=3)
    old = open_artifact(first)
    more = source.with_name("more.txt")
    more.write_text("newword cat newword dogs rare newword catly\n" * 3 + "once cat\n", encoding="utf-8")
    output = first if in_place else source.with_name("second.e2v")
    trained(more, output, update=first, min_count=3, dim=None, lr=1e-6)
    new = open_artifact(output)
    assert verify(output) == []
    assert list(new.keys) == [*old.keys, "newword", "rare"]  # once is below --min-count
    counts = dict(zip(new.keys, new.arrays["counts"].tolist(), strict=True))
    before = dict(zip(old.keys, old.arrays["counts"].tolist(), strict=True))
    gained = {"newword": 9, "rare": 3, "cat": 4, "dogs": 3, "catly": 3}
    assert counts == {word: before.get(word, 0) + gained.get(word, 0) for word in counts}
    settings = new.provenance["settings"]
    assert (settings["dim"], settings["window"], settings["subword"]) == (5, 3, "2:3")
    for name in ("input", "output"):
        np.testing.assert_allclose(new.arrays[name][: len(WORDS)], old.arrays[name], atol=1e-4)


def test_update_wants_text(run: Run, source: Path, model: Path) -> None:
    run("vocab", "text.txt", "-o", "corpus.e2v")
    with pytest.raises(UsageError, match="update applies to text"):
        trained(source.with_name("corpus.e2v"), model, update=model, min_count=None)


def test_update_has_its_own_start(source: Path, model: Path) -> None:
    with pytest.raises(UsageError, match="init does not go with update"):
        trained(source, model, update=model, init=model)


class Runs:
    """Runs with --if-changed, and whether each of them did anything."""

    def __init__(self, output: Path) -> None:
        self.output = output

    def __call__(self, inputs: Path, **options: Any) -> bool:
        before = self.output.stat().st_ino
        trained(inputs, self.output, if_changed=True, **options)
        return self.output.stat().st_ino != before


def test_if_changed_does_nothing_where_nothing_changed(source: Path, model: Path) -> None:
    runs = Runs(model)
    before = model.read_bytes()
    os.utime(model, (0, 0))
    assert not runs(source) and model.read_bytes() == before
    assert model.stat().st_mtime > 0  # programs such as make take it for new
    assert not runs(source, threads=2)  # which shape no result that can be had again
    assert runs(source, window=4) and not runs(source, window=4)
    assert runs(source) and not runs(source)
    assert runs(source, max_vocab=20) and runs(source)
    source.write_text(text(80, seed=2), encoding="utf-8")
    assert runs(source) and not runs(source)


def test_if_changed_looks_at_what_a_run_starts_from(source: Path, model: Path) -> None:
    runs = Runs(model)
    start, other = source.with_name("start.e2v"), source.with_name("other.e2v")
    trained(source, start)
    trained(source, other, seed=2)
    assert runs(source, init=start) and not runs(source, init=start)
    assert runs(source, init=other)
    assert runs(source, update=other) and not runs(source, update=other)
    assert runs(source, init=other) and runs(source)
    assert runs(source, vocab=start, min_count=None) and not runs(source, vocab=start, min_count=None)


def test_an_update_in_place_is_not_done_twice_with_the_same_text(source: Path, model: Path) -> None:
    runs = Runs(model)
    more = source.with_name("more.txt")
    more.write_text(text(30, seed=5), encoding="utf-8")
    assert runs(more, update=model) and not runs(more, update=model)
    more.write_text(text(30, seed=6), encoding="utf-8")
    assert runs(more, update=model) and not runs(more, update=model)


def test_if_changed_with_a_corpus(run: Run, source: Path) -> None:
    corpus = source.with_name("corpus.e2v")
    output = source.with_name("model.e2v")
    run("vocab", "text.txt", "-o", corpus, "--min-count", "1")
    trained(corpus, output, min_count=None)
    runs = Runs(output)
    assert not runs(corpus, min_count=None)
    source.write_text(text(81), encoding="utf-8")
    run("vocab", "text.txt", "-o", corpus, "--min-count", "1")
    assert runs(corpus, min_count=None)


def test_if_changed_replaces_what_is_empty_and_no_other_file(source: Path, tmp_path: Path) -> None:
    output = tmp_path / "model.e2v"
    output.write_bytes(b"")
    trained(source, output, if_changed=True)
    assert verify(output) == []
    output.write_bytes(b"something else altogether")
    with pytest.raises(OutputError, match="would be overwritten"):
        trained(source, output, if_changed=True)
    assert output.read_bytes() == b"something else altogether"


def test_if_changed_cannot_read_stdin_twice(model: Path) -> None:
    with pytest.raises(UsageError, match="stdin"):
        trained("-", model, if_changed=True)


def test_if_changed_needs_its_inputs(source: Path, model: Path) -> None:
    source.unlink()
    with pytest.raises(InputError, match="no such file"):
        trained(source, model, if_changed=True)

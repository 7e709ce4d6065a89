"""`e2v tower` as a user stops it and goes on with it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import e2v
from e2v.store import open_artifact
from tests.builders import write_tastes
from tests.conftest import Run

SMALL = ("--dim", "8", "--threads", "1", "--batch", "16", "--validation", "0.5", "--lr", "0.3")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_tastes(tmp_path / "corpus.e2v")


def units_in(checkpoint: Path) -> int:
    return int(open_artifact(checkpoint, "checkpoint").provenance["state"]["units"])


def test_a_signal_saves_a_checkpoint_and_the_run_goes_on(run: Run, corpus: Path, tmp_path: Path) -> None:
    """Each run is stopped as soon as it has got further than the one before."""
    command = ("tower", corpus, *SMALL, "--epochs", "60", "--patience", "60", "-o", "model.e2v")
    checkpoint, done = tmp_path / "model.e2v.ckpt", 0
    for number in (signal.SIGTERM, signal.SIGINT):
        process = subprocess.Popen(
            [sys.executable, "-m", "e2v", *map(str, command), "--resume", "--checkpoint-every", "0s"],
            cwd=tmp_path,
            stderr=subprocess.PIPE,
        )
        deadline = time.monotonic() + 120
        while not (checkpoint.exists() and units_in(checkpoint) > done):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.005)
        process.send_signal(number)
        said = process.communicate(timeout=60)[1].decode()
        assert process.returncode == 75, said
        assert "model.e2v.ckpt holds what was done; go on with --resume" in said
        assert not (tmp_path / "model.e2v").exists()
        done = units_in(checkpoint)
        assert f" of {60 * 80:,} examples)" in run("info", checkpoint).stdout
    result = run(*command, "--resume", "--progress", "bar")
    assert f"of {60 * 80:,} examples)" in result.stderr
    assert not checkpoint.exists()
    run(*command[:-1], "whole.e2v")
    assert (tmp_path / "model.e2v").read_bytes() == (tmp_path / "whole.e2v").read_bytes()


def test_a_run_that_begins_anew_puts_the_checkpoint_aside(run: Run, corpus: Path, tmp_path: Path) -> None:
    command = ("tower", corpus, *SMALL, "--epochs", "2", "-o", "model.e2v")
    result = run(*command, "--resume", "--progress", "bar")
    assert "model.e2v.ckpt: no such checkpoint, so the run starts at its beginning" in result.stderr
    checkpoint = tmp_path / "model.e2v.ckpt"
    golden = Path(__file__).parents[2] / "golden" / "checkpoint-1.e2v"
    checkpoint.write_bytes(golden.read_bytes())
    refused = run(*command, "--resume", check=False)
    assert refused.code != 0 and "another run" in refused.stderr
    assert "is now" in run(*command, "--progress", "bar").stderr
    assert (tmp_path / "model.e2v.ckpt.old").read_bytes() == golden.read_bytes()
    checkpoint.write_text("precious")
    refused = run(*command, check=False)
    assert refused.code == 2 and checkpoint.read_text() == "precious"


def test_time_ends_a_run(run: Run, corpus: Path, tmp_path: Path) -> None:
    run("tower", corpus, *SMALL, "--time-budget", "0.2s", "--progress", "json", "-o", "model.e2v")
    settings = open_artifact(tmp_path / "model.e2v").provenance["settings"]
    assert settings["time_budget"] == 0.2 and "epochs" not in settings
    refused = run("tower", corpus, "--time-budget", "2s", "--epochs", "3", check=False)
    assert refused.code == 2 and "--epochs" in refused.stderr and "--time-budget" in refused.stderr


def test_what_is_made_already_is_left_alone(run: Run, corpus: Path, tmp_path: Path) -> None:
    command = ("tower", corpus, *SMALL, "--epochs", "2", "-o", "model.e2v", "--progress", "json")
    run(*command)
    before = (tmp_path / "model.e2v").read_bytes()
    result = run(*command, "--if-changed")
    assert "unchanged" in result.stderr and (tmp_path / "model.e2v").read_bytes() == before
    assert json.loads(run(*command, "--if-changed", "--seed", "2").stderr.splitlines()[-1])["users"] == 80


def test_both_doors_go_on_in_the_same_way(run: Run, corpus: Path, tmp_path: Path) -> None:
    settings = {"dim": 8, "threads": 1, "batch": 16, "validation": 0.5, "lr": 0.3, "epochs": 3}
    run("tower", corpus, *SMALL, "--epochs", "3", "-o", "shell.e2v")
    e2v.tower(corpus, tmp_path / "python.e2v", resume=True, checkpoint_every="1e", **settings)
    assert (tmp_path / "python.e2v").read_bytes() == (tmp_path / "shell.e2v").read_bytes()

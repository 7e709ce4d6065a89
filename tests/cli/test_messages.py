"""What is said on stderr: quietly, verbosely, as JSON, and into a file."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.builders import write_tastes
from tests.conftest import Run

MAKING = {
    "vocab": "vocab text --min-count 1 -o out.e2v",
    "train": "train text --min-count 1 --dim 4 --sample 0 --epochs 1 --threads 1 -o out.e2v",
    "events": "events log.csv -o out.e2v",
    "svd": "svd corpus.e2v --dim 2 -o out.e2v",
    "split": "split corpus.e2v --by random -o out.e2v --held-out held",
    "phrases": "phrases text --min-count 1 -o out.e2v",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "text").write_text("a b a c\nb c a\n" * 30)
    (tmp_path / "log.csv").write_text("user,item\nu,1\nu,2\nu\nv,1\n")
    write_tastes(tmp_path / "corpus.e2v")
    return tmp_path


@pytest.mark.parametrize("line", MAKING.values(), ids=MAKING)
def test_every_line_is_json_and_the_last_is_the_result(line: str, run: Run, folder: Path) -> None:
    said = [json.loads(each) for each in run(*line.split(), "-v", "--progress", "json").stderr.splitlines()]
    *steps, result = [each for each in said if "task" in each and "output" in each]
    assert result == said[-1] and result["output"] == "out.e2v"
    assert all(step["output"] is None for step in steps)  # a corpus of the text, for the moment
    assert any("detail" in each for each in said)
    refused = run("svd", "text", "--progress", "json", check=False)
    (error,) = map(json.loads, refused.stderr.splitlines())
    assert error["exit_code"] == refused.code == 1 and error["error"].startswith("text is not an .e2v file")


@pytest.mark.parametrize("quiet", [["-q"], ["--progress", "none"]])
def test_quiet_leaves_what_was_left_out(quiet: list[str], run: Run, folder: Path) -> None:
    assert run("vocab", "text", "--min-count", "1", *quiet, "-o", "text.e2v").stderr == ""
    assert "log.csv, line 4" in run("events", "log.csv", *quiet, "-o", "log.e2v").stderr


def test_a_log_file_has_what_quiet_leaves_out(run: Run, folder: Path) -> None:
    logged = []
    for number, quiet in enumerate(([], ["-q"])):
        said = run("events", "log.csv", *quiet, "-o", "log.e2v", "--log-file", f"{number}.log").stderr
        lines = (folder / f"{number}.log").read_text().splitlines()
        assert len(said.splitlines()) == (1 if quiet else len(lines))
        logged.append([line.partition(" ")[2] for line in lines[:-1]])  # the last has times
    assert logged[0] == logged[1] and any(line.startswith("log.e2v: ") for line in logged[0])


def test_verbose_names_the_settings(run: Run, folder: Path) -> None:
    said = run(*MAKING["train"].split(), "-v").stderr
    assert "e2v: training: dim=4 window=5 epochs=1 threads=1 seed=1" in said


def test_a_log_file_grows_and_no_other_file_is_touched(run: Run, folder: Path) -> None:
    said = [run(*MAKING["svd"].split(), "--log-file", "e2v.log").stderr for _ in range(2)]
    lines = (folder / "e2v.log").read_text().splitlines()
    assert [line.partition(" ")[2] for line in lines] == "".join(said).splitlines()
    before = (folder / "corpus.e2v").read_bytes(), (folder / "text").read_bytes()
    for other in ("corpus.e2v", "text"):
        refused = run("svd", "corpus.e2v", "--dim", "2", "--log-file", other, check=False)
        assert (refused.code, "is no log of e2v" in refused.stderr) == (1, True)
    assert ((folder / "corpus.e2v").read_bytes(), (folder / "text").read_bytes()) == before
    for _ in range(2):  # no log is left that would be in the way
        refused = run("svd", "corpus.e2v", "-o", "new.e2v", "--log-file", "new.e2v", check=False)
        assert (refused.code, "is the log file and would be" in refused.stderr) == (2, True)
    assert not (folder / "new.e2v").exists()


def test_a_log_has_times_with_their_offset_and_is_json_where_that_is_asked_for(
    run: Run, folder: Path
) -> None:
    env, offset = {"TZ": "IST-5:30"}, timedelta(hours=5, minutes=30)
    told = run(*MAKING["vocab"].split(), "--log-file", "words.log", env=env).stderr
    when, _, line = (folder / "words.log").read_text().splitlines()[-1].partition(" ")
    assert datetime.fromisoformat(when).utcoffset() == offset and line == told.splitlines()[-1]

    asked = ("--progress", "json", "--log-file", "json.log")
    said = run("svd", "no\x7fthing\u0085", *asked, check=False).stderr
    said += run(*MAKING["vocab"].split(), "-v", *asked, env=env).stderr
    logged = [json.loads(each) for each in (folder / "json.log").read_text().splitlines()]
    times = [datetime.fromisoformat(each.pop("time")) for each in logged]
    assert logged == [json.loads(each) for each in said.splitlines()]
    assert logged[0]["error"].startswith("no\x7fthing\u0085: ") and logged[-1]["task"] == "vocab"
    assert times[-1].utcoffset() == offset


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this system")  # noqa: PTH110
def test_a_log_that_cannot_be_written_stops_nothing(run: Run, folder: Path) -> None:
    result = run(*MAKING["svd"].split(), "--log-file", "/dev/full")
    assert "the log file cannot be written any more: No space left" in result.stderr
    assert (folder / "out.e2v").exists()

"""The script of the page on nightly jobs, in a folder of its own, with somebody who gets the mail."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from e2v.store import open_artifact
from tests.commands import command_line
from tests.docs.test_tutorial import DOCS, commands_of
from tests.training.small import WORDS, text

#: Scores without a meaning.
PAIRS = "".join(f"{one}\t{WORDS[-1]}\t{number % 5}\n" for number, one in enumerate(WORDS[:9]))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (script,) = re.findall(r"```sh\n(.*?)```", (DOCS / "nightly.md").read_text(), flags=re.DOTALL)
    Path("nightly.sh").write_text(script.replace("pairs=.3", "pairs=-1").replace("overlap=.5", "overlap=-1"))
    programs = {"e2v": f'exec "{sys.executable}" -m e2v "$@"', "mail": 'echo "$2" >> mail; cat > /dev/null'}
    Path("bin").mkdir()
    for name, does in programs.items():
        path = Path("bin") / name
        path.write_text(f"#!/bin/sh\n{does}\n")
        path.chmod(0o755)
    Path("text").write_text(text(80))
    Path("new.txt").write_text(text(20, seed=2) + "new words\n" * 5)
    Path("pairs.tsv").write_text(PAIRS)
    command_line("train text -o served.e2v --dim 6 --epochs 1 --min-count 1 --threads 1 --progress none")
    return tmp_path


def started(folder: Path, **more: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}", **more}
    return subprocess.Popen(["bash", "nightly.sh", str(folder)], env=environment, start_new_session=True)


def nightly(folder: Path) -> int:
    return started(folder).wait()


def before(command: str, does: str) -> None:
    """Have the script do something before a command of e2v is run."""
    path = Path("bin/e2v")
    path.write_text(path.read_text().replace("exec", f'[ "$1" != {command} ] || {{ {does}; }}\nexec', 1))


def learned() -> int:
    return int(open_artifact("served.e2v").arrays["counts"].sum())


def put_away() -> list[str]:
    return sorted(path.read_text() for path in Path("done").iterdir())


def test_a_night_is_published_or_held_back(folder: Path) -> None:
    old, night = open_artifact("served.e2v"), Path("new.txt").read_text()
    more = text(20, seed=3)
    Path("more").write_text(more)
    before("align", "cat more >> new.txt")  # which comes in meanwhile
    assert nightly(folder) == 0, Path("nightly.log").read_text()
    after = open_artifact("served.e2v")
    assert list(after.keys) == [*old.keys, "new", "words"] and after.made["command"] == "align"
    assert "overlap of neighbours" in Path("nightly.log").read_text()
    assert not Path("mail").exists() and not Path("taken.txt").exists()
    assert put_away() == [night] and Path("new.txt").read_text() == more

    script = Path("nightly.sh").read_text()
    Path("nightly.sh").write_text(script.replace("pairs=-1", "pairs=.999"))
    assert nightly(folder) == 4
    assert open_artifact("served.e2v").digest == after.digest
    assert Path("taken.txt").read_text() == more
    assert Path("mail").read_text() == "words: a gate held last night's vectors back\n"
    Path("aligned.e2v").rename("passed.e2v")  # somebody decides
    Path("new.txt").unlink()
    words = learned()
    assert nightly(folder) == 0 and learned() == words + len(more.split())
    assert put_away() == sorted([more, night])
    assert nightly(folder) == 0  # without new text there is nothing to do


def test_a_night_that_is_stopped_is_gone_on_with(folder: Path) -> None:
    """By a signal while it trains, and then between the two steps of what is published."""
    night = Path("new.txt").read_text() * 40
    Path("new.txt").write_text(night)
    script = Path("nightly.sh").read_text().replace("--lr", "--epochs 500 --checkpoint-every 0s --lr")
    Path("nightly.sh").write_text(script)
    words = learned()
    process = started(folder)
    deadline = time.monotonic() + 600
    while not Path("night.e2v.ckpt").exists():
        assert process.poll() is None and time.monotonic() < deadline, Path("nightly.log").read_text()
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGTERM)
    assert process.wait() == 75
    assert learned() == words and not Path("mail").exists()

    Path("new.txt").write_text("of the day after\n")
    Path("bin/mv").write_text(
        '#!/bin/sh\n[ "$1" != passed.e2v ] || { kill -9 $PPID; exit; }\nexec /bin/mv "$@"\n'
    )
    Path("bin/mv").chmod(0o755)
    assert nightly(folder) == -signal.SIGKILL
    assert "night.e2v.ckpt: goes on at" in Path("nightly.log").read_text()
    assert put_away() == [night] and learned() == words
    Path("bin/mv").unlink()
    Path("new.txt").unlink()
    assert nightly(folder) == 0
    assert learned() == words + len(night.split())
    assert put_away() == [night]


def test_the_other_commands_succeed(folder: Path) -> None:
    commands = commands_of("nightly.md")
    Path("aligned.e2v").write_bytes(Path("served.e2v").read_bytes())
    assert len(commands) == 2
    for command in commands:
        command_line(command.removeprefix("e2v "))
    assert open_artifact("frozen.e2v").made["frozen"] == {"digest": open_artifact("served.e2v").digest}

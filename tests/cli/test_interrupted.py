"""What is interrupted while it writes, or meets another run, or finds no place: nothing is left or lost."""

from __future__ import annotations

import os
import resource
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import e2v
from e2v.errors import OutputError
from e2v.store import verify
from tests.cli.conftest import content
from tests.commands import command as run_here
from tests.conftest import Run


def test_two_trainings_do_not_share_an_output(run: Run, folder: Path) -> None:
    """The second is told who has it, a kill ends the first, and the next clears what it has left."""
    (folder / "big").write_text("a b c d e f g h\n" * 3000)
    command = ("train", "big", "-o", "m.e2v", "--dim", "64", "--epochs", "100000", "--progress", "none",
               "--checkpoint-every", "0s", "--min-count", "1")  # fmt: skip
    process = subprocess.Popen([sys.executable, "-m", "e2v", *command], cwd=folder)
    try:
        wait_for((folder / "m.e2v.ckpt").exists)
        for second in ("train text -o m.e2v", "svd corpus.e2v -o m.e2v", "vocab text -o m.e2v.ckpt"):
            refused = run(*second.split(), check=False)
            assert refused.code == 1 and refused.stderr.count("\n") == 1
            assert f"another run: e2v train, process {process.pid} on " in refused.stderr
    finally:
        process.kill()
        process.wait()
    assert [path for path in folder.iterdir() if path.name.startswith(".e2v-m.e2v.")]
    run("train", "text", "-o", "m.e2v", "--dim", "4", "--min-count", "1")
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 600
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_little_is_imported_before_there_is_a_handler() -> None:
    """Until then a signal is Python's, which answers with a traceback. `-S`: `site` imports what it likes."""
    told = "import e2v.cli.shared.signals, sys; print(*{'enum', 're', 'signal', 'typing'} & {*sys.modules})"
    environment = os.environ | {"PYTHONPATH": str(Path(e2v.__file__).parents[1])}
    command = [sys.executable, "-S", "-c", told]
    found = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert found.stdout == "\n"


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_nothing_behind(folder: Path, number: int) -> None:
    before = content(folder)
    process = subprocess.Popen(
        [sys.executable, "-m", "e2v", "phrases", "-", "-o", "new.e2v"],
        cwd=folder, stdin=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    wait_for(lambda: any(folder.glob(".e2v*/*")))
    process.send_signal(number)
    process.send_signal(number)
    _, stderr = process.communicate(timeout=600)
    assert (process.returncode, stderr) == (130, b"e2v: interrupted\n")
    assert content(folder) == before and not list(folder.glob(".e2v*"))


@pytest.mark.parametrize("lose", ["Held()", "print_error()"])
def test_a_signal_that_is_lost_comes_again(lose: str) -> None:
    """A KeyboardInterrupt has nowhere to go in a destructor, and C code may print it and go on."""
    program = (
        "import os, signal, sys, time\n"
        "from e2v.cli.shared import signals\n"
        "def stop(): os.kill(os.getpid(), signal.SIGTERM)\n"
        "class Held:\n"
        "    def __del__(self): stop()\n"
        "class Other:\n"
        "    def __del__(self): raise ValueError('another')\n"
        "def print_error():  # as PyErr_Print\n"
        "    try: stop()\n"
        "    except KeyboardInterrupt as error: sys.excepthook(type(error), error, error.__traceback__)\n"
        "signals.interrupt()\n"
        "try:\n"
        "    Other()\n"
        f"    {lose}\n"
        "    time.sleep(60)\n"
        "except KeyboardInterrupt:\n"
        "    print(signals.interrupted())\n"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
    assert (found.returncode, found.stdout) == (0, "True\n")
    assert "ValueError: another" in found.stderr and "KeyboardInterrupt" not in found.stderr


def test_what_fails_because_of_a_signal_that_was_lost_is_interrupted() -> None:
    program = (
        "import os, signal, time\n"
        "from e2v.cli import app\n"
        "from e2v.errors import MissingExtraError\n"
        "class Held:\n"
        "    def __del__(self): os.kill(os.getpid(), signal.SIGTERM)\n"
        "app.signals.interrupt()\n"
        "Held()\n"
        "try: app.fail(MissingExtraError('this', 'pyarrow'))\n"
        "except app.typer.Exit as left: print(left.exit_code)\n"
        "time.sleep(.1)\n"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
    assert (found.returncode, found.stdout, found.stderr) == (0, "130\n", "e2v: interrupted\n")


@pytest.mark.parametrize("code", [130, 75, 1, 0, None, "a message"])
def test_the_interpreter_is_not_taken_down(code: int | str | None) -> None:
    """There a signal would find no handler, and threads the code gone that they run."""
    program = (
        "import atexit, os, sys, e2v.cli.app as app\n"
        "class Global:\n"
        "    def __del__(self, write=os.write): write(1, b'down')\n"
        "sys.held = Global()\n"
        "atexit.register(os.write, 1, b'tidied ')\n"
        f"app.app = lambda prog_name: sys.exit({code!r})\n"
        "print('printed ', end='')\n"
        "app.main()\n"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert found.returncode == (1 if isinstance(code, str) else code or 0)
    assert found.stdout.split() == ["printed", "tidied"] + ["down"] * isinstance(code, str)


def test_what_the_system_lacks_is_said_in_a_line(tmp_path: Path) -> None:
    program = (
        "import sys, threading, e2v.cli.app as app, e2v.jobs.svd\n"
        'def refused(*_): raise RuntimeError("can\'t start new thread")\n'
        "e2v.jobs.svd.open_corpus = refused\n"
        "sys.argv[1:] = ['svd', 'corpus.e2v']\n"
        "app.main()\n"
    )
    found = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert found.returncode == 1
    assert found.stderr == "e2v: no thread can be started; raise the limit: ulimit -v, or ulimit -u\n"
    gone = tmp_path / "gone"
    gone.mkdir()
    line = f"rmdir {shlex.quote(str(gone))}; {sys.executable} -m e2v vocab -"
    left = subprocess.run(["bash", "-c", line], cwd=gone, capture_output=True, text=True, input="a b\n")
    assert left.returncode == 1
    assert left.stderr == "e2v: the folder that you are in has been removed; cd to another\n"


def test_nohup_is_heeded(folder: Path) -> None:
    """A hang-up that was ignored when the command began is ignored by it."""
    command = shlex.join([sys.executable, "-m", "e2v", "train", "-", "-o", "m.e2v", "--min-count", "1"])
    process = subprocess.Popen(
        ["bash", "-c", f"trap '' HUP; exec {command} --dim 4"], cwd=folder, stdin=subprocess.PIPE
    )
    wait_for(lambda: any(folder.glob(".e2v*/*")))
    process.send_signal(signal.SIGHUP)
    process.communicate(b"a b c d\n" * 20, timeout=600)
    assert process.returncode == 0 and verify(folder / "m.e2v") == []


def gone(path: Path, *_: object) -> None:
    raise OutputError(f"cannot write {path}: No space left on device", "make room")


def test_a_model_that_cannot_be_written_after_all_leaves_a_checkpoint(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from e2v.training.word2vec.training import Training

    with monkeypatch.context() as patched:
        patched.setattr(Training, "save", lambda self, path, made: gone(path))
        with pytest.raises(OutputError, match=r"make room; .*m\.e2v\.ckpt holds what was done, and resume"):
            run_here(
                "train", inputs=[str(folder / "text")], output=folder / "m.e2v", dim=4, min_count=1, threads=1
            )
    settings = ("--dim", "4", "--min-count", "1", "--threads", "1")
    resumed = run("train", folder / "text", "-o", "m.e2v", *settings, "--resume")
    assert "no such checkpoint" not in resumed.stderr
    run("train", folder / "text", "-o", "whole.e2v", *settings)
    assert (folder / "m.e2v").read_bytes() == (folder / "whole.e2v").read_bytes()


@pytest.mark.parametrize("command", ["train", "tower"])
def test_or_it_is_kept_elsewhere(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """The folder goes away while it is trained, so that there is no place for a checkpoint either."""
    from e2v.training.engine.session import Session

    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    home = folder / "home"
    home.mkdir()
    real = Session.run

    def train_and_lose(*arguments: object) -> Iterator[object]:
        yield from real(*arguments)
        home.rename(folder / "renamed")

    monkeypatch.setattr(Session, "run", train_and_lose)
    inputs = folder / "corpus.e2v"
    with pytest.raises(OutputError, match=r"there is no folder .*; the model is in ") as caught:
        if command == "train":
            run_here("train", inputs=[str(inputs)], output=home / "m.e2v", dim=4, sample=0)
        else:
            run_here("tower", corpus=inputs, output=home / "m.e2v", dim=4)
    (kept,) = elsewhere.glob("*/m.e2v")
    assert str(kept) in str(caught.value) and verify(kept) == []


def test_every_full_disk_is_one_line(run: Run, folder: Path) -> None:
    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    before = content(folder)
    for command in ("export known.e2v --to sqlite -o x", "export known.e2v --to jsonl -o x",
                    "vocab text -o x", "svd corpus.e2v --dim 2 -o x", "phrases text -o x",
                    "train text -o x"):  # fmt: skip
        run(*command.split())  # so that compiled code need not be written
        (folder / "x").unlink()
        done = subprocess.run(
            [sys.executable, "-m", "e2v", *command.split()],
            cwd=folder, capture_output=True, text=True, preexec_fn=limited,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
        assert done.returncode == 1 and done.stderr.count("\n") == 1, done.stderr
        assert "cannot write" in done.stderr
    assert content(folder) == before

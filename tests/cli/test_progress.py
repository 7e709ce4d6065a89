"""News of what takes long: the line on a terminal of any width, words, JSON, and the time at the end."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
import threading
from collections.abc import Iterator

import pytest

from e2v.cli.shared import messages, progress, terminal
from e2v.cli.shared.bar import bar_line, spinner_line
from e2v.cli.shared.numbers import amount, clock, figure, short
from e2v.cli.shared.progress import ProgressDisplay
from e2v.cli.shared.stopwatch import Stopwatch
from e2v.kernels import compiling
from e2v.progress import Progress, reported, typing
from tests.builders import write_tastes
from tests.conftest import Run

NOTES = ["8.05 M words/s", "loss 2.301", "lr 0.01234"]


class Clock:
    """Time that passes when it is told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Screen(io.StringIO):
    """A terminal of one line: what stands on it, and whether it ever was too narrow."""

    def isatty(self) -> bool:
        return True

    def lines(self) -> list[str]:
        """What was drawn, one after the other."""
        drawn = (re.sub(r"\x1b\[[?;\d]*[A-Za-z]", "", line).rstrip() for line in self.getvalue().split("\r"))
        return [line for line in drawn if line]


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120, 200])
def test_the_name_and_the_time_stay_and_nothing_wraps(width: int) -> None:
    for share in (0, 0.004, 0.5, 1, 1.2):
        line = bar_line("training", share, "1:02:03 left" if width > 20 else "0:09 left", NOTES, width).plain
        assert len(line) < width and line.startswith("training") and " left" in line
    spun = spinner_line(["compiling for this CPU, once", "compiling"], "0:05", ["400 words"], width, 3).plain
    assert len(spun) < width and spun[2:].startswith("compiling") and "0:05" in spun


def test_notes_go_first_then_the_bar_gets_shorter() -> None:
    lines = {width: bar_line("training", 0.5, "1:23 left", NOTES, width).plain for width in range(27, 140)}
    shown = {width: sum(note in line for note in NOTES) for width, line in lines.items()}
    assert list(shown.values()) == sorted(shown.values()) and {*shown.values()} == {0, 1, 2, 3}
    assert all(lines[width].count("━") >= 8 for width in lines if shown[width])
    assert all("50%" in line for line in lines.values())
    assert "━" in lines[40] and "━" not in lines[28]


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (short(999_999), "1.00 M"), (short(128_800), "129 k"), (short(1), "1"), (short(0), "0"),
        (short(0.25), "0.25"), (short(12_300_000), "12.3 M"), (amount(97_000_000, "bytes"), "97 MB"),
        (amount(12, "bytes"), "12 B"), (amount(1234, "words"), "1.23 k words"), (figure(128_800), "129 k"),
        (figure(9_999), "9,999"), (figure(2.3), "2.300"), (clock(0.2), "0:01"), (clock(3_723), "1:02:03"),
    ],
)  # fmt: skip
def test_numbers_are_short(said: str, wanted: str) -> None:
    assert said == wanted


def test_seconds_are_summed_by_task_and_compiling_is_one() -> None:
    now = Clock()
    watch = Stopwatch(now)

    def after(seconds: float, task: str, done: int = 0, total: int | None = None) -> None:
        now.now += seconds
        watch.report(Progress(task, "words", done, total))

    after(1, "reading")
    now.now += 2
    watch.compiling(begins=True)
    after(3, "reading", 10)  # advances: compiled on the side
    after(4, "training")
    now.now += 5
    assert watch.waits_for_compiler
    watch.compiling(begins=False)
    after(1, "training", 0, 100)
    after(10, "training", 25, 100)
    assert watch.rate() == pytest.approx(25 / 11) and watch.left() == pytest.approx(33)
    now.now += 3
    assert watch.left() == pytest.approx(30)
    watch.report(Progress("training", "words", 25, None, left=7.0))
    now.now += 2
    assert watch.left() == pytest.approx(5)
    after(0, "reading", 5)  # which goes on
    now.now += 6
    watch.stop()
    assert {name: step.seconds for name, step in watch.steps.items()} == {
        "starting": 1,
        "reading": 2 + 3 + 4 + 6,
        "training": 1 + 10 + 3 + 2,
        "compiling": 5,
    }
    assert watch.steps["training"].counted == 25


def test_parts_are_reported_when_they_are_done() -> None:
    seen: list[Progress] = []
    parts = list(reported(["ab", "c"], seen.append, "reading", "words", 3))
    assert parts == ["ab", "c"] and [each.done for each in seen] == [0, 2, 3]


@contextlib.contextmanager
def shown(
    monkeypatch: pytest.MonkeyPatch, *, mode: str = "auto", term: str = "xterm", width: int = 60
) -> Iterator[tuple[Screen, ProgressDisplay, Clock]]:
    """A display on a screen; its thread is told when to look, by `look`."""
    screen, now = Screen(), Clock()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr(messages._messages, "mode", mode)
    monkeypatch.setattr(progress, "_REDRAWN", 1000)
    monkeypatch.setattr(progress.time, "monotonic", now)
    monkeypatch.setattr(Stopwatch.__init__, "__defaults__", (now,))
    with ProgressDisplay() as display:
        yield screen, display, now


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_a_terminal_has_one_line_that_is_gone_at_the_end(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    with shown(monkeypatch, width=width) as (screen, display, now):
        display(Progress("training", "words", 0, 1000))
        display._draw()
        assert screen.getvalue() == ""  # too early
        now.now += 10
        display(Progress("training", "words", 250, 1000, {"loss": 2.0}))
        display._draw()
        drawn = screen.lines()[-1]
        assert drawn.startswith("training") and "0:30 left" in drawn
        assert ("25 words/s" in drawn) == (width >= 60)
        compiling.tell(True)
        now.now += 2
        display._draw()
        assert "compiling" in screen.lines()[-1] and "0:02" in screen.lines()[-1]
        compiling.tell(False)
        messages.say("a note")
        assert screen.getvalue().endswith("\x1b[2Ka note\n")
        display(Progress("reading", "bytes"))
        now.now += 1
        display._draw()
        assert "reading" in screen.lines()[-1] and "0:01" in screen.lines()[-1]
    assert all(len(line) < width for line in screen.lines())
    assert screen.getvalue().endswith("\x1b[2K")


def test_nothing_is_drawn_over_what_is_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    with shown(monkeypatch) as (screen, display, now):
        display(Progress("reading", "bytes"))
        now.now += 15
        with typing():
            display._draw()
            display._tell()
            assert screen.getvalue() == ""
        display._draw()
        assert "reading" in screen.lines()[-1]


def test_a_time_budget_is_a_bar_with_what_is_left_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with shown(monkeypatch) as (screen, display, now):
        display(Progress("training", "words", 0, None, left=60))
        now.now += 15
        display(Progress("training", "words", 5, None, left=45))
        display._draw()
        assert " 25%" in screen.lines()[-1] and "0:45 left" in screen.lines()[-1]


def test_a_dumb_terminal_has_words_and_a_log_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    with shown(monkeypatch, term="dumb") as (screen, display, now):
        display(Progress("decomposing", done=0, total=8))
        display._tell()
        assert screen.getvalue() == ""
        for seconds in (3, 3, 8):
            now.now += seconds
            display._tell()
        compiling.tell(True)
        for _ in range(3):
            now.now += 2
            display._tell()
        compiling.tell(False)
    said = screen.getvalue().splitlines()
    assert said[0] == "decomposing: 0%, for 0:03" and said[1] == "decomposing: 0%, for 0:14"
    assert said[2].startswith("compiling for this CPU, once for each kind of work") and "\r" not in said[2]


def test_every_state_is_a_record(monkeypatch: pytest.MonkeyPatch) -> None:
    with shown(monkeypatch, mode="json") as (screen, display, now):
        display(Progress("reading", "bytes", 0, 100, {"words": 7}))
        now.now += 4
        display(Progress("reading", "bytes", 50, 100, {"words": 7}))
        display._tell()
        compiling.tell(True)
        now.now += 4
        display._tell()
        compiling.tell(False)
    told = [json.loads(line) for line in screen.getvalue().splitlines()]
    assert told == [
        {"task": "reading", "seconds": 4.0, "done": 50, "total": 100, "bytes_per_second": 12,
         "seconds_left": 4.0, "words": 7},
        {"task": "compiling", "seconds": 4.0},
    ]  # fmt: skip


def test_lines_break_between_words_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    line = "e2v: " + " ".join(["something"] * 12) + " /a/path/that/is/longer/than/forty/columns/there/are.txt"
    with shown(monkeypatch, width=40) as (screen, _, _):
        messages.say(line)
    broken = screen.getvalue().splitlines()
    assert len(broken) > 3 and " ".join(each.strip() for each in broken) == line
    assert all(len(each) < 40 for each in broken[:-1])
    monkeypatch.setattr(sys, "stderr", log := io.StringIO())
    messages.say(line)
    assert log.getvalue() == line + "\n"


def test_the_display_looks_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = threading.Event()
    monkeypatch.setattr(sys, "stderr", Screen())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(messages._messages, "mode", "auto")  # whatever a command line before has asked for
    monkeypatch.setattr(ProgressDisplay, "_draw", lambda _: looked.set())
    with ProgressDisplay():
        assert looked.wait(300)


def test_the_width_is_that_of_the_terminal_on_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    reader, tty = os.openpty()
    import fcntl
    import struct
    import termios

    fcntl.ioctl(tty, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 57, 0, 0))
    with os.fdopen(tty, "w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        assert terminal.width() == 57
        monkeypatch.setattr(sys, "stderr", io.StringIO())
        assert terminal.width() == 80
    os.close(reader)


def test_a_summary_ends_with_the_whole_time_and_its_parts(run: Run, tmp_path: object) -> None:
    write_tastes(f"{tmp_path}/corpus.e2v")  # type: ignore[arg-type]
    told = run("svd", "corpus.e2v", "--dim", "2").stderr.splitlines()
    assert re.fullmatch(r"\d+\.\d s(: \w+ \d+\.\d.*)?", told[-1])
    facts = json.loads(run("svd", "corpus.e2v", "--dim", "2", "--progress", "json").stderr.splitlines()[-1])
    assert {"preparing", "decomposing", "writing"} <= facts["parts"].keys()
    rounding = 0.001 * len(facts["parts"])
    assert facts["total_seconds"] >= sum(facts["parts"].values()) - rounding

"""A model of made-up meanings that the query commands are asked about."""

from __future__ import annotations

import faulthandler
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from e2v import notices
from e2v.cli.app import app
from e2v.cli.shared.messages import MessageSettings, set_up, tell
from tests.builders import write_corpus, write_model
from tests.forking import Result

SPAIN, FRANCE, JAPAN, CAPITAL, FOOD, ROYAL = np.eye(6)

#: key -> input vector; most frequent first.
MEANINGS = {
    "spain": SPAIN,
    "france": FRANCE,
    "madrid": SPAIN + CAPITAL,
    "paris": FRANCE + CAPITAL,
    "日本": JAPAN,
    "東京": JAPAN + CAPITAL,
    "new york": CAPITAL + 0.1 * FOOD,
    "lunch": FOOD,
    "dinner": FOOD + 0.1 * ROYAL,
    "king": ROYAL,
    "🍣": FOOD + 0.5 * JAPAN,
    "tab\there": FOOD - 0.3 * ROYAL,
    "bad\udcff": ROYAL + 0.2 * FOOD,
}
INPUT = np.array(list(MEANINGS.values()))
#: What each key predicts: the key after it.
OUTPUT = np.roll(INPUT, 1, axis=0)
#: Of `folder`.
KEYS = "abcdefgh"


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("cli") / "meanings.e2v", MEANINGS, INPUT, OUTPUT)


Typed = Callable[[str], Result]


@pytest.fixture
def typed(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Typed]:
    """Run command lines in this process, in the working folder; one that hangs ends the process."""
    monkeypatch.setattr(notices, "_listeners", [tell])  # as e2v.cli.app.main does
    for name in ("stdout", "excepthook", "unraisablehook"):  # commands replace them
        monkeypatch.setattr(sys, name, getattr(sys, name))
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}

    def run(line: str) -> Result:
        faulthandler.dump_traceback_later(600, exit=True, file=sys.__stderr__)
        with pytest.raises(SystemExit) as left:
            app(shlex.split(line), prog_name="e2v")
        faulthandler.cancel_dump_traceback_later()
        return Result(*capfd.readouterr(), int(left.value.code or 0))

    yield run
    set_up(MessageSettings())
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A file of every sort that commands read."""
    (tmp_path / "text").write_text("a b c d e f g h\n" * 60)
    (tmp_path / "words").write_text("a\nb\n")
    (tmp_path / "counts").write_text("a 20\nb 10\n")
    (tmp_path / "log.csv").write_text(
        "user_id,item_id\n" + "".join(f"u{i},{k}\n" for i in "12" for k in KEYS)
    )
    (tmp_path / "titles.csv").write_text("item,title\na,Emma\n")
    (tmp_path / "features.tsv").write_text("user\tage\nu\t3\n")
    write_corpus(tmp_path / "corpus.e2v", ["abcd", "abef", "cdgh"], ["u", "v", "w"])
    write_model(tmp_path / "known.e2v", KEYS, np.eye(8), np.eye(8))
    return tmp_path


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

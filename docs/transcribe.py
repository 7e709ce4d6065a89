"""Run the commands of a page's console blocks and put what they print below them.

    python docs/transcribe.py PAGE FOLDER

The commands run in FOLDER, one after the other, with their results on a terminal of 80 columns. Lines that
begin with `$ ` are commands; the other lines of a block are replaced. The pages with transcripts are
docs/tutorial.md (its FOLDER has an English text as `TEXT`), docs/chinese-and-japanese.md (a Chinese one as
`TEXT`), docs/items.md (ratings.csv, movies.csv and groceries.csv), docs/tuning.md (the first two)
and docs/serving.md (histories.e2v, as docs/items.md makes it). The README's picture is drawn by
docs/picture.py.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

STYLE = re.compile(r"\x1b\[[0-9;]*m")
PROGRESS = re.compile(r"[\w ]+: (\d+%|for \d)")
ROWS, COLUMNS = 40, 80


def main() -> None:
    """Rewrite the page."""
    page, folder = Path(sys.argv[1]), Path(sys.argv[2])
    page.write_text(transcribe(page.read_text(encoding="utf-8"), folder), encoding="utf-8")


def transcribe(text: str, folder: Path) -> str:
    """The page with every console block's output made anew."""

    def block(found: re.Match[str]) -> str:
        commands = [line for line in found[1].splitlines() if line.startswith("$ ")]
        lines = [line for command in commands for line in (command, *output_of(command[2:], folder))]
        return "```console\n" + "".join(f"{line.rstrip()}\n" for line in lines) + "```"

    return re.sub(r"```console\n(.*?)```", block, text, flags=re.DOTALL)


def output_of(command: str, folder: Path) -> list[str]:
    """What a command says on stderr, progress excepted, and then what it prints on a terminal."""
    print(f"$ {command}", file=sys.stderr)
    environment = {name: value for name, value in os.environ.items() if name not in ("E2V_MODEL", "COLUMNS")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    reader, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    with subprocess.Popen(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        os.close(terminal)
        assert process.stderr is not None
        said = [line for line in process.stderr.read().splitlines() if not PROGRESS.match(line)]
        printed = STYLE.sub("", read_all(reader)).splitlines()
    if process.returncode:
        sys.exit(f"exit code {process.returncode}\n" + "\n".join(said))
    return said + printed


def read_all(terminal: int) -> str:
    """Everything up to the end, which a terminal tells by an error on Linux."""
    chunks = []
    try:
        while chunk := os.read(terminal, 1 << 16):
            chunks.append(chunk)
    except OSError:
        pass
    finally:
        os.close(terminal)
    return b"".join(chunks).decode()


if __name__ == "__main__":
    main()

"""Draw a session: run its commands on a terminal and keep what is seen as a picture.

    python docs/picture.py FOLDER docs/session.svg

The commands run in FOLDER, one after the other, each on a terminal, and print as they do for people; the
questions are drawn, and what makes the models is not. FOLDER has a text as `enwiki.txt` and a log with titles
as `ratings.csv` and `movies.csv`.
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
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text
from transcribe import STYLE, read_all

ROWS, COLUMNS = 60, 88
#: Sequences that move the cursor or erase; styles end with m and are kept.
MOVES = re.compile(r"\x1b\[[0-9;?]*[A-Za-ln-z]")
PREPARED = (
    "e2v vocab enwiki.txt",
    "e2v train corpus.e2v --preset medium",
    "e2v events ratings.csv --titles movies.csv:movieId:title -o films.e2v",
    "e2v train films.e2v --context set --preset items -o films-model.e2v",
)
SESSION = (
    "e2v analogy madrid spain france -n 3",
    "e2v similar guitar -n 3",
    'e2v similar "Alien (1979)" -m films-model.e2v -n 3',
)


def main() -> None:
    """Write the picture."""
    folder, picture = Path(sys.argv[1]), Path(sys.argv[2])
    console = Console(
        record=True, width=COLUMNS, file=StringIO(), color_system="truecolor", force_terminal=True
    )
    for command in PREPARED:
        seen(command, folder)
    for command in SESSION:
        console.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
        for line in seen(command, folder):
            console.print(Text.from_ansi(line), soft_wrap=True)
    svg = console.export_svg(title="e2v", theme=MONOKAI)
    picture.write_text(re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL), encoding="utf-8")


def seen(command: str, folder: Path) -> list[str]:
    """The lines that stand on the terminal at the end, with their styles; what was written over is gone."""
    print(f"$ {command}", file=sys.stderr)
    environment = {name: value for name, value in os.environ.items() if name not in ("E2V_MODEL", "NO_COLOR")}
    environment |= {"TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LINES": str(ROWS)}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    reader, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    with subprocess.Popen(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=terminal,
    ) as process:
        os.close(terminal)
        printed = read_all(reader)
    if process.returncode:
        sys.exit(f"exit code {process.returncode}\n{printed}")
    return screen(printed)


def screen(printed: str) -> list[str]:
    """The lines as they are in the end: a carriage return begins one anew, a bar goes up to redraw others."""
    lines, row, anew = [""], 0, False
    for part in re.split(r"(\r?\n|\r|\x1b\[[0-9]*A|\x1b\[[0-9]*K)", printed):
        if part.endswith("\n"):
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif part == "\r":
            anew = True
            continue
        elif part.endswith("K"):
            lines[row] = ""
        elif up := re.fullmatch(r"\x1b\[([0-9]*)A", part):
            row = max(0, row - int(up[1] or 1))
        elif text := MOVES.sub("", part):
            lines[row] = text if anew else lines[row] + text
        anew = False
    return [line for line in lines if STYLE.sub("", line).strip()]


if __name__ == "__main__":
    main()

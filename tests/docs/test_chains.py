"""The Makefile and the script of the page on chains, with an e2v that does as it is told."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.docs.test_tutorial import DOCS

#: Ends with what EXIT says for the command COMMAND, and otherwise makes what it is to make.
E2V = """#!/bin/sh
if [ "$1" = "$COMMAND" ]; then echo "e2v: it did not work" >&2; exit "$EXIT"; fi
while [ $# -gt 0 ]; do
    case $1 in -o | --held-out) touch "$2" ;; esac
    shift
done
"""


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
@pytest.mark.parametrize(
    ("command", "code", "subject"),
    [
        ("none", 0, None),
        ("eval", 4, "films: a gate held the new model back"),
        ("tower", 130, None),
        ("users", 1, "films: exit 1, somebody has to look"),
    ],
)
def test_what_arrives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, code: int, subject: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    page = (DOCS / "chains.md").read_text()
    for name, language in (("Makefile", "make"), ("nightly.sh", "sh")):
        Path(name).write_text(re.findall(rf"```{language}\n(.*?)```", page, flags=re.DOTALL)[0])
    Path("bin").mkdir()
    for name, script in (("e2v", E2V), ("mail", '#!/bin/sh\n(echo "$2"; cat) > mailed\n')):
        (Path("bin") / name).write_text(script)
        (Path("bin") / name).chmod(0o755)
    for name in ("ratings.csv", "movies.csv"):
        Path(name).touch()
    Path("chain.log").write_text("of the night before\n")
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "COMMAND": command, "EXIT": str(code)}
    done = subprocess.run(["bash", "nightly.sh", str(tmp_path)], env=environment, check=False)
    assert done.returncode == code, Path("chain.log").read_text()
    assert Path("passed").exists() is (command not in ("eval", "tower"))
    mailed = Path("mailed").read_text().splitlines() if Path("mailed").exists() else [None]
    assert mailed[0] == subject
    if subject:
        assert mailed[1] == "e2v: it did not work"

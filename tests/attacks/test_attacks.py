"""Every attack is refused in one line, with the exit code that docs/cli.md has, and leaves nothing behind."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.all import ATTACKS
from tests.attacks.fuzzing import blindly
from tests.attacks.readers import READERS, Reader
from tests.attacks.running import place
from tests.forking import Forking

#: By their names: those that take long, which `make attack` runs.
LONG = re.compile("-megabytes|-of-a-million-(numbers|lists|names|columns)|-of-8-million-bytes|-of-nul.gz")
SHORT = [name for name in ATTACKS if not LONG.search(name)]

#: So many executions of each reader here, of those that `make attack` runs for minutes.
_EXECUTIONS = 6


def ran(names: list[str], folder: Path, forking: Forking) -> dict[str, dict[str, Any]]:
    """What became of attacks; those after one that ended the process are run by another."""
    found = {}
    while names:
        done = forking.run("tests.attacks.running", [str(folder), *names], folder)
        for name in names:
            path = place(name, folder).with_suffix(".json")
            if not path.exists():
                found[name] = {
                    "code": done.code,
                    "stdout": "",
                    "stderr": f"crashed\n{done.stderr}",
                    "made": [],
                }
                break
            found[name] = json.loads(path.read_text())
        names = names[len([name for name in names if name in found]) :]
        folder = folder / "further"
        folder.mkdir()
    return found


def problem(name: str, found: dict[str, Any]) -> str | None:
    """What is wrong with the answer to an attack."""
    attack = ATTACKS[name]
    errors = [line for line in found["stderr"].splitlines() if line.startswith("e2v: ")]
    if found["code"] != attack.code or "Traceback" in found["stderr"] or "Warning" in found["stderr"]:
        return f"exit {found['code']}: {found['stderr']}"
    if attack.said not in found["stderr"] or len(found["stderr"]) > 2000:
        return f"{attack.said!r} is not what is said: {found['stderr']}"
    if attack.code and (not errors or found["stderr"].splitlines()[-1] != errors[-1] or found["made"]):
        return f"made {found['made']}: {found['stderr']}"
    if re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", found["stderr"]):
        return f"an escape: {found['stderr']!r}"
    return None


def test_attacks(tmp_path: Path, forking: Forking) -> None:
    found = ran(SHORT, tmp_path, forking)
    problems = {name: problem(name, found[name]) for name in SHORT}
    assert not {name: what for name, what in problems.items() if what}


def test_the_page_counts_them() -> None:
    page = Path(__file__).parents[2] / "docs" / "reliability.md"
    section = page.read_text().partition("## Hostile files\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1:-1] for line in section.splitlines() if re.search(r"\| [0-9,]+ \|$", line)]
    *parts, together = [[int(cell.replace(",", "")) for cell in row[2:]] for row in rows]
    assert together == [sum(column) for column in zip(*parts, strict=True)]
    assert together[0] == len(ATTACKS)
    assert sorted(name for row in rows[:-1] for name in row[1].strip().split(", ")) == sorted(READERS)


def test_nothing_but_what_attacks_are_given_is_written(tmp_path: Path, forking: Forking) -> None:
    names = [
        name
        for name in SHORT
        if name.startswith(("pickle-that-calls", "npy-of-a-header-that-is", "gzip-with-a-name"))
    ]
    ran(names, tmp_path, forking)
    assert not list(tmp_path.parent.rglob("owned"))


@pytest.mark.parametrize("name", READERS)
def test_readers_raise_nothing_of_python(name: str, tmp_path: Path) -> None:
    reader: Reader = READERS[name]
    raised: Counter[str] = Counter()

    def read(data: bytes) -> None:
        from e2v.errors import E2VError

        try:
            reader.read(data, tmp_path)
        except E2VError as error:
            raised[type(error).__name__] += 1

    pytest.importorskip("faiss" if name == "e2v graph" else "numpy")
    pytest.importorskip("pyarrow" if "parquet" in name else "numpy")
    assert blindly(read, reader, reader.seeds()[:4], 60, _EXECUTIONS, seed=1) >= _EXECUTIONS

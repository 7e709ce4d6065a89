from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from e2v.store import open_artifact
from tests.conftest import Run
from tests.golden.make import FOLDER


def test_info_in_a_pipe(run: Run) -> None:
    result = run("info", FOLDER / "corpus-1.e2v")
    fields = dict(line.split("\t", 1) for line in result.stdout.splitlines())
    assert fields["kind"] == "corpus"
    assert fields["schema"] == "1"
    assert fields["written_by"] == "e2v 0.1.0"
    assert fields["digest"] == open_artifact(FOLDER / "corpus-1.e2v").digest
    assert fields["bytes"] == str((FOLDER / "corpus-1.e2v").stat().st_size)
    assert fields["made.seed"] == "1"
    assert fields["made.inputs.1"] == "na\udcefve.txt"  # the bytes of a path come out as they went in
    assert fields["array.tokens"] == "int32 7"
    assert fields["keys"] == "9"
    assert fields["first_keys"] == 'the new york a\xa0b tab\\tnew\\nline " \udcff\udcfe 日本 👩‍🚀 '


def test_info_as_json(run: Run) -> None:
    result = run("info", FOLDER / "model-1.e2v", "--format", "json", "-n", "2")
    assert result.stdout.count("\n") == 1
    fields = json.loads(result.stdout)
    assert fields["kind"] == "model"
    assert fields["made.sample"] == 1e-4
    assert fields["array.input"] == "float32 9x3"
    assert fields["first_keys"] == ["the", "new york"]


def test_info_as_a_table(run: Run) -> None:
    lines = run("info", FOLDER / "vectors-1.e2v", "--format", "table").stdout.splitlines()
    assert lines[0].split() == ["field", "value"]
    assert {line.index(" ", 14) for line in lines if line.startswith("array.keys.offsets")} == {18}
    assert any(line.split() == ["kind", "vectors"] for line in lines)


def test_info_of_a_file_without_keys(run: Run) -> None:
    lines = run("info", FOLDER / "checkpoint-1.e2v").stdout.splitlines()
    assert "array.output\tfloat32 4x3" in lines


def test_verify_a_sound_file(run: Run) -> None:
    result = run("verify", FOLDER / "vectors-1.e2v")
    assert result.stdout == "keys.bytes\tok\nkeys.offsets\tok\nvectors\tok\n"
    assert result.stderr == ""


def test_verify_a_damaged_file(run: Run, tmp_path: Path) -> None:
    path = shutil.copy(FOLDER / "vectors-1.e2v", tmp_path / "v.e2v")
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\xff")
    result = run("verify", path, check=False)
    assert result.code == 1
    assert result.stdout.splitlines()[0] == "vectors\tits bytes do not match its digest"
    assert result.stderr.startswith(f"e2v: {path} is damaged: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["info", "verify"])
def test_one_line_for_what_is_no_file_of_ours(run: Run, tmp_path: Path, command: str) -> None:
    (tmp_path / "text").write_text("the quick brown fox\n")
    result = run(command, "text", check=False)
    assert (result.code, result.stdout) == (1, "")
    what, hint = result.stderr.split("; ")
    assert what == "e2v: text is not an .e2v file but text, it seems"
    assert hint == "e2v vocab makes a corpus of text, e2v events one of a log\n"

"""Completion in shells, by the protocol in which their scripts ask: the words so far, in the environment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from e2v import formats
from e2v.cli.app import COMMANDS, app
from e2v.cli.shared.declared import settings_of
from tests.builders import write_model
from tests.commands import function_of

Completed = Callable[[str], list[str]]


@pytest.fixture
def completed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Completed:
    """What bash is told for a line whose last word is to be completed; nothing has it look for files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("E2V_MODEL", raising=False)
    monkeypatch.setenv("_E2V_COMPLETE", "complete_bash")

    def complete(line: str) -> list[str]:
        monkeypatch.setenv("COMP_WORDS", f"e2v {line}")
        monkeypatch.setenv("COMP_CWORD", str(len(line.split(" "))))
        with pytest.raises(SystemExit) as exit_:
            app([], prog_name="e2v")
        assert not exit_.value.code
        return capfd.readouterr().out.split()

    return complete


def test_commands_and_options_of_e2v_itself(completed: Completed) -> None:
    assert completed("") == list(COMMANDS)
    assert completed("si") == ["similar", "similarity"]
    assert {"--version", "--help", "--install-completion"} <= set(completed("--"))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_a_command(command: str, completed: Completed) -> None:
    options = {one.option for one in settings_of(function_of(command)).values() if not one.positional}
    assert options <= set(completed(f"{command} --"))


def test_the_values_of_an_option(completed: Completed) -> None:
    assert completed("train x --loss ") == ["negative-sampling", "hierarchical-softmax", "softmax"]
    assert completed("export x --to ") == list(formats.names())
    assert completed("import x --from gl") == ["glove"]
    assert completed("train x -q --dtyp") == []


def test_files_of_e2v_where_nothing_else_will_do(tmp_path: Path, completed: Completed) -> None:
    for name in ("a.e2v", "a.txt", ".hidden.e2v", "models/m.e2v", "models/m.txt", "empty/x"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert completed("info ") == ["a.e2v", "empty/", "models/"]
    assert completed("similar x -m mo") == ["models/m.e2v"]  # rather than a folder with a blank after it
    assert completed("users a.e2v .h") == [".hidden.e2v"]
    assert completed("info empt") == ["empty/"]
    assert completed(f"recommend --index {tmp_path}/a") == [f"{tmp_path}/a.e2v"]
    assert completed("info nowhere/") == []
    assert completed("train ") == completed("vocab a") == []


def test_keys_of_the_model(tmp_path: Path, completed: Completed) -> None:
    write_model(tmp_path / "model.e2v", ["king", "queen", "kind", "key stone"], np.eye(4), np.eye(4))
    write_model(tmp_path / "other.e2v", ["kiwi"], np.eye(1), np.eye(1))
    assert completed("similar k") == ["king", "kind"]
    assert completed("similar -m other.e2v k") == ["kiwi"]
    assert completed("similar x --minus q") == ["queen"]
    assert completed("similar -m none.e2v k") == completed("similar ") == []

"""Every option of every command: one meaning, one spelling, a sentence of help, and a place in it."""

from __future__ import annotations

import ast
import dataclasses
import os
import subprocess
import sys
from collections import defaultdict
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import e2v
from e2v.cli.app import COMMANDS
from e2v.cli.shared.declared import settings_of
from e2v.settings import Setting
from tests.builders import keyed, write_model

#: Options whose values are other things in different commands: what has to be said is where they are allowed.
MOST_FIRST = 11


def of_command(name: str) -> dict[str, Setting]:
    return settings_of(import_module(f"e2v.cli.commands.{COMMANDS[name]}").command)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_sentences_with_few_options_first(command: str) -> None:
    settings = of_command(command).values()
    for one in settings:
        assert one.help[0].isupper() or one.help.startswith("input"), one
        assert one.help.endswith("."), one
    first = [one.name for one in settings if not one.group and not one.positional]
    assert len(first) + 1 <= MOST_FIRST, first  # and --help


def test_an_option_has_one_meaning_in_all_commands() -> None:
    declarations: dict[str, dict[tuple[object, ...], list[str]]] = defaultdict(lambda: defaultdict(list))
    for command in COMMANDS:
        for one in of_command(command).values():
            if not one.positional:
                kind = str(one.kind) if not one.choices else "choices"
                meaning = (one.help, one.short, one.repeated, one.switch, one.environment, kind)
                declarations[one.option][meaning].append(command)
    differing = {option: dict(found) for option, found in declarations.items() if len(found) > 1}
    assert not differing, "\n".join(map(str, differing.items()))


def test_a_short_spelling_belongs_to_one_option() -> None:
    options = defaultdict(set)
    for command in COMMANDS:
        for one in of_command(command).values():
            if one.short:
                options[one.short].add(one.option)
    assert {short: found for short, found in options.items() if len(found) > 1} == {}


def test_every_command_can_be_quiet_verbose_and_logged() -> None:
    for command in COMMANDS:
        assert {"quiet", "verbose", "log_file", "progress"} <= of_command(command).keys()


def test_no_default_is_typed_twice() -> None:
    """A function that takes a setting by its name leaves the default to the declaration."""
    names = {name for command in COMMANDS for name, one in of_command(command).items() if not one.positional}
    # Those of functions for vectors in Python.
    names -= {"center", "predict", "method", "csls", "restrict", "match_case"}
    names -= {
        "if_changed",
        "text",
        "users",
        "also",
        "stop",
        "minus",
        "seed",
    }  # which hold data, or no setting
    again = []
    for module in sorted(Path(e2v.__file__).parent.rglob("*.py")):
        if "kernels" in module.parts:
            continue
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                positional = node.args.posonlyargs + node.args.args
                defaults = list(zip(positional[::-1], node.args.defaults[::-1], strict=False))
                defaults += [
                    pair for pair in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if pair[1]
                ]
                again += [
                    f"{module.name}:{node.lineno} {argument.arg}={ast.unparse(default)}"
                    for argument, default in defaults
                    if argument.arg in names and ast.unparse(default) not in ("None", "False")
                ]
    assert not again, "\n".join(again)


def test_defaults_keep_their_own_rules() -> None:
    for command in COMMANDS:
        for one in of_command(command).values():
            if one.default not in (None, ()) and one.parse is None:
                assert one.value(one.default) == one.default, one


def test_settings_are_frozen() -> None:
    classes = {type(one) for command in COMMANDS for one in of_command(command).values()}
    assert all(dataclasses.is_dataclass(of) for of in classes)


@pytest.mark.parametrize("line", ["similar k1 -n 2", "info {model}", "recommend k1"])
def test_a_command_does_not_wait_for_pydantic(line: str, tmp_path: Path) -> None:
    model = write_model(tmp_path / "m.e2v", keyed(3), np.eye(3), np.eye(3))
    process = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "e2v", *line.format(model=model).split()],
        env={**os.environ, "E2V_MODEL": str(model)},
        capture_output=True,
        text=True,
        check=True,
    )
    imported = {
        each.rsplit("|", 1)[1].strip() for each in process.stderr.splitlines() if each.count("|") == 2
    }
    assert "typer" in imported and not {"pydantic", "rich"} & imported

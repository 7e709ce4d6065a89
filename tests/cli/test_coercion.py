"""Plain values are converted as Typer would, without what Typer would import for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pytest
import typer
from typer.core import TyperCommand

from e2v.cli.coercion import PlainCommand
from tests.builders import keyed, write_vectors

CALLS: list[dict[str, Any]] = []


def record(
    keys: Annotated[list[str], typer.Argument()],
    path: Annotated[Path, typer.Option(envvar="TEST_E2V_PATH")] = Path("model.e2v"),
    more: Annotated[list[str], typer.Option()] = [],  # noqa: B006
    number: Annotated[int, typer.Option("-n", min=1, max=9)] = 5,
    rate: Annotated[float, typer.Option(min=0)] = 1,
    limit: Annotated[int | None, typer.Option()] = None,
    kind: Annotated[Literal["a", "b"], typer.Option()] = "a",
    parsed: Annotated[str, typer.Option(parser=str.upper, metavar="TEXT")] = "none",
    flag: Annotated[bool, typer.Option("--flag")] = False,
    either: Annotated[bool | None, typer.Option("--yes/--no")] = None,
) -> None:
    CALLS.append(dict(locals()))


def outcome(cls: type[TyperCommand], arguments: list[str]) -> Any:
    """What the function is called with, or the usage error."""
    app = typer.Typer(add_completion=False)
    app.command(cls=cls)(record)
    CALLS.clear()
    try:
        typer.main.get_command(app).main(arguments, standalone_mode=False)
    except Exception as error:
        return type(error).__name__, error.format_message()  # type: ignore[attr-defined]
    return CALLS.pop(), [type(value) for value in CALLS]


@pytest.mark.parametrize(
    "line",
    [
        "x",
        "x y --more p --more q",
        "",
        "x --path elsewhere -n 3 --rate 2e-3 --limit 7 --kind b --flag --yes",
        "x --no --parsed four",
        "x -n 0",
        "x -n 10",
        "x -n three",
        "x -n 2.5",
        "x --rate -1",
        "x --rate nan",
        "x --limit ''",
        "x --kind c",
        "x --unknown",
    ],
)
def test_the_outcome_is_typers_own(line: str) -> None:
    arguments = [argument.strip("'") for argument in line.split()]
    assert outcome(PlainCommand, arguments) == outcome(TyperCommand, arguments)


def test_the_environment_counts(monkeypatch) -> None:
    monkeypatch.setenv("TEST_E2V_PATH", "from/environment")
    assert outcome(PlainCommand, ["x"])[0]["path"] == Path("from/environment")


def test_a_query_does_not_import_pydantic(tmp_path: Path) -> None:
    model = write_vectors(tmp_path / "v.e2v", keyed(3), np.eye(3, dtype=np.float32))
    process = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "e2v", "similar", "k1", "-m", str(model), "-n", "2"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "numpy" in process.stderr and "pydantic" not in process.stderr

"""What the help shows: commands in groups, options in groups, and examples that work."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator

import pytest

from e2v.cli.app import COMMANDS, app
from e2v.cli.shared.arguments import parse
from e2v.cli.shared.declared import settings_of
from e2v.cli.shared.help import SECTIONS, argument_usage, examples_of, option_usage, plain
from e2v.errors import UsageError
from tests.commands import function_of

Shown = Callable[..., str]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Shown:
    """What a command line prints, in this process, at a width."""

    def run(line: str, width: int = 80, code: int = 0) -> str:
        monkeypatch.setenv("COLUMNS", str(width))
        with pytest.raises(SystemExit) as exit_:
            app(line.split(), prog_name="e2v")
        assert (exit_.value.code or 0) == code
        captured = capfd.readouterr()
        assert captured.err == ""
        return captured.out

    return run


def test_the_overview_has_every_command_under_a_heading(shown: Shown) -> None:
    page = shown("--help")
    assert page == shown("-h") == shown("", code=UsageError.exit_code)
    for heading, names in SECTIONS.items():
        section = page.split(f"\n{heading}:\n")[1].split("\n\n")[0]
        listed = re.findall(r"^  (\w+) ", section, flags=re.MULTILINE)
        assert listed == [name for name in names if name in COMMANDS]
    assert sorted(name for names in SECTIONS.values() for name in names if name in COMMANDS) == sorted(
        COMMANDS
    )
    assert "Quick start:\n  e2v train text.txt" in page


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("width", [40, 80])
def test_a_page_fits_and_has_everything(command: str, width: int, shown: Shown) -> None:
    short, whole = shown(f"{command} -h", width), shown(f"{command} --help", width)
    assert len(short) < len(whole)
    for page in (short, whole):
        assert max(map(len, page.splitlines())) <= width, page
    words = " ".join(whole.split())
    settings = settings_of(function_of(command)).values()
    for one in settings:
        assert " ".join(plain(one.help).split()) in words
        usage = argument_usage(one) if one.positional else option_usage(one)
        assert usage in words
    for heading in {f"{one.group}:" for one in settings if one.group}:
        assert f"\n{heading}\n" in whole and f"\n{heading}\n" not in short


def command_lines(line: str) -> Iterator[list[str]]:
    """The words of each e2v in a line of a shell, after its name."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|<>")
    lexer.whitespace_split = True
    part: list[str] = []
    for word in [*lexer, "|"]:
        if word in ("|", "<", ">"):
            if part[:1] == ["e2v"]:
                yield part[1:]
            part = []
        else:
            part.append(word)


def test_an_example_is_taken_apart_as_a_shell_does() -> None:
    assert list(command_lines("cut -f 1 x | e2v similar - 'a b' < y")) == [["similar", "-", "a b"]]


@pytest.mark.parametrize("command", COMMANDS)
def test_examples_are_command_lines(command: str) -> None:
    examples = examples_of(function_of(command))
    assert len(examples) >= 2
    for example in examples:
        called = list(command_lines(example))
        assert command in [name for name, *_ in called], example
        for name, *words in called:
            settings = settings_of(function_of(name))
            for setting, value in parse(name, settings, words).items():
                settings[setting].value(value)


def test_an_example_that_is_wrong_is_found() -> None:
    with pytest.raises(UsageError, match="no --dims"):
        parse("svd", settings_of(function_of("svd")), ["corpus.e2v", "--dims", "3"])


def test_help_comes_before_mistakes_but_not_behind_two_dashes(shown: Shown) -> None:
    assert shown("train --bogus --help") == shown("train --help")
    assert parse("similar", settings_of(function_of("similar")), ["--", "-h"]) == {"keys": ["-h"]}


def test_every_way_to_write_an_option() -> None:
    settings = settings_of(function_of("vocab"))
    words = ["a", "-ox.e2v", "--min-count=3", "--no-lowercase", "-qv", "--threads", "2", "-", "--", "--b"]
    assert parse("vocab", settings, words) == {
        "inputs": ["a", "-", "--b"],
        "output": "x.e2v",
        "min_count": "3",
        "lowercase": False,
        "quiet": True,
        "verbose": True,
        "threads": "2",
    }


def test_the_version_is_a_line_and_with_v_what_it_runs_on(shown: Shown) -> None:
    assert re.fullmatch(r"e2v \d+\.\d+\.\d+\n", shown("--version"))
    whole = shown("--version -v")
    assert whole == shown("-v --version")
    assert {line.split()[0] for line in whole.splitlines()} >= {
        "e2v",
        "python",
        "numpy",
        "numba",
        "cpu",
        "BLAS",
        "threads",
        "compiled",
    }

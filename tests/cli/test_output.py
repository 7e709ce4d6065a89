from __future__ import annotations

import csv
import inspect
import io
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from e2v.cli.app import COMMANDS
from e2v.cli.shared.declared import typer_function
from e2v.cli.shared.output import Output
from e2v.inputs.tsv import unescape
from tests.builders import keyed, write_model, write_tastes
from tests.commands import command_line, function_of

COLUMNS = ("query", "key", "score")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def printed(
    format: str,
    rows: list[tuple],
    columns: tuple[str, ...] = COLUMNS,
    query_columns: int = 0,
    *,
    screen: io.StringIO | None = None,
    flush_each: bool = False,
    width: int = 40,
    **told: Any,
) -> str:
    """What is printed to a pipe, or to `screen`, `width` cells wide; `told`: see `Output`."""
    screen = screen or io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", screen)
        patch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((width, 24)))
        patch.setenv("NO_COLOR", "1")
        with Output(format, columns, query_columns, **told) as output:
            for row in rows:
                output.row(*row)
                if flush_each:
                    output.flush()
    return screen.getvalue()


def test_auto_is_tsv_in_a_pipe_and_a_table_on_a_terminal() -> None:
    rows = [("king", 0.5)]
    assert printed("auto", rows, ("key", "score"), screen=Terminal()) == "key    score\nking  0.5000\n"
    assert printed("auto", rows, ("key", "score")) == "king\t0.5\n"


def test_tsv() -> None:
    rows = [
        ("new york", "tab\there", 0.123456789),
        ("q", None, None),
        ("q", "k", 3),
        ("日", "🚀", [0.1, -2.0]),
    ]
    assert printed("tsv", rows) == ("new york\ttab\\there\t0.123457\nq\t\t\nq\tk\t3\n日\t🚀\t0.1 -2\n")


def test_vectors_keep_every_bit_of_a_float32() -> None:
    third = 0.3333333432674408  # the float32 nearest to 1/3
    assert printed("tsv", [("k", [third])], ("key", "vector")) == "k\t0.333333343\n"
    assert json.loads(printed("json", [("k", [third])], ("key", "vector"))) == {
        "key": "k",
        "vector": [0.333333343],
    }


def test_json_lines() -> None:
    rows = [("é", "a\tb", 0.123456789), (["x", "y"], None, float("nan")), ("q", "k", [1.0, float("inf")])]
    lines = printed("json", rows).splitlines()
    assert lines[0] == '{"query": "é", "key": "a\\tb", "score": 0.123457}'
    assert [json.loads(line) for line in lines[1:]] == [
        {"query": ["x", "y"], "key": None, "score": None},
        {"query": "q", "key": "k", "score": [1.0, None]},
    ]


def test_numbers_are_exact_and_remarks_give_way_where_that_is_said() -> None:
    rows = [("preparing", "70,000 keys by 100", 1.22, 155.6), ("all", "the run", 0.0, 1155.6)]
    columns = ("step", "what", "seconds", "memory_mb")

    def lines(width: int) -> list[str]:
        told = {"rounded": False, "remarks": ["what"]}
        return printed("table", rows, columns, screen=Terminal(), width=width, **told).splitlines()

    assert lines(60)[1].split() == ["preparing", "70,000", "keys", "by", "100", "1.22", "155.6"]
    assert lines(60)[2].split()[-2:] == ["0", "1155.6"]
    assert lines(46)[1].split() == ["preparing", "70,000", "keys", "by…", "1.22", "155.6"]
    assert lines(32)[0].split() == ["step", "seconds", "memory_mb"] and "preparing" in lines(32)[1]


def test_a_header_is_for_those_who_ask_for_one() -> None:
    assert printed("tsv", [("q", "k", 0.5)], header=True) == "query\tkey\tscore\nq\tk\t0.5\n"
    assert printed("tsv", [], header=True) == "query\tkey\tscore\n"  # nothing found has its columns, too
    assert printed("csv", []) == "query,key,score\n"


def test_csv_has_the_quotes_of_rfc_4180() -> None:
    rows = [("a,b", 'say "hi"', 0.123456789), ("two\nlines", "=1+1", None), ("cr\r", " k ", [0.1, -2.0])]
    assert printed("csv", rows) == (
        'query,key,score\n"a,b","say ""hi""",0.123457\n"two\nlines",=1+1,\n"cr\r", k ,0.1 -2\n'
    )


def test_an_error_leaves_no_header_behind(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyError), Output("csv", COLUMNS):
        raise KeyError
    assert capsys.readouterr().out == ""


any_key = (
    st.text(max_size=8)
    | st.text("ab\t\n\r\\", max_size=8)
    | st.binary(max_size=8).map(lambda key: key.decode("utf-8", "surrogateescape"))
)


@given(any_key)
def test_any_key_comes_back_from_tsv_and_json(key: str) -> None:
    line = printed("tsv", [(key, 1.0)], ("key", "score"))
    assert line.count("\n") == 1 and unescape(line.split("\t")[0]) == key
    line = printed("json", [(key, 1.0)], ("key", "score"))
    assert line.count("\n") == 1 and json.loads(line.encode())["key"] == key  # valid UTF-8


def test_tables_align_wide_characters() -> None:
    rows = [("東京", "日本", 0.5), ("🚀", "👩‍🚀", -0.25), ("x", "king", None)]
    lines = printed("table", rows).splitlines()
    assert len({cell_len(line) for line in lines}) == 1
    starts = [
        cell_len(line[: line.index(key)])
        for line, key in zip(lines, ["key", "日本", "👩‍🚀", "king"], strict=True)
    ]
    assert set(starts) == {7}


def test_a_table_names_a_question_once_and_ends_with_its_answer() -> None:
    rows = [("king", "queen", 0.7), ("king", "prince", 0.6), ("queen", "king", 0.7)]
    assert printed("table", rows, query_columns=1).splitlines() == [
        "query  key      score",
        "king   queen   0.7000",
        "       prince  0.6000",
        "queen  king    0.7000",
    ]


def test_each_flush_is_a_table_of_its_own() -> None:
    rows = [("a", 1.0), ("longer", 1.0)]
    assert printed("table", rows, ("key", "score"), flush_each=True) == (
        "key   score\na    1.0000\nkey      score\nlonger  1.0000\n"
    )


def test_a_table_shows_what_a_terminal_would_obey() -> None:
    (line,) = printed("table", [("\x1b[31m", "a\tb\udcff\x9b", "\x7f")]).splitlines()[1:]
    assert line.split() == [r"\x1b[31m", r"a\tb\xff\x9b", r"\x7f"]


@given(any_key)
def test_any_key_comes_back_from_csv(key: str) -> None:
    text = printed("csv", [(key, "k", 1.0)])
    assert list(csv.reader(io.StringIO(text, newline="")))[1] == [key, "k", "1"]


CONTROLS = "".join(map(chr, (*range(0x20), *range(0x7F, 0xA0)))) + "\udcff"


@pytest.mark.parametrize("format", ["tsv", "csv", "json", "table", "auto"])
def test_a_terminal_gets_no_control_character(format: str) -> None:
    shown = printed(format, [("q", CONTROLS, 0.5)], screen=Terminal())
    assert len(shown) > len(CONTROLS) and not set(CONTROLS) & set(shown.replace("\n", "").replace("\t", ""))
    if format == "json":
        assert json.loads(shown)["key"] == CONTROLS


def test_a_pipe_gets_every_byte_of_a_key() -> None:
    assert unescape(printed("tsv", [("q", CONTROLS, 0.5)]).split("\t")[1]) == CONTROLS


def test_a_table_fits_the_terminal_by_clipping_its_widest_text() -> None:
    rows = [("king", "x" * 10_000, 0.5), ("king", "東" * 30, 0.25)]
    lines = printed("table", rows, screen=Terminal()).splitlines()
    assert [cell_len(line) for line in lines] == [40, 40, 40]
    assert lines[1].startswith("king   xxx") and lines[1].endswith("x…  0.5000")
    assert lines[2].startswith("king   東東") and lines[2].endswith("…  0.2500")


def test_numbers_are_never_clipped() -> None:
    columns = tuple(f"a long name {number}" for number in range(5))
    lines = printed("table", [(0.5,) * 5], columns, screen=Terminal()).splitlines()
    assert lines[1].split() == ["0.5000"] * 5


def test_a_table_in_a_pipe_clips_nothing() -> None:
    assert "x" * 10_000 in printed("table", [("a", "x" * 10_000, 1.0)])


@pytest.mark.parametrize("width", [20, 30, 40])
def test_many_columns_fit_a_narrow_terminal(width: int) -> None:
    columns = ("a", "b", "key", "score", "title")
    rows = [("a long name", "another one", "a key that is long", 0.5, "東" * 40)]
    lines = printed("table", rows, columns, screen=Terminal(), width=width).splitlines()
    assert max(map(cell_len, lines)) <= max(width, 4 * 3 + 6 + 8)
    assert "0.5000" in lines[1]


def test_the_name_of_a_column_of_numbers_gives_way_to_them() -> None:
    columns = ("key", "a long name")
    lines = printed("table", [("x" * 30, 1.0)], columns, screen=Terminal(), width=20).splitlines()
    assert [cell_len(line) for line in lines] == [20, 20]
    assert "…" in lines[0] and lines[1].endswith("  1.0000")


def test_what_is_not_to_be_clipped_is_whole() -> None:
    assert "x" * 100 in printed("table", [("k", "x" * 100)], ("a", "b"), screen=Terminal(), clipped=False)


def test_a_caption_stands_above_one_table_and_nowhere_else() -> None:
    for format, first in (
        ("table", "a - b\nkey\nx\n"),
        ("tsv", "x\n"),
        ("csv", "key\nx\n"),
        ("json", '{"key": "x"}\n'),
    ):
        screen = io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.stdout", screen)
            with Output(format, ("key",)) as output:
                output.caption("a - b")
                output.row("x")
                output.flush()
                output.row("y")
        assert screen.getvalue().startswith(first) and screen.getvalue().count("a - b") <= 1


#: A line of each command that prints rows.
ROWS = {
    "analogy": "k1 k2 k3 -n 1",
    "cluster": "model.e2v -k 2",
    "compare": "corpus.e2v --methods popularity -n 2",
    "diff": "model.e2v model.e2v -n 1",
    "embed": "lines.txt",
    "eval": "--categories labels.csv:key:kind",
    "info": "model.e2v",
    "keys": "model.e2v",
    "lookup": "k1",
    "odd": "k1 k2 k3",
    "phrases": "lines.txt --min-count 1",
    "plan": "corpus.e2v --dim 4 -o new.e2v",
    "recommend": "k1 -n 1",
    "similar": "k1 -n 1",
    "similarity": "k1 k2",
    "verify": "model.e2v",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rows")
    write_model(folder / "model.e2v", keyed(8), *np.random.default_rng(1).normal(size=(2, 8, 3)))
    write_tastes(folder / "corpus.e2v")
    (folder / "lines.txt").write_text("k1 k2\nk3 k1 k2\n")
    (folder / "labels.csv").write_text("key,kind\n" + "".join(f"k{n},{'ab'[n % 2]}\n" for n in range(8)))
    return folder


@pytest.mark.parametrize("name", ROWS)
def test_every_command_has_a_header_for_those_who_ask_for_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    monkeypatch.chdir(folder)
    first = []
    for how in ("--header", "--format csv"):
        command_line(f"{name} {ROWS[name]} {how}")
        first.append(capsys.readouterr().out.splitlines()[0])
    assert first[0].split("\t") == first[1].split(",")


def test_no_command_that_prints_rows_is_left_out() -> None:
    with_rows = {
        name
        for name in COMMANDS
        if "header" in inspect.signature(typer_function(function_of(name))).parameters
    }
    assert with_rows - ROWS.keys() == {
        "index",
        "auto",
        "tune",
    }  # with rows where it is measured; tested apart

"""Logs as people have them: each line is used, or counted and told with its place; nothing is made up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import pytest

from e2v.corpus.artifact import open_corpus
from tests.conftest import Result, Run


def histories(path: Path) -> dict[str, list[str]]:
    """Each user's items in a corpus."""
    corpus = open_corpus(path)
    assert corpus.names is not None
    found: dict[str, list[str]] = {}
    for row, name in enumerate(corpus.names):
        tokens = corpus.tokens[corpus.offsets[row] : corpus.offsets[row + 1]]
        found.setdefault(name, []).extend(corpus.keys[token] for token in tokens)
    return found


def read(
    run: Run, folder: Path, log: str | bytes, *options: str, name: str = "log"
) -> tuple[Result, dict[str, list[str]]]:
    (folder / name).write_bytes(log if isinstance(log, bytes) else log.encode("utf-8", "surrogateescape"))
    result = run("events", name, *options, "--progress", "bar")
    return result, histories(folder / "corpus.e2v")


class TestQuotes:
    def test_a_long_field_is_a_field(self, run: Run, tmp_path: Path) -> None:
        review = "so good\n" * 20_000 + "ghost,thing,a line\n"
        result, found = read(run, tmp_path, f'user,item,review\nu,a,"{review}"\nv,b,fine\n')
        assert found == {"u": ["a"], "v": ["b"]}
        assert "cannot be read" not in result.stderr

    def test_a_fault_spans_its_lines(self, run: Run, tmp_path: Path) -> None:
        rows = [f"u{row % 50},i{row % 70},title" for row in range(3000)]
        rows[8], rows[1998] = 'u9,i9,"12 inch single', 'u49,i60,"7 inch" single'
        result, found = read(run, tmp_path, "\n".join(["user,item,title", *rows]) + "\n")
        assert "log, lines 10 to 2,000: there is text after a closing quote (--quote none" in result.stderr
        assert "left out: 1,991 lines that cannot be read" in result.stderr
        expected = rows[:8] + rows[1999:]
        assert sum(map(len, found.values())) == len({tuple(row.split(",")[:2]) for row in expected})
        result, found = read(run, tmp_path, "\n".join(["user,item,title", *rows]) + "\n", "--quote", "none")
        assert "left out: 1,991" not in result.stderr and "cannot be read" not in result.stderr
        assert sum(map(len, found.values())) == len({tuple(row.split(",")[:2]) for row in rows})

    def test_quotes_that_happen_to_match_are_told(self, run: Run, tmp_path: Path) -> None:
        log = 'user_id,item_id,title\n1,a,"12 inch\n1,b,x\n1,c,x\n2,d,y"\n3,e,z\n'
        result, found = read(run, tmp_path, log)
        assert found == {"1": ["a"], "3": ["e"]}
        told = "lines 2 to 5: each of these lines would be a row, but a field between quotes spans them"
        assert told in result.stderr
        strict = run("events", "log", "--strict", "-o", "strict.e2v", check=False)
        assert strict.code == 1 and told in strict.stderr and not (tmp_path / "strict.e2v").exists()
        _, found = read(run, tmp_path, log, "--quote", "none")
        assert found == {"1": ["a", "b", "c"], "2": ["d"], "3": ["e"]}

    def test_one_quote_in_ten_thousand_baskets(self, run: Run, tmp_path: Path) -> None:
        baskets = ["milk,bread"] * 10_001
        baskets[5000] = '"beer,bread'
        result, found = read(run, tmp_path, "\n".join(baskets) + "\n", "--layout", "baskets")
        assert "lines 5,001 to 10,001: a quote that is opened in line 5,001 is never closed" in result.stderr
        assert "left out: 5,001 lines" in result.stderr and len(found) == 5000

    def test_baskets_within_one_item_are_told(self, run: Run, tmp_path: Path) -> None:
        baskets = ["milk,bread"] * 9000
        baskets[1000], baskets[5000] = 'milk,"bread', 'beer",bread'
        result, _ = read(run, tmp_path, "\n".join(baskets) + "\n", "--layout", "baskets")
        told = (
            "lines 1,001 to 5,001: each of these lines would be a row, but a field between quotes spans them"
        )
        assert told in result.stderr

    @pytest.mark.parametrize(
        ("log", "item"), [('user\titem\nu\t"a\tb"\n', "a\tb"), ('user\titem\nu\t"a" b\nv\tc\n', '"a" b')]
    )
    def test_tabs_have_quotes_where_the_file_does(
        self, run: Run, tmp_path: Path, log: str, item: str
    ) -> None:
        assert read(run, tmp_path, log)[1]["u"] == [item]


class TestDialects:
    def test_movielens_1m(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "movies.dat").write_bytes(
            "1193::One Flew Over the Cuckoo's Nest (1975)::Drama\n661::Léon (1994)::Crime|Drama\n"
            "914::Les Misérables (1995)::Drama|Musical\n".encode("latin-1")
        )
        log = "1::1193::5::978300760\n1::661::3::978302109\n2::914::3::978301968\n"
        (tmp_path / "ratings.dat").write_text(log)
        refused = run("events", "ratings.dat", check=False)
        assert refused.code == 2
        assert (
            "has no header: its first row is 1, 1193, 5, 978300760; name the columns by number"
            in refused.stderr
        )
        columns = ("--user", "1", "--item", "2", "--time", "4", "--titles", "movies.dat:1:2")
        result, found = read(run, tmp_path, log, *columns, name="ratings.dat")
        assert found == {"1": ["1193", "661"], "2": ["914"]}
        assert "read as CSV with :: between fields; users in column 1" in result.stderr
        titles = open_corpus(tmp_path / "corpus.e2v").titles
        assert titles is not None and "Léon (1994)" in list(titles)

    def test_book_crossing(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "books.csv").write_bytes(
            '"ISBN";"Book-Title";"Book-Author"\r\n"034545104X";"Flesh Tones: A Novel";"M. J. Rose"\r\n'
            '"0155061224";"Das \\"Mädchen\\"; Roman";"Judith Rae"\r\n"0446520802";"Ein Köder";"X"\r\n'.encode(
                "latin-1"
            )
        )
        log = (
            '"User-ID";"ISBN";"Book-Rating"\r\n"276725";"034545104X";"0"\r\n"276726";"0155061224";"5"\r\n'
            '"276727";"0446520802";"0"\r\n'
        )
        result, found = read(run, tmp_path, log, "--titles", "books.csv:ISBN:Book-Title")
        assert found == {"276725": ["034545104X"], "276726": ["0155061224"], "276727": ["0446520802"]}
        assert "read as CSV with ; between fields; users in column User-ID, items in ISBN" in result.stderr
        titles = open_corpus(tmp_path / "corpus.e2v").titles
        assert titles is not None and 'Das "Mädchen"; Roman' in list(titles)

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
    def test_line_ends_and_encodings(self, run: Run, tmp_path: Path, end: str, encoding: str) -> None:
        log = end.join(["Kunde;Artikel", "Jürgen;Brötchen", "Käthe;Käse", ""])
        _, found = read(run, tmp_path, log.encode(encoding))
        assert found == {"Jürgen": ["Brötchen"], "Käthe": ["Käse"]}

    def test_decimal_commas(self, run: Run, tmp_path: Path) -> None:
        log = "user;item;rating\nu;a;3,5\nu;b;2,0\nv;a;4\n"
        _, found = read(run, tmp_path, log, "--rating", "rating", "--min-rating", "3")
        assert found == {"u": ["a"], "v": ["a"]}

    def test_options_overrule_what_is_told(self, run: Run, tmp_path: Path) -> None:
        log = "user/item\nu/'a/b'\n".replace("/", "~")
        _, found = read(run, tmp_path, log, "--delimiter", "~", "--quote", "'")
        assert found == {"u": ["a~b"]}
        _, found = read(run, tmp_path, "user,item\nu,caf\x82\n".encode("latin-1"), "--encoding", "cp850")
        assert found == {"u": ["café"]}

    @pytest.mark.parametrize(
        ("option", "said"),
        [
            (("--delimiter", ",,,"), "--delimiter takes a character, or two, such as ',', ';'"),
            (("--quote", "``"), "--quote takes a character, or none"),
            (("--encoding", "klingon"), "there is no encoding 'klingon'"),
        ],
    )
    def test_options_that_name_nothing(
        self, run: Run, tmp_path: Path, option: tuple[str, str], said: str
    ) -> None:
        (tmp_path / "log").write_text("user,item\nu,a\n")
        result = run("events", "log", *option, check=False)
        assert (result.code, result.stderr.count("\n")) == (2, 1) and said in result.stderr

    def test_one_comma_does_not_decide_for_all_lines(self, run: Run, tmp_path: Path) -> None:
        lines = [f"u{row} a{row % 5} b{row % 7}" for row in range(20)]
        lines[7] = "u7 a,1 b0"
        _, found = read(run, tmp_path, "\n".join(lines), "--layout", "user-items")
        assert len(found) == 20 and found["u7"] == ["a,1", "b0"] and found["u8"] == ["a3", "b1"]
        lines = [f"u{row}\ta b{row % 5}\tb,{row % 7}" for row in range(20)]
        _, found = read(run, tmp_path, "\n".join(lines), "--layout", "user-items")
        assert found["u8"] == ["a b3", "b,1"]


class TestRows:
    def test_a_header_within_the_data(self, run: Run, tmp_path: Path) -> None:
        result, found = read(run, tmp_path, "user_id,item\n1,a\nuser_id,item\n2,b\n")
        assert found == {"1": ["a"], "2": ["b"]}
        assert "log, line 3: the names of the columns again" in result.stderr

    def test_columns_by_number_do_not_make_a_user_of_a_header(self, run: Run, tmp_path: Path) -> None:
        _, found = read(run, tmp_path, "id,who,what\n1,anna,x\n2,ben,y\n", "--user", "2", "--item", "3")
        assert found == {"anna": ["x"], "ben": ["y"]}

    def test_two_columns_of_a_name(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "log").write_text("user,item,item\nu,a,b\n")
        result = run("events", "log", "--user", "user", "--item", "item", check=False)
        assert result.code == 1
        assert "log has 2 columns 'item'; name one by its number: 2, 3" in result.stderr

    def test_values_are_shown(self, run: Run, tmp_path: Path) -> None:
        log = 'user,item,price\nu,a,12.5\nu,b,"1,016"\nu,c,5_0\nu,d,\u0663\nu,e,\n'
        result, found = read(run, tmp_path, log, "--rating", "price", "--min-rating", "1")
        assert found == {"u": ["a"]}
        for said in (
            "line 3: price is '1,016', a whole number or a decimal comma",
            "line 4: price is '5_0'",
            "line 5: price is '\u0663'",
            "line 6: price is missing",
        ):
            assert said in result.stderr
        result, _ = read(
            run,
            tmp_path,
            "1,2,x\n1,3,4\n",
            "--user",
            "1",
            "--item",
            "2",
            "--rating",
            "3",
            "--min-rating",
            "1",
        )
        assert "line 1: column 3 is 'x', no number" in result.stderr

    def test_dates_that_are_not_read_are_shown(self, run: Run, tmp_path: Path) -> None:
        log = "user,item,date\nu,a,2024-01-31\nu,b,01/31/2024\n"
        result, _ = read(run, tmp_path, log, "--time", "date")
        assert "line 3: date is '01/31/2024', no time in ISO 8601, such as 2024-01-31 18:30" in result.stderr

    def test_all_rated_too_low_but_one(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "log").write_text("user,item,stars\nu,a,1\nu,b,2\nu,c,good\n")
        result = run("events", "log", "--rating", "stars", "--min-rating", "3", check=False)
        assert result.code == 1
        said = result.stderr.splitlines()[-1]
        assert (
            "every event (2) is rated below 3; 1 line cannot be read" in said and "lower --min-rating" in said
        )

    def test_lines_of_users_without_items_are_counted(self, run: Run, tmp_path: Path) -> None:
        result, found = read(run, tmp_path, "u,a,b\nv\nw,c\n,d\n", "--layout", "user-items")
        assert found == {"u": ["a", "b"], "w": ["c"]}
        assert "line 4: it begins without a user's id" in result.stderr
        assert (
            "1 line that cannot be read" in result.stderr
            and "1 line of a user without items" in result.stderr
        )

    def test_users_outside_of_a_frozen_vocabulary_are_counted(self, run: Run, tmp_path: Path) -> None:
        read(run, tmp_path, "u a b c d\n", "--layout", "user-items", "-o", "corpus.e2v")
        (tmp_path / "corpus.e2v").rename(tmp_path / "old.e2v")
        result, found = read(run, tmp_path, "v a x\nw x y\n", "--layout", "user-items", "--vocab", "old.e2v")
        assert found == {"v": ["a"]}
        assert (
            "left out: 3 events of 2 items outside of the vocabulary, 1 user without any other item"
            in result.stderr
        )


class TestValues:
    EVENTS = ((12345678901.0, 3), (7.0, "x1"), (None, 5), (float("nan"), 6), (8.0, "NULL"))
    EXPECTED: ClassVar = {"12345678901": ["3"], "7": ["x1"]}

    def test_csv(self, run: Run, tmp_path: Path) -> None:
        rows = ["12345678901.0,3", "7.0,x1", ",5", "nan,6", "8,NULL"]
        result, found = read(run, tmp_path, "\n".join(["user,item", *rows]))
        assert found == self.EXPECTED and "left out: 3 lines that cannot be read" in result.stderr

    @pytest.mark.parametrize("array", [False, True])
    def test_json(self, run: Run, tmp_path: Path, array: bool) -> None:
        rows = [json.dumps({"user": user, "item": item}) for user, item in self.EVENTS]
        log = f"[{', '.join(rows)}]" if array else "\n".join(rows)
        result, found = read(run, tmp_path, log)
        assert found == self.EXPECTED and "left out: 3 lines" in result.stderr

    def test_parquet(self, run: Run, tmp_path: Path) -> None:
        parquet = pytest.importorskip("pyarrow.parquet", reason="needs the io extra")
        import pyarrow

        users, items = zip(*self.EVENTS, strict=True)
        table = {"user": pyarrow.array(users, pyarrow.float64()), "item": pyarrow.array(map(str, items))}
        parquet.write_table(pyarrow.table(table), tmp_path / "log.parquet")
        result = run("events", "log.parquet", "--progress", "bar")
        assert histories(tmp_path / "corpus.e2v") == self.EXPECTED
        assert "left out: 3 lines" in result.stderr

    def test_a_nested_field(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "log").write_text('{"user": {"id": 1}, "item": 2}\n')
        result = run("events", "log", "--user", "user.id", "--item", "item", check=False)
        assert result.code == 1
        assert "log has no field 'user.id'; jq -c" in result.stderr

    def test_two_titles_of_an_item_are_told(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "titles.csv").write_text("item,title\na,Heat\na,Warm\n")
        result, _ = read(run, tmp_path, "user,item\nu,a\n", "--titles", "titles.csv:item:title")
        assert "titles.csv, line 3: a is called 'Heat' already, not 'Warm'" in result.stderr


def test_text_is_told_from_logs(run: Run, tmp_path: Path) -> None:
    (tmp_path / "prose.txt").write_text("it was a dark night\nand a stormy one it was too\nso\n" * 20)
    result = run("events", "prose.txt", check=False)
    assert result.code == 2 and "e2v vocab prose.txt" in result.stderr


def test_ids_that_are_no_utf_8_read_back_as_they_were(run: Run, tmp_path: Path) -> None:
    log = "u\te2\tca\x81f\xe9\tcaf\xe9\nv\tca\x81f\xe9\te2\tcaf\xe9\n".encode(
        "latin-1"
    )  # of no told encoding
    _, found = read(run, tmp_path, log, "--layout", "user-items")
    run("split", "corpus.e2v", "--by", "random", "--share", "0.4", "-o", "a.e2v", "--held-out", "test.txt")
    run("events", "test.txt", "--layout", "user-items", "-o", "back.e2v")
    back = histories(tmp_path / "back.e2v")
    assert set(back) == {"u", "v"}
    assert all(set(items) < set(found[user]) for user, items in back.items())
    (tmp_path / "text").write_bytes(log)
    run("vocab", "text", "--min-count", "1", "--save-counts", "counts.txt", "-o", "text.e2v")
    run("vocab", "text", "--counts", "counts.txt", "--min-count", "1", "-o", "again.e2v")
    assert list(open_corpus(tmp_path / "again.e2v").keys) == list(open_corpus(tmp_path / "text.e2v").keys)

"""What small files as people have them are told to be: separator, quotes, encoding, header."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2v.corpus.events.settings import EventSettings
from e2v.errors import UsageError
from e2v.inputs.dialect import (
    Dialect,
    DialectOptions,
    delimiter_named,
    detect_dialect_of_lines,
    looks_like_header,
    quote_named,
)
from e2v.inputs.faults import Faults
from e2v.inputs.sources import Source
from e2v.inputs.tables import DelimitedTable, open_table
from e2v.settings import resolve

CSV = Dialect(",", '"')
TSV = Dialect("\t", '"')
PLAIN_TSV = Dialect("\t")

#: Text, its encoding, the dialect, the names of columns if there is a header, the last row.
FILES: dict[str, tuple[str, str, Dialect, list[str] | None, list[str]]] = {
    "MovieLens 1M movies": (
        "1::Toy Story (1995)::Animation|Children's|Comedy\n73::Misérables, Les (1995)::Drama|Musical\n"
        "2::Jumanji (1995)::Adventure\n",
        "latin-1",
        Dialect("::"),
        None,
        ["2", "Jumanji (1995)", "Adventure"],
    ),
    "MovieLens 1M ratings": (
        "1::1193::5::978300760\n1::661::3::978302109\n2::914::3::978301968\n",
        "utf-8",
        Dialect("::"),
        None,
        ["2", "914", "3", "978301968"],
    ),
    "MovieLens 100k ratings": (
        "196\t242\t3\t881250949\n186\t302\t3\t891717742\n",
        "utf-8",
        TSV,
        None,
        ["186", "302", "3", "891717742"],
    ),
    "MovieLens 100k items": (
        "1|Toy Story (1995)|01-Jan-1995||http://us.imdb.com/M/title-exact?Toy%20Story%20(1995)|0|0|1\n"
        "543|Misérables, Les (1995)|01-Jan-1995||http://us.imdb.com/M/x?Mis%E9rables,%20Les|0|0|0\n"
        '3|"Four; Rooms", (1995)|01-Jan-1995||http://us.imdb.com/M/y|1|0|1\n',
        "latin-1",
        Dialect("|"),
        None,
        ["3", '"Four; Rooms", (1995)', "01-Jan-1995", "", "http://us.imdb.com/M/y", "1", "0", "1"],
    ),
    "MovieLens with genres": (
        "movieId,title,genres\n1,Toy Story (1995),Adventure|Animation|Children|Comedy|Fantasy\n"
        '11,"American President, The (1995)",Comedy|Drama|Romance\n5,Heat,Action|Crime\n',
        "utf-8",
        CSV,
        ["movieId", "title", "genres"],
        ["5", "Heat", "Action|Crime"],
    ),
    "Book-Crossing ratings": (
        '"User-ID";"ISBN";"Book-Rating"\n"276725";"034545104X";"0"\n"276726";"0155061224";"5"\n',
        "utf-8",
        Dialect(";", '"'),
        ["User-ID", "ISBN", "Book-Rating"],
        ["276726", "0155061224", "5"],
    ),
    "Book-Crossing books": (
        '"ISBN";"Book-Title";"Book-Author"\n"1";"Clara, Callan";"René Goscinny, X"\n'
        '"2";"The \\"Best\\"; of, it";"A, B"\n"3";"C\\"";"D, E"\n"4";"Été";"F"\n',
        "latin-1",
        Dialect(";", '"', "\\"),
        ["ISBN", "Book-Title", "Book-Author"],
        ["4", "Été", "F"],
    ),
    "decimal commas": (
        "user;item;price\n1;a;3,50\n2;b;12,99\n3;c;7,00\n",
        "utf-8",
        Dialect(";", '"'),
        ["user", "item", "price"],
        ["3", "c", "7,00"],
    ),
    "two columns with decimal commas": (
        "kunde;preis\nA1;3,50\nA2;12,99\nA3;7,00\n",
        "utf-8",
        Dialect(";", '"'),
        ["kunde", "preis"],
        ["A3", "7,00"],
    ),
    "decimal commas without a header": (
        "1;10;3,50\n2;20;12,99\n3;30;7,00\n",
        "utf-8",
        Dialect(";", '"'),
        None,
        ["3", "30", "7,00"],
    ),
    "TSV with commas in titles": (
        "user\titem\ttitle\n1\ta\tHeat, the film, again\n2\tb\tOne; two, three\n",
        "utf-8",
        TSV,
        ["user", "item", "title"],
        ["2", "b", "One; two, three"],
    ),
    "TSV with stray quotes": (
        'user\titem\ttitle\n1\ta\t12" single\n2\tb\t"Heat\n3\tc\t"Best" of\n4\td\tx\n',
        "utf-8",
        PLAIN_TSV,
        ["user", "item", "title"],
        ["4", "d", "x"],
    ),
    "TSV with a line end between quotes": (
        'user\titem\ttitle\n1\ta\t"Heat\n again"\n' + "2\tb\tx\n" * 20,
        "utf-8",
        TSV,
        ["user", "item", "title"],
        ["2", "b", "x"],
    ),
    "TSV with quotes that happen to pair": (
        'user\titem\ttitle\n1\ta\t"12 inch\n' + "2\tb\tx\n" * 20 + '3\tc\tsingle"\n4\td\ty\n',
        "utf-8",
        PLAIN_TSV,
        ["user", "item", "title"],
        ["4", "d", "y"],
    ),
    "TSV with quotes": (
        'user\titem\ttitle\n1\ta\t"Heat\tagain"\n2\tb\t"said ""no"""\n',
        "utf-8",
        TSV,
        ["user", "item", "title"],
        ["2", "b", 'said "no"'],
    ),
    "times with blanks": (
        "user,item,at\n1,a,2024-01-01 10:00:00\n2,b,2024-01-02 11:30:00\n",
        "utf-8",
        CSV,
        ["user", "item", "at"],
        ["2", "b", "2024-01-02 11:30:00"],
    ),
    "one column of times": (
        "at\n2024-01-01 10:00:00\n2024-01-02 11:30:00\n",
        "utf-8",
        CSV,
        ["at"],
        ["2024-01-02 11:30:00"],
    ),
    "blanks": ("1 10  5\n2 20 4\n3  30 1\n", "utf-8", Dialect(" "), None, ["3", "30", "1"]),
    "a header only": ("user_id,item_id\n", "utf-8", CSV, ["user_id", "item_id"], []),
    "a header of a semicolon": ("user_id;item_id\n", "utf-8", Dialect(";", '"'), ["user_id", "item_id"], []),
    "one row only": ("1,2,3\n", "utf-8", CSV, None, ["1", "2", "3"]),
    "CR": ("user,item\r1,a\r2,b\r", "utf-8", CSV, ["user", "item"], ["2", "b"]),
    "CRLF and a mark": ("\ufeffuser,item\r\n1,a\r\n2,b\r\n", "utf-8", CSV, ["user", "item"], ["2", "b"]),
    "UTF-16 of Excel": ("user\titem\r\n1\tä\r\n2\tb\r\n", "utf-16", TSV, ["user", "item"], ["2", "b"]),
    "separators within the header's quotes": (
        '"user, id","item; no","a|b"\n1,x,3\n2,y,4\n',
        "utf-8",
        CSV,
        ["user, id", "item; no", "a|b"],
        ["2", "y", "4"],
    ),
    "sep=": ("user,item,title\n1,a,\n2,b,\n", "utf-8", CSV, ["user", "item", "title"], ["2", "b", ""]),
    "a comma in every title": (
        "user;title\n1;Heat, the film\n2;Alien, the film\n3;Big, the film\n",
        "utf-8",
        Dialect(";", '"'),
        ["user", "title"],
        ["3", "Big, the film"],
    ),
    "a title with :: in it": (
        "user,item,title\n1,a,C::D\n2,b,E::F\n3,c,G\n",
        "utf-8",
        CSV,
        ["user", "item", "title"],
        ["3", "c", "G"],
    ),
    "JSON in a column": (
        'user,item,more\n1,a,"{""x"": [1, 2]}"\n2,b,"{""y"": 3}"\n',
        "utf-8",
        CSV,
        ["user", "item", "more"],
        ["2", "b", '{"y": 3}'],
    ),
    "many tags": (
        "user,tags\n1,a|b|c\n2,a|b|d\n3,x|y|z\n",
        "utf-8",
        CSV,
        ["user", "tags"],
        ["3", "x|y|z"],
    ),
    "many tags without a header": ("1,a|b|c\n2,a\n3,x|y|z|w\n", "utf-8", CSV, None, ["3", "x|y|z|w"]),
    "times with semicolons beside": (
        "user;item;a,b\n1;x;1,2\n2;y;3,4\n",
        "utf-8",
        Dialect(";", '"'),
        ["user", "item", "a,b"],
        ["2", "y", "3,4"],
    ),
    "rows that lack fields": (
        "user,item,title\n1,a,x\n2,b,y\n3,c,z\n4,d,w\n5\n6,e,v\n",
        "utf-8",
        CSV,
        ["user", "item", "title"],
        ["6", "e", "v"],
    ),
    "quotes and inches": (
        'user,item,title\n1,a,7" single\n2,b,"Heat, again"\n3,c,12" single\n',
        "utf-8",
        CSV,
        ["user", "item", "title"],
        ["3", "c", '12" single'],
    ),
    "names without numbers below": (
        "customer_email,sku,product_name,ordered_at\na@x.com,B-1,Tea,2024-01-05\nb@x.com,B-2,Pot,2024-01-06\n",
        "utf-8",
        CSV,
        ["customer_email", "sku", "product_name", "ordered_at"],
        ["b@x.com", "B-2", "Pot", "2024-01-06"],
    ),
    "words without a header": ("ann,tea\nbob,pot\nann,pot\n", "utf-8", CSV, None, ["ann", "pot"]),
    "names nobody knows above words": ("who,what\nann,tea\nbob,pot\n", "utf-8", CSV, None, ["bob", "pot"]),
    "an index without a name": (
        ",userId,movieId\n0,1,10\n1,2,20\n",
        "utf-8",
        CSV,
        ["", "userId", "movieId"],
        ["1", "2", "20"],
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_files_as_people_have_them(name: str, tmp_path: Path) -> None:
    text, encoding, dialect, names, last = FILES[name]
    path = tmp_path / "file"
    path.write_bytes(text.encode(encoding))
    table = open_table(Source(str(path)))
    assert isinstance(table, DelimitedTable)
    assert (table.dialect, table.names) == (dialect, names)
    if last:
        faults = Faults(strict=False)
        places = [str(place) for place in range(1, len(last) + 1)]
        batches = list(table.rows(places, faults))
        assert [column.strings()[-1] for column in batches[-1].columns] == last


#: Lines of items, their delimiter, and the first line's items.
LINES = {
    "groceries": (
        "citrus fruit,semi-finished bread,margarine\ntropical fruit,yogurt,coffee\nwhole milk\n",
        ",",
    ),
    "groceries of a word": ("milk\nbread,butter\ntea\neggs,flour,salt\n", ","),
    "numbers": ("1 2 3\n4 5\n6\n", " "),
    "a comma in one id": ("u1 a b\nu2 c,d e\nu3 f\nu4 g\n", " "),
    "tabs and commas": ("u1\ta, b\tc\nu2\td\n", "\t"),
    "semicolons": ("a;b\nc;d, e\n", ";"),
    "bars": ("a b|c d\ne|f\n", "|"),
    "names with blanks": ("Heat the film, Alien\nBig\n", ","),
}


@pytest.mark.parametrize("name", LINES)
def test_lines_of_items(name: str) -> None:
    text, delimiter = LINES[name]
    assert detect_dialect_of_lines(text.encode(), DialectOptions()).delimiter == delimiter


@pytest.mark.parametrize(
    ("names", "rows", "is_header"),
    [
        (["who", "n"], [["a", "1"], ["b", "2"]], True),
        (["who", "when"], [["a", "2024-01-01"]], True),
        (["who", "n"], [["a", ""], ["b", "2"]], True),
        (["who", "n"], [["a", "x"], ["b", "2"]], False),
        (["who", "2"], [["a", "1"]], False),
        (["who", ""], [["a", "1"]], False),
        (["who", "n"], [], False),
        (["who", "n"], [["1"]], False),
    ],
)
def test_a_header_is_no_number_above_numbers(
    names: list[str], rows: list[list[str]], is_header: bool
) -> None:
    assert looks_like_header(names, rows) is is_header


def test_what_is_said_goes_before_what_is_told(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("user;item,x\n1;a,y\n")
    for delimiter, first in ((";", ["user", "item,x"]), (",", ["user;item", "x"])):
        table = open_table(Source(str(path)), DialectOptions(delimiter_named(delimiter)))
        assert isinstance(table, DelimitedTable)
        assert table.first_row == first


@pytest.mark.parametrize("delimiter", ["tab", "\\t", "\t"])
def test_names_of_delimiters(delimiter: str) -> None:
    assert delimiter_named(delimiter) == "\t"
    assert delimiter_named("blanks") == " "
    assert delimiter_named("::") == "::"
    assert quote_named("none") == ""


@pytest.mark.parametrize("delimiter", ["", ":::", "é", "\n", '"'])
def test_what_separates_nothing(delimiter: str) -> None:
    with pytest.raises(ValueError, match="takes a character, or two"):
        delimiter_named(delimiter)


@pytest.mark.parametrize("quote", ["ab", "é", " ", "\t", "\x0b"])
def test_what_quotes_nothing(quote: str) -> None:
    with pytest.raises(ValueError, match="takes a character, or none"):
        quote_named(quote)


@pytest.mark.parametrize(("delimiter", "quote"), [(";", ";"), ("''", "'")])
def test_a_quote_is_no_part_of_the_delimiter(delimiter: str, quote: str) -> None:
    with pytest.raises(UsageError, match="quote cannot be delimiter, too"):
        resolve(EventSettings, {"delimiter": delimiter, "quote": quote})


@pytest.mark.parametrize(
    ("dialect", "said"),
    [
        (CSV, "CSV"),
        (TSV, "TSV"),
        (PLAIN_TSV, "TSV, quotes as characters"),
        (Dialect(";", '"'), "CSV with ; between fields"),
        (Dialect("::"), "CSV with :: between fields"),
        (Dialect(" "), "CSV with blanks between fields"),
        (Dialect(",", "'"), "CSV, quotes '"),
    ],
)
def test_dialects_as_people_call_them(dialect: Dialect, said: str) -> None:
    assert str(dialect) == said

"""A shop's exports as Excel writes them: read as they are, or refused with what is wrong and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2v import notices
from e2v.cli.shared.messages import tell
from e2v.errors import E2VError, InputError, SettingError
from e2v.inputs.sources import Source
from e2v.recommend.users import read_histories
from e2v.store import Keys, open_artifact
from tests.cli.test_logs_that_go_wrong import histories
from tests.commands import command_line

#: Who ordered what, and when: day and month.
ORDERS = [
    (user, f"A-{(user * 3 + k) % 7}", 1 + (user * 5 + 9 * k) % 28, 1 + k)
    for user in range(25)
    for k in range(3)
]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(notices, "_listeners", [tell])  # as e2v.cli.app.main does

    def run(line: str) -> str:
        capsys.readouterr()
        command_line(line)
        return capsys.readouterr().err

    return run


def write(name: str, header: str, rows: list[str]) -> None:
    """As Excel does: with a byte order mark and CRLF."""
    Path(name).write_bytes(("\ufeff" + "".join(f"{row}\r\n" for row in [header, *rows])).encode())


def test_a_german_export(said) -> None:
    rows = [f'9;K{u:03d};{a};"Seife ""fein""; rot";{d:02d}.{m:02d}.2024;1.016,50' for u, a, d, m in ORDERS]
    write("export.csv", "Bestellnummer;Kundennummer;Artikelnummer;Bezeichnung;Bestelldatum;Preis", rows)
    told = said("events export.csv --time Bestelldatum --rating Preis --min-rating 1000")
    assert "CSV with ; between fields; users in column Kundennummer, items in Artikelnummer" in told
    assert "75 events of 25 users with 7 items, in order" in told and "left out" not in told
    of_24 = [a for u, a, d, m in sorted(ORDERS, key=lambda order: order[3:1:-1]) if u == 24]
    assert histories(Path("corpus.e2v"))["K024"] == of_24


def test_an_american_export(said) -> None:
    rows = [f'{u}{m},c{u}@x.com,{a},Soap,{m}/{d}/2024 3:05 PM,"1,016.50"' for u, a, d, m in ORDERS]
    write("orders.csv", "Order ID,customer_email,sku,product,ordered_at,unit_price", rows)
    told = said("events orders.csv --time ordered_at --rating unit_price --min-rating 1000")
    assert "users in column customer_email, items in sku" in told
    assert "column ordered_at: dates have the month first, as '" in told
    assert "75 events of 25 users with 7 items, in order" in told and "left out" not in told
    told = said("events orders.csv --user 2 --item 3 -o numbers.e2v")
    assert "75 events of 25 users with 7 items, as sets" in told
    for line in ("svd orders.csv -o x", "vocab orders.csv -o x", "train orders.csv -o x"):
        with pytest.raises(E2VError, match=r"orders\.csv is .*a table.*; e2v events orders\.csv "):
            said(line)


def test_dates_that_fit_two_orders_are_refused(said) -> None:
    write("log.csv", "user,item,date", ["u,a,03/04/2024", "u,b,04/03/2024"])
    with pytest.raises(E2VError, match="is the day first, or the month"):
        said("events log.csv --time date")
    assert not Path("corpus.e2v").exists()
    said("events log.csv --time date --date-order day-first")
    assert histories(Path("corpus.e2v")) == {"u": ["b", "a"]}
    told = said("events log.csv --time date --date-order month-first --log-file log")
    assert "left out" not in told and histories(Path("corpus.e2v")) == {"u": ["a", "b"]}


def test_orders_are_baskets_where_there_are_no_users(said) -> None:
    write("orders.csv", "Order ID,sku,date", [f"{u},{a},2024-01-01" for u, a, *_ in ORDERS])
    told = said("events orders.csv")
    assert "baskets in column Order ID, items in sku\n" in told
    assert "75 events of 25 baskets with 7 items, as sets" in told


def test_a_column_of_which_each_value_comes_once_is_told(said) -> None:
    write("log.csv", "line,customer,sku", [f"L{n},{u},{a}" for n, (u, a, *_) in enumerate(ORDERS)])
    told = said("events log.csv --user line --item sku")
    assert (
        "log.csv: 75 of 75 users in column line have one event each; is customer the right one (--user"
        in told
    )
    told = said("events log.csv --user customer --item line")
    assert "75 of 75 items in column line have one event each; is sku the right one (--item 'sku')?" in told
    assert "one event each" not in said("events log.csv --user customer --item sku")


def test_a_first_row_with_one_name_is_data_unless_nothing_else_is_called_so(said) -> None:
    write("a.csv", "customer_id,what", ["anna,soap", "ben,soap"])
    told = said("events a.csv --user 1 --item 2")
    assert "a.csv: its first row (customer_id, what) is left out, as the names of columns" in told
    assert "users in column 1 (customer_id), items in 2 (what)" in told
    assert histories(Path("corpus.e2v")) == {"anna": ["soap"], "ben": ["soap"]}
    for first, end in (("alice,stars", ","), ("u1\tdate", "\t"), ("customer,what", ","), ("u1,isbn", ",")):
        write("b.csv", first, [f"bob{end}moon", f"carl{end}moon"])
        told = said("events b.csv --user 1 --item 2")
        user, item = first.split(end)
        assert f"b.csv: its first row ({user}, {item}) is read as data; if it names the columns" in told
        assert histories(Path("corpus.e2v")) == {user: [item], "bob": ["moon"], "carl": ["moon"]}
    told = said("events b.csv --user u1 --item 2")
    assert "first row" not in told and histories(Path("corpus.e2v")) == {"bob": ["moon"], "carl": ["moon"]}
    write("c.csv", "customer_id,soap", ["anna,soap", "customer_id,beer"])
    assert "first row" not in said("events c.csv --user 1 --item 2")
    assert histories(Path("corpus.e2v")) == {"customer_id": ["soap", "beer"], "anna": ["soap"]}


def test_a_first_row_that_goes_by_the_numbers_below_it_is_told(said) -> None:
    write("log.csv", "A2SU,B0001", ["A2SV,000123", "A2SW,000124"])
    assert "its first row (A2SU, B0001) is left out, as the names" in said(
        "events log.csv --user 1 --item 2 -q"
    )
    write("titles.csv", "A2SU,B0001", ["A2SV,000123", "A2SW,000124"])
    write("log.csv", "user,item", ["u,000123", "v,000124"])
    told = said("events log.csv --titles titles.csv:2:1")
    assert told.count("titles.csv: its first row (A2SU, B0001) is left out") == 1


def test_a_number_that_may_be_two_is_shown_with_what_to_do(said) -> None:
    write("log.csv", "user,item,price", ['u,a,"1,016"', "u,b,dear", "u,c,5"])
    told = said("events log.csv --rating price --min-rating 1 --max-unreadable 0.7")
    assert "line 2: price is '1,016', which may be 1016 or 1.016: 1016 and 1.0160 leave no doubt" in told
    assert "line 3: price is 'dear', no number, as 4.5 or 1,016.50 are" in told
    write("log.csv", "user;item;price", ["u;a;1.016", "u;b;12", "u;c;1,016"])
    told = said("events log.csv --rating price --min-rating 1 --max-unreadable 0.7")
    assert "line 2: price is '1.016', which may be" in told and "left out: 2 lines" in told


@pytest.mark.parametrize(("telling", "kept"), [("4,5", 2000), ("0.125", 0), ("1,016.50", 1)])
def test_a_number_is_the_same_wherever_in_a_file_it_stands(
    said, monkeypatch: pytest.MonkeyPatch, telling: str, kept: int
) -> None:
    """A column is read in parts, of which only the first has the number that tells."""
    monkeypatch.setattr(Source.chunks, "__defaults__", (4096,))
    write("log.csv", "user;item;price", [f"u;a;{telling}", *[f"u{row};b;1.016" for row in range(2000)]])
    command = "events log.csv --rating price --min-rating 1000 --ordered --min-count 1"
    if kept:
        assert f"corpus.e2v: {kept:,} event" in said(command)
    else:
        with pytest.raises(InputError, match=r"every event \(2,001\) is rated below 1000"):
            said(command)


def test_times_are_what_most_of_them_are(said) -> None:
    rows = [f"u{n % 3},i{n % 4},{1 + n}.01.2024" for n in range(12)]
    for odd in ("45292", "2024-01-31", "soon", "0"):
        write("log.csv", "user,item,date", [f"u9,i9,{odd}", *rows])
        told = said("events log.csv --time date")
        assert f"log.csv, line 2: date is '{odd}', no date such as 31.01.2024 or 01/31/2024, as most" in told
        assert "12 events of 3 users" in told and "1 line that cannot be read" in told


def test_a_year_of_two_digits_is_called_that(said) -> None:
    for odd, is_short in (("31.01.24", True), (" 1/31/24 2:30 PM", True), ("31.01.20244", False)):
        write("log.csv", "user,item,date", ["u1,i1,01.02.2024", "u2,i1,02.02.2024", f"u1,i2,{odd}"])
        told = said("events log.csv --time date")
        assert ("a date of which century? export years with four digits" in told) is is_short


def test_a_file_of_which_most_cannot_be_read_is_refused(said) -> None:
    good, bad = [f"u{n},i{n % 2},{n}" for n in range(9)], [f"u{n},i,soon" for n in range(5)]
    write("good.csv", "user,item,time", good)
    write("bad.csv", "user,item,time", [*bad, *good[:4]])
    with pytest.raises(
        E2VError, match=r"^bad.csv: 5 of 9 lines cannot be read; bad.csv, line 2: time is 'so"
    ):
        said("events good.csv bad.csv --time time")
    assert not Path("corpus.e2v").exists()
    assert "13 events" in said("events good.csv bad.csv --time time --max-unreadable 0.6")
    with pytest.raises(E2VError, match=r"bad.csv: 5 of 9 lines"):
        said("events bad.csv --time time --max-unreadable 0.5")
    write("bad.csv", "user,item,time", ["u,i", "u,i", "u,i,1"])
    with pytest.raises(E2VError, match=r"bad.csv: 2 of 3 lines .*bad.csv, line 2: 2 fields, not 3"):
        said("events bad.csv")


def test_faults_are_told_by_kind_and_guests_have_orders(said) -> None:
    rows = [f"{n},{'' if n % 3 == 0 else n},i{n % 4},{n}" for n in range(30)]
    rows[29:] = ["29,29,i1,late", "30,30"]
    write("log.csv", "order,customer,sku,time", rows)
    told = said("events log.csv --time time")
    assert "log.csv, line 2: customer is missing (10 lines like this)\n" in told
    assert "log.csv, line 31: time is 'late', no number" in told and "line 32: 2 fields, not 4" in told
    assert "log.csv: 10 rows without a user; --user 'order' reads each order as a basket" in told
    assert "without a user" not in said("events log.csv --user order --item sku")


def test_cells_of_several_items(said) -> None:
    def items_of(n: int) -> list[str]:
        return [f"A-{(n * 5 + k * (n + 2)) % 11}" for k in range(1 + n % 4)]

    orders = [(n % 9, items_of(n)) for n in range(60)]
    write(
        "log.csv", "Kunde;Artikel;Datum", [f"K{u};{', '.join(i)};{60 - n}" for n, (u, i) in enumerate(orders)]
    )
    told = said("events log.csv")
    assert (
        "ids in column Artikel seem to be several items each, as 'A-5, A-8' is; --item-separator ',' t"
        in told
    )
    told = said("events log.csv --item-separator , --time Datum")
    assert "150 events of 9 users with 11 items, in order" in told and "seem" not in told
    of_1 = [item for u, items in reversed(orders) if u == 1 for item in items]
    assert histories(Path("corpus.e2v"))["K1"] == of_1
    write("log.csv", "user,item", ["u,a; ;b", "v,;", "w,nan;c", "w,d"])
    told = said("events log.csv --item-separator semicolon")
    assert histories(Path("corpus.e2v")) == {"u": ["a", "b"], "w": ["c", "d"]}
    assert "line 3: item has no item" in told and "line 4: 'nan' is no id and left out" in told
    shirts = [f'u{n % 4},"Shirt {n % 12}, {["red", "blue"][n % 2]}, {"SML"[n % 3]}"' for n in range(72)]
    write("log.csv", "user,item", shirts)
    assert "several" not in said("events log.csv")


@pytest.mark.parametrize(
    ("above", "line"),
    [
        (["Orders 2024", ""], 3),
        (["Orders 2024;;", "of 1.12.2024;;", ";;"], 4),
        (["sep=;", "Orders 2024"], 3),
        (["sep=;"], 0),
    ],
)
def test_what_stands_above_the_header_is_left_out(said, above: list[str], line: int) -> None:
    rows = [f"{n};{u};{a}" for n, (u, a, *_) in enumerate(ORDERS)]
    write("log.csv", above[0], [*above[1:], "Nr;Kunde;Artikel", *rows, "75;gone"])
    for options in ("", " --user 2 --item 3"):
        told = said(f"events log.csv{options}")
        assert (f"log.csv: line {line} names the columns, and what is above it is left out" in told) == (
            line > 0
        )
        assert f"log.csv, line {len(above) + 77}: 2 fields, not 3" in told
        assert "75 events of 25 users with 7 items" in told


def test_rows_above_a_header_are_rows(said) -> None:
    write("log.csv", "anna;soap;x", ["ben;soap;y", "customer;sku;z", "carl;beer;x", "dora;beer;x"])
    told = said("events log.csv --user 1 --item 2")
    assert "5 events of 5 users" in told and "left out" not in told


def test_a_table_is_no_lines_of_items(said) -> None:
    write("log.csv", "order;customer;sku", [f"{n};{u};{a}" for n, (u, a, *_) in enumerate(ORDERS)])
    for layout in ("baskets", "user-items"):
        with pytest.raises(
            E2VError, match=r"^log.csv is a table, not .*: its columns are order, customer, sku; e2v"
        ):
            said(f"events log.csv --layout {layout}")
        assert not Path("corpus.e2v").exists()
    assert "all of them are read as items" in said("events log.csv --layout baskets --delimiter ;")
    with pytest.raises(E2VError, match=r"log.csv is a table, not lines of items.*e2v events LOG"):
        read_histories(Source("log.csv"), Keys.from_strings(["A-1"]))
    write("baskets.csv", "beer,book,soap", ["milk,soap", "beer,milk,bread,soap", "x,y,z"] * 5)
    assert "16 baskets" in said("events baskets.csv --layout baskets")
    with pytest.raises(E2VError, match=r"different numbers of fields; .*layout"):
        said("events baskets.csv")


def test_a_workbook_is_told_from_an_archive(said) -> None:
    for first in (b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        Path("log.csv").write_bytes(first + bytes(99))
        with pytest.raises(E2VError, match=r"log.csv is an Excel workbook, .*; save it as CSV"):
            said("events log.csv")


def test_lists_of_items_are_text_with_a_warning(said) -> None:
    Path("baskets.csv").write_text("citrus fruit,margarine\nyogurt,coffee,whole milk\nmilk\n" * 5)
    assert "e2v events baskets.csv --layout baskets reads lists" in said("vocab baskets.csv --min-count 1")
    Path("prose").write_text("He came, he saw, he won.\nShe, too; 1,000 times.\n" * 5)
    assert "layout" not in said("vocab prose --min-count 1")


def test_histories_are_trained_as_sets_in_order_or_not(said) -> None:
    write("log.csv", "user,item", [f"{u},{a}" for u, a, *_ in ORDERS])
    said("events log.csv")
    said("events log.csv --ordered -o histories.e2v")
    tiny = "--dim 2 --epochs 1 --threads 1"
    for name in ("corpus.e2v", "histories.e2v"):
        told = said(f"train {name} {tiny}")
        assert f"{name} holds histories, not text: trained with the preset for items, each as a set" in told
        said(f"train {name} {tiny} --preset items -o items.e2v")
        assert open_artifact("model.e2v").digest == open_artifact("items.e2v").digest
    words = " ".join(f"A-{k % 7}" for k in range(99))
    Path("text").write_text(f"{words}\n")
    said("vocab text --min-count 1 -o words.e2v")
    for line, context in (
        ("corpus.e2v --window 2", "window"),
        ("histories.e2v --window 2", "window"),
        ("histories.e2v --preset word2vec", "window"),
        ("words.e2v", "window"),
        ("corpus.e2v --context set", "set"),
    ):
        assert "holds histories" not in said(f"train {line} {tiny} --sample 0")
        assert open_artifact("model.e2v").provenance["settings"]["context"] == context


def test_headers_within_a_file_are_no_events(said) -> None:
    rows = ["u0,p0,1", "u1,p1,2"]
    for again in ("\ufeffuser,item,n", "USER,ITEM,N", "User,Item,n"):
        write("log.csv", "user,item,n", [*rows, again, "u2,p2,3"])
        told = said("events log.csv")
        assert "line 4: the names of the columns again" in told and "3 events of 3 users" in told
    write("log.csv", "user,item,n", [*rows, "item,user,n", "p2,u2,3"])
    with pytest.raises(InputError, match="line 4: the columns have another order from here on"):
        said("events log.csv")
    write("log.csv", "user,item,n", [*rows, "user,user,4", "item,item,4"])  # which are ids here
    assert "4 events of 4 users" in said("events log.csv")


def test_a_number_above_numbers_makes_a_row_of_data(said) -> None:
    write("log.csv", "customer,book,9", ["u0,p0,0", "u1,p1,1"])
    told = said("events log.csv --user 1 --item 2")
    assert "its first row (customer, book, 9) is read as data" in told and "3 events of 3 users" in told


def test_one_column_that_is_named_is_enough_where_the_header_has_the_other(said) -> None:
    write("log.csv", "Bestellnummer,Kundennummer,Artikelnummer", [f"b{n},,p{n % 7}" for n in range(9)])
    with pytest.raises(InputError, match="user 'Bestellnummer' reads each Bestellnummer as a basket"):
        said("events log.csv")
    told = said("events log.csv --user Bestellnummer")
    assert "9 events of 9 baskets with 7 items" in told
    write("bare.csv", "u1,p1", ["u2,p2"])
    with pytest.raises(SettingError, match="user and item go together where no header names columns"):
        said("events bare.csv --user 1")


def test_of_several_files_what_is_said_is_of_all(said) -> None:
    rows = [f"o{n},{'' if n % 3 else f'k{n}'},p{n % 7}" for n in range(90)]
    for name in ("a.csv", "b.csv"):
        write(name, "order,customer,sku", rows)
    told = said("events a.csv b.csv --max-unreadable 1")
    assert "a.csv and b.csv have the same content, which counts twice" in told
    assert "2 files: 120 rows without a user; --user 'order' reads each order as a basket" in told
    assert "counts twice" not in said("events a.csv --max-unreadable 1")
    Path("text").write_text("a b a b\n" * 9)
    assert "text and text have the same content" in said("vocab text text -o text.e2v")

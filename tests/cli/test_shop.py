"""A shop's exports as Excel writes them: read as they are, or refused with what is wrong and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2v import notices
from e2v.cli.shared.messages import tell
from e2v.errors import E2VError
from e2v.store import open_artifact
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


def test_one_name_makes_a_header_unless_it_is_a_value(said) -> None:
    write("a.csv", "customer,what", ["anna,soap", "ben,soap"])
    said("events a.csv --user 1 --item 2")
    assert histories(Path("corpus.e2v")) == {"anna": ["soap"], "ben": ["soap"]}
    write("b.csv", "customer,soap", ["anna,soap", "customer,beer"])
    said("events b.csv --user 1 --item 2")
    assert histories(Path("corpus.e2v")) == {"customer": ["soap", "beer"], "anna": ["soap"]}


def test_a_number_that_may_be_two_is_shown_with_what_to_do(said) -> None:
    write("log.csv", "user,item,price", ['u,a,"1,016"', "u,b,dear", "u,c,5"])
    told = said("events log.csv --rating price --min-rating 1")
    assert "line 2: price is '1,016', a whole number or a decimal comma: leave the comma out" in told
    assert "line 3: price is 'dear', no number, as 4.5 or 1,016.50 are" in told


def test_lists_of_items_are_text_with_a_warning(said) -> None:
    Path("baskets.csv").write_text("citrus fruit,margarine\nyogurt,coffee,whole milk\nmilk\n" * 5)
    assert "e2v events baskets.csv --layout baskets reads lists" in said("vocab baskets.csv --min-count 1")
    Path("prose").write_text("He came, he saw, he won.\nShe, too; 1,000 times.\n" * 5)
    assert "layout" not in said("vocab prose --min-count 1")


def test_sets_are_trained_as_sets(said) -> None:
    write("log.csv", "user,item", [f"{u},{a}" for u, a, *_ in ORDERS])
    said("events log.csv")
    said("events log.csv --ordered -o histories.e2v")
    tiny = "--dim 2 --epochs 1 --threads 1"
    told = said(f"train corpus.e2v {tiny}")
    assert "corpus.e2v holds sets, which have no order: trained with the preset for items" in told
    said(f"train corpus.e2v {tiny} --preset items -o items.e2v")
    assert open_artifact("model.e2v").digest == open_artifact("items.e2v").digest
    for line, context in (
        ("corpus.e2v --window 2", "window"),
        ("corpus.e2v --preset word2vec", "window"),
        ("histories.e2v", "window"),
        ("corpus.e2v --context set", "set"),
    ):
        assert "holds sets" not in said(f"train {line} {tiny} --sample 0")
        assert open_artifact("model.e2v").provenance["settings"]["context"] == context

"""Tables of items' features, and the attributes that items share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from e2v import notices
from e2v.corpus.artifact import open_corpus
from e2v.corpus.features.attributes import ItemAttributes
from e2v.corpus.features.columns import FeatureColumn, FeatureColumns
from e2v.corpus.features.described import DescribedCorpus
from e2v.corpus.features.table import read_feature_table
from e2v.errors import InputError
from e2v.settings import declared, resolve
from e2v.store import Keys
from tests.builders import write_corpus


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    heard: list[tuple[str, str]] = []
    monkeypatch.setattr(notices, "_listeners", [lambda level, line: heard.append((level, line))])
    return heard


def attributes(folder: Path, text: str, columns: str = "") -> ItemAttributes:
    (folder / "items.csv").write_text(text)
    given = FeatureColumns.parse(f"{folder / 'items.csv'}{columns}")
    table = read_feature_table(given, "item")
    return ItemAttributes.of(table, given, Keys.from_strings(table.ids))


def having(found: ItemAttributes) -> dict[str, set[str]]:
    return {
        item: {found.names[attribute] for attribute in row}
        for item, row in zip(found.items, found.rows, strict=True)
    }


def test_categories_and_words(tmp_path: Path, told: list[tuple[str, str]]) -> None:
    text = (
        "id,title,genres,brand\n"
        "1,The Matrix (1999),Action|Sci-Fi,w\n"
        "2,The Matrix Reloaded,Action | Sci-Fi ,w\n"
        "3,Notting Hill (1999),Comedy,\n"
        "4,A Fish Called Wanda,Comedy|Comedy,N/A\n"
    )
    found = having(attributes(tmp_path, text))
    matrix = {"title=the", "title=matrix", "genres=Action", "genres=Sci-Fi", "brand=w"}
    assert found == {
        "1": matrix | {"title=1999"},
        "2": matrix,
        "3": {"title=1999", "genres=Comedy"},
        "4": {"genres=Comedy"},
    }
    path = tmp_path / "items.csv"
    assert told == [
        ("note", f"{path}: title: 3 words; genres: 3 categories, several in a cell; brand: 1 category"),
        ("warning", f"{path}: left out: 7 values that only one item has"),
    ]


def test_numbers_are_quantiles(tmp_path: Path, told: list[tuple[str, str]]) -> None:
    lines = [f"i{number},{number},{number % 3}" for number in range(40)]
    found = attributes(tmp_path, "id,price,size\n" + "\n".join(lines) + "\ni99,,2\n")
    prices = [name for name in found.names if name.startswith("price=")]
    assert prices[0] == "price=..3.9" and prices[-1] == "price=35.1.." and len(prices) == 10
    assert having(found)["i39"] == {"price=35.1..", "size=0"}
    assert having(found)["i99"] == {"size=2"}
    assert told == [("note", f"{tmp_path / 'items.csv'}: price: 10 quantiles; size: 3 values")]


def test_the_command_line_says_what_a_column_holds(tmp_path: Path) -> None:
    text = "id,code,name,x\n" + "".join(f"{n},{n % 20},Same Name,{n}\n" for n in range(60))
    found = attributes(tmp_path, text, ":id:code=category,name=text")
    assert len(found.names) == 22 and having(found)["21"] == {"code=1", "name=same", "name=name"}
    (tmp_path / "bare.tsv").write_text("7\t\t1|2\n8\t\t2\n")
    assert FeatureColumns.parse("a:b.csv:1:3=number,x=y,text") == FeatureColumns(
        Path("a:b.csv"), "1", (FeatureColumn("3", "number"), FeatureColumn("x=y"), FeatureColumn("text"))
    )
    given = FeatureColumns.parse(f"{tmp_path / 'bare.tsv'}:1:3")
    table = read_feature_table(given, "item")
    assert having(ItemAttributes.of(table, given, Keys.from_strings("78"))) == {"7": {"3=2"}, "8": {"3=2"}}


def test_several_rows_of_an_item_are_put_together(tmp_path: Path, told: list[tuple[str, str]]) -> None:
    found = attributes(tmp_path, "movie,tag\n1,dark\n1,slow\n2,dark\n3,slow\n3,slow\n")
    assert having(found) == {"1": {"tag=dark", "tag=slow"}, "2": {"tag=dark"}, "3": {"tag=slow"}}
    assert "2 items with several rows, whose values are put together" in told[-1][1]


@pytest.mark.parametrize(
    ("text", "columns", "complaint"),
    [
        ("", "", "is empty"),
        ("id,kind\n", "", "has no features"),
        ("id\n1\n", "", "has no features"),
        ("id,kind\n1,a\n", ":id:sort", "has no column 'sort'"),
        ("id,kind\n1,a\n", ":id:kind,kind", "two columns are called kind"),
        ("id,kind\n1,a\n2,b\n", "", "no two items have a value in common"),
        ("id,kind\n1,a\n,a\n", "", "line 3: id, the item's id, is missing"),
        ("id,kind\n1,a,b\n", "", "line 2: 3 fields, not 2"),
        ("id,price\n1,2\n2,two\n", ":id:price=number", "line 3: price is 'two', which is no number"),
        ("id,price\n" + "1,2\n" * 19 + "2,two\n", "", "line 21: price is 'two', but 19 of the 20"),
    ],
)
def test_what_does_not_fit(tmp_path: Path, text: str, columns: str, complaint: str) -> None:
    with pytest.raises(InputError) as error:
        attributes(tmp_path, text, columns)
    assert complaint in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("given", ["", ":1:2", "items.tsv:1:a,,b"])
def test_what_names_no_table(given: str) -> None:
    with pytest.raises(ValueError, match="takes "):
        FeatureColumns.parse(given)


def described(folder: Path, text: str, **known: object) -> DescribedCorpus:
    (folder / "items.csv").write_text(text)
    sentences = [["a", "b", "c"], ["a", "b"], ["a"]]
    corpus = open_corpus(write_corpus(folder / "corpus.e2v", sentences, **known))
    return DescribedCorpus(corpus, FeatureColumns.parse(folder / "items.csv"))


def test_a_corpus_gets_the_items_that_nobody_has_had(tmp_path: Path, told: list[tuple[str, str]]) -> None:
    titles = {"a": "Anna", "b": "Bert"}
    text = "id,kind,name\na,x,Anna\nnew,x,Nina\nb,y,Bert\nz,z,Zoe\nzz,z,Zack\nalso,y,\n"
    corpus = described(tmp_path, text, titles=titles)
    assert list(corpus.keys) == ["a", "b", "c", "new", "also"]
    assert corpus.counts.tolist() == [3, 2, 1, 0, 0] and corpus.new.tolist() == [0, 0, 0, 1, 1]
    assert list(corpus.titles or ()) == ["Anna", "Bert", "", "Nina", ""]
    assert corpus.attributes == ["kind=x", "kind=y"]
    assert np.diff(corpus.parts.offsets).tolist() == [1, 1, 0, 1, 1]
    path = tmp_path / "items.csv"
    assert [line for _, line in told] == [
        f"{path}: kind: 2 categories; name: 0 categories",
        f"{path}: left out: 6 values that only one item has, or only items that nobody has had",
        f"{path}: 1 item of the corpus of which it says nothing",
        f"{path}: 2 items that nobody has had and that have nothing in common with others, left out",
        f"{path}: 2 items that nobody has had yet",
    ]


def test_a_table_of_other_items(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none of the 3 items; .* such as a, and holds 1"):
        described(tmp_path, "id,kind\n1,x\n2,x\n")


def test_one_declaration() -> None:
    from e2v.cli.commands import tower

    one = declared(tower.Files)["item_features"]
    assert one.value("x.csv") == FeatureColumns(Path("x.csv"))
    assert one.value(Path("x.csv:i:a,b")).columns == (FeatureColumn("a"), FeatureColumn("b"))
    assert resolve(tower.Files, {"corpus": "c"}).item_features is None

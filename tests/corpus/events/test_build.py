"""Events become histories: by the definition, slowly, and at the edges."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2v.corpus.artifact import Corpus, open_corpus
from e2v.corpus.events.build import EventSummary, build_events
from e2v.corpus.events.settings import EventSettings
from e2v.errors import InputError, UsageError
from e2v.inputs.columns import KeyedColumn
from e2v.inputs.sources import Source
from e2v.settings import option_name, recorded, resolve
from e2v.store import verify
from tests.data import data_path
from tests.oracles import interactions as oracle

TABLE = {"user": "user", "item": "item"}


def build(folder: Path, text: str | Sequence[str], **given: Any) -> tuple[Corpus, EventSummary, list[str]]:
    """The corpus of one text or of several files."""
    texts = [text] if isinstance(text, str) else text
    names = [str(folder / f"input{number}") for number in range(len(texts))]
    for name, content in zip(names, texts, strict=True):
        Path(name).write_bytes(content.encode("utf-8", "surrogateescape"))
    given = given if "layout" in given else TABLE | given
    report = build_events(names, folder / "corpus.e2v", resolve(EventSettings, given))
    assert verify(folder / "corpus.e2v") == []
    return open_corpus(folder / "corpus.e2v"), report.summary, report.unread + report.unread_titles


def histories(corpus: Corpus) -> dict[str, list[str]]:
    sentences = np.split(corpus.tokens, corpus.offsets[1:-1])
    assert corpus.names is not None and len(sentences) == len(corpus.names)
    return {
        name: [corpus.keys[token] for token in sentence]
        for name, sentence in zip(corpus.names, sentences, strict=True)
    }


keys = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=3).filter(
    lambda key: key == key.strip() and key.lower() not in ("nan", "\\n") and not key.endswith(".0")
)
events = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob", "ü", "4"]), st.one_of(st.sampled_from("xyz"), keys), st.integers(0, 3)
    ),
    min_size=1,
    max_size=30,
)


@given(events=events, ordered=st.booleans(), by_time=st.booleans(), min_count=st.integers(1, 3))
def test_histories_are_as_defined(
    tmp_path_factory: pytest.TempPathFactory, events: list, ordered: bool, by_time: bool, min_count: int
) -> None:
    ordered |= by_time
    expected = oracle.corpus(events, ordered=ordered, by_time=by_time, min_count=min_count, max_vocab=4)
    rows = [{"user": user, "item": item, "at": 1.5 * time} for user, item, time in events]
    options = {"time": "at"} if by_time else {"ordered": ordered}
    folder = tmp_path_factory.getbasetemp()
    text = "".join(json.dumps(row) + "\n" for row in rows)
    if not expected[0]:
        with pytest.raises(InputError, match=f"no item occurs {min_count} times; lower min_count"):
            build(folder, text, min_count=min_count, max_vocab=4, **options)
        return
    corpus, summary, _ = build(folder, text, min_count=min_count, max_vocab=4, **options)
    assert (list(corpus.keys), corpus.counts.tolist(), histories(corpus)) == expected
    assert corpus.provenance["ordered"] is ordered
    assert summary.events_read == len(events)
    assert summary.events_kept == len(corpus.tokens)


def test_ratings_that_are_too_low_are_left_out(tmp_path: Path) -> None:
    text = "user,item,stars\na,x,3.5\na,y,3.4\nb,z,5\nb,x,good\nb,y,nan\n"
    corpus, summary, unread = build(tmp_path, text, rating="stars", min_rating=3.5)
    assert histories(corpus) == {"a": ["x"], "b": ["z"]}
    assert (summary.low, summary.unreadable) == (1, 2)
    assert [told.rpartition("line ")[2] for told in unread] == [
        "5: stars is 'good', no number, as 4.5 or 1,016.50 are",
        "6: stars is 'nan', which stands for a missing value",
    ]
    with pytest.raises(InputError, match=r"every event .5. is rated below 2; lower min_rating"):
        build(tmp_path, "user,item,stars\n" + "a,x,1\n" * 5, rating="stars", min_rating=2)


@pytest.mark.parametrize(
    ("times", "order"),
    [
        (["3", "1", "2"], "bca"),
        (["3", "1.5", "-2"], "cba"),
        (["9007199254740993", "9007199254740992", "9007199254740994"], "bac"),
        (["1e400", "2", "10"], "bc"),
        (["99999999999999999999", "2", "1"], "cba"),
        (["2016-01-03", "2016-01-02T23:00-05:00", "2016-01-02 23:30Z"], "cab"),
        (["", "2016-01-02", "5"], "c"),
        (["x", "", "2016-01-02"], "c"),
    ],
)
def test_times_are_numbers_or_dates(tmp_path: Path, times: list[str], order: str) -> None:
    text = "user\titem\tat\n" + "".join(f"u\t{item}\t{at}\n" for item, at in zip("abc", times, strict=True))
    corpus, _, unread = build(tmp_path, text, time="at", max_unreadable="1")
    assert histories(corpus) == {"u": list(order)}
    assert len(unread) == 3 - len(order)


def test_an_order_keeps_repeats_and_a_set_does_not(tmp_path: Path) -> None:
    text = "user,item\nu,b\nu,a\nu,b\nv,a\nu,a\n"
    corpus, summary, _ = build(tmp_path, text)
    assert histories(corpus) == {"u": ["b", "a"], "v": ["a"]}
    assert summary.repeats == 2
    corpus, summary, _ = build(tmp_path, text, ordered=True)
    assert histories(corpus) == {"u": ["b", "a", "b", "a"], "v": ["a"]}
    assert summary.repeats == 0


def test_users_and_items_are_kept_as_they_are_written(tmp_path: Path) -> None:
    text = 'user,item\n"Smith, J.", 007\nbad\udcff,\tx y \n日本,é\n'
    corpus, _, _ = build(tmp_path, text)
    assert histories(corpus) == {"Smith, J.": ["007"], "bad\udcff": ["x y"], "日本": ["é"]}


def test_a_missing_user_or_item_is_told_with_its_line(tmp_path: Path) -> None:
    text = "user,item\n,x\na,x\nb, \nc,d,e\n"
    corpus, summary, unread = build(tmp_path, text, max_unreadable="1")
    assert histories(corpus) == {"a": ["x"]}
    assert summary.unreadable == 3
    assert unread == [
        f"{tmp_path}/input0, line 2: user is missing",
        f"{tmp_path}/input0, line 4: item is missing",
        f"{tmp_path}/input0, line 5: 3 fields, not 2",
    ]
    (tmp_path / "corpus.e2v").unlink()
    with pytest.raises(InputError, match="input0, line 2: user is missing"):
        build(tmp_path, "user,item\n,x\na,x\n", strict=True)
    assert not (tmp_path / "corpus.e2v").exists()
    with pytest.raises(InputError, match=r"no line can be read, of 1; .*line 2: user is missing"):
        build(tmp_path, "user,item\n,x\n")


@pytest.mark.parametrize("text", ["user,item\n", '{"user": "", "item": ""}', " 4 \n5\n"])
def test_nothing_is_an_error(tmp_path: Path, text: str) -> None:
    options = {"layout": "user-items"} if text.startswith(" ") else TABLE
    with pytest.raises(InputError, match=r"no events|no line can be read"):
        build(tmp_path, text, **options)
    with pytest.raises(InputError, match="is empty"):
        build(tmp_path, "\n \n", **options)


class TestLines:
    @pytest.mark.parametrize(
        "text",
        ["u a b\n\n  v\tx \n", "u\ta\tb\n\nv\t x \n", 'u,a,b\n\nv,"x"\n,\n', "u a\rb\r\n \nv\x0bx"],
    )
    def test_user_items(self, tmp_path: Path, text: str) -> None:
        text = text if "\t" not in text or "u\t" in text else text.replace("\t", " ")
        corpus, _, _ = build(tmp_path, text, layout="user-items")
        assert histories(corpus) == {"u": ["a", "b"], "v": ["x"]}
        assert corpus.provenance["ordered"] is False

    def test_a_user_may_have_several_lines_and_several_files(self, tmp_path: Path) -> None:
        corpus, _, _ = build(tmp_path, ["7 a b\n8\n9 a\n", "9 c\n7 b c\n"], layout="user-items")
        assert histories(corpus) == {"7": ["a", "b", "c"], "9": ["a", "c"]}

    def test_a_basket_is_called_by_its_line(self, tmp_path: Path) -> None:
        corpus, _, _ = build(tmp_path, ["a b\n\nb a b\n", "c\n"], layout="baskets")
        assert histories(corpus) == {"1": ["a", "b"], "3": ["b", "a"], "4": ["c"]}
        corpus, _, _ = build(tmp_path, "b a b\n", layout="baskets", ordered=True)
        assert histories(corpus) == {"1": ["b", "a", "b"]}

    def test_fields_between_commas_hold_spaces(self, tmp_path: Path) -> None:
        corpus, _, unread = build(
            tmp_path, 'whole milk\ncitrus fruit,whole milk ,,"a, b"\n"x"y,z\n', layout="baskets"
        )
        assert histories(corpus) == {"1": ["whole milk"], "2": ["citrus fruit", "whole milk", "a, b"]}
        said = "there is text after a closing quote (quote none: quotes are like any other character)"
        assert unread == [f"{tmp_path}/input0, line 3: {said}"]

    def test_a_basket_of_50_000_items_is_one(self, tmp_path: Path) -> None:
        basket = [str(number) for number in range(50_000)]
        corpus, summary, _ = build(tmp_path, " ".join(basket), layout="baskets")
        assert histories(corpus) == {"1": basket}
        assert (summary.users_kept, summary.items_kept) == (1, 50_000)

    def test_batches_do_not_matter(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        text = "".join(f"{number % 7} {number % 5} {number % 3}\n" for number in range(50))
        whole = build(tmp_path, text, layout="user-items")[0].digest
        monkeypatch.setattr(Source.chunks, "__defaults__", (7,))
        assert build(tmp_path, text, layout="user-items")[0].digest == whole


class TestVocabulary:
    def test_a_frozen_one_is_taken_as_it_is(self, tmp_path: Path) -> None:
        labels = tmp_path / "labels.csv"
        labels.write_text("id,name\na,Anna\n")
        source = KeyedColumn(labels, "id", "name")
        build(tmp_path, "user,item\nu,a\nu,b\nv,a\n", titles=source)
        frozen = (tmp_path / "corpus.e2v").rename(tmp_path / "frozen.e2v")
        corpus, summary, _ = build(tmp_path, "user,item\nw,c\nw,b\nx,d\n", vocab=frozen)
        assert list(corpus.keys) == ["a", "b"] and corpus.counts.tolist() == [2, 1]
        assert histories(corpus) == {"w": ["b"]}
        assert (summary.users_read, summary.users_kept, summary.items_read) == (2, 1, 3)
        assert corpus.provenance["vocabulary"]["digest"] == open_corpus(frozen).digest
        assert corpus.titles is not None and list(corpus.titles) == ["Anna", ""]
        with pytest.raises(InputError, match=r"no item is in the vocabulary of .*frozen.e2v"):
            build(tmp_path, "user,item\nw,c\n", vocab=frozen)


class TestTitles:
    EVENTS = "user,item\nu,1\nu,2\nv,1\nw,3\n"

    def titled(self, folder: Path, text: str, columns: tuple[str, str], **given: Any):
        (folder / "labels").write_text(text)
        return build(folder, self.EVENTS, titles=KeyedColumn(folder / "labels", *columns), **given)

    def test_items_have_names(self, tmp_path: Path) -> None:
        text = 'n,title\n3,Zoë\n9,nobody\n1,"Heat, the film"\n1,again\n'
        corpus, summary, _ = self.titled(tmp_path, text, ("n", "title"))
        assert list(corpus.keys) == ["1", "2", "3"]
        assert corpus.titles is not None and list(corpus.titles) == ["Heat, the film", "", "Zoë"]
        assert summary.labelled == 2
        made = corpus.provenance["labels"]
        assert made["bytes"] == len(text.encode()) and made["name"] == f"{tmp_path}/labels"

    def test_a_table_without_header(self, tmp_path: Path) -> None:
        corpus, _, _ = self.titled(tmp_path, "1\t\tone\n2\t\ttwo\n", ("1", "3"))
        assert corpus.titles is not None and list(corpus.titles) == ["one", "two", ""]

    def test_a_table_that_does_not_match(self, tmp_path: Path) -> None:
        with pytest.raises(
            InputError, match=r"no title for any of the 3 items; its column n .* such as 1, .* x7"
        ):
            self.titled(tmp_path, "n,title\nx7,a\nx8,b\n", ("n", "title"))
        with pytest.raises(InputError, match="no column 'movieId'; there are n, title"):
            self.titled(tmp_path, "n,title\n1,a\n", ("movieId", "title"))
        assert not (tmp_path / "corpus.e2v").exists()

    def test_rows_that_cannot_be_read(self, tmp_path: Path) -> None:
        text = "n,title\n1,a,b\n2,two\n"
        corpus, summary, unread = self.titled(tmp_path, text, ("n", "title"))
        assert corpus.titles is not None and list(corpus.titles) == ["", "two", ""]
        assert summary.unreadable_labels == 1
        assert unread == [f"{tmp_path}/labels, line 2: 3 fields, not 2"]
        with pytest.raises(InputError, match="labels, line 2: 3 fields, not 2"):
            self.titled(tmp_path, text, ("n", "title"), strict=True)


class TestOptions:
    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"layout": "baskets", "item": "i"}, "--item applies to --layout table only"),
            ({"layout": "user-items", "min_rating": 3.0}, "--min-rating applies to --layout table only"),
            ({**TABLE, "rating": "r"}, "--rating and --min-rating go together"),
            ({**TABLE, "min_rating": 1.0}, "--rating and --min-rating go together"),
            ({**TABLE, "rating": "r", "min_rating": float("nan")}, "--min-rating must be a number, not nan"),
            ({**TABLE, "time": "t", "ordered": True}, "--ordered does not go with --time"),
            ({**TABLE, "min_count": 0}, "--min-count must be between 1 and"),
            ({**TABLE, "vocab": Path("x"), "max_vocab": 3}, "--max-vocab does not go with --vocab"),
        ],
    )
    def test_what_does_not_go_together(self, given: dict[str, Any], message: str) -> None:
        with pytest.raises(UsageError) as caught:
            resolve(EventSettings, given)
        assert message in str(caught.value.spelled(option_name))

    def test_provenance_has_what_shapes_the_result(self) -> None:
        options = resolve(EventSettings, {**TABLE, "rating": "r", "min_rating": 0.0, "strict": True})
        assert recorded(options) == {
            "layout": "table",
            "user": "user",
            "item": "item",
            "rating": "r",
            "min_rating": 0.0,
            "ordered": False,
            "min_count": 1,
        }


class TestRealData:
    def test_movielens(self, tmp_path: Path) -> None:
        folder = data_path("interactions/movielens-latest-small")
        given = {"user": "user_id", "item": "movie_id", "time": "timestamp", "rating": "rating"}
        labels = KeyedColumn(folder / "movies.csv", "movieId", "title")
        options = resolve(EventSettings, {**given, "min_rating": 3.5, "titles": labels})
        report = build_events([str(folder / "ratings.csv")], tmp_path / "c.e2v", options)
        summary, unread = report.summary, report.unread
        assert (summary.events_kept, summary.low, summary.users_kept) == (62106, 100_004 - 62106, 671)
        assert unread == [] and summary.labelled == summary.items_kept == 6993
        corpus = open_corpus(tmp_path / "c.e2v")
        assert corpus.titles is not None
        assert corpus.titles[corpus.keys.find("59315")] == "Iron Man (2008)"

    def test_groceries_and_ta_feng(self, tmp_path: Path) -> None:
        for name, users, items in (
            ("groceries/groceries.csv", 9835, 169),
            ("tafeng/baskets.train.txt", 80_552, 14_554),
        ):
            path = str(data_path(f"interactions/{name}"))
            options = resolve(EventSettings, {"layout": "baskets"})
            summary = build_events([path], tmp_path / "c.e2v", options).summary
            assert (summary.users_kept, summary.items_kept) == (users, items)
        assert "whole milk" not in open_corpus(tmp_path / "c.e2v").keys

    def test_gowalla(self, tmp_path: Path) -> None:
        path = str(data_path("interactions/gowalla/train.txt"))
        options = resolve(EventSettings, {"layout": "user-items"})
        summary = build_events([path], tmp_path / "c.e2v", options).summary
        assert (summary.users_kept, summary.items_kept, summary.events_kept) == (29_858, 40_981, 810_128)


def test_memory_does_not_grow_with_the_text(tmp_path: Path) -> None:
    """Long fields that are not asked for, and ids that repeat, are not kept."""
    import tracemalloc

    row = f"u1,i1,{'x' * 2000}\n"
    path = tmp_path / "long.csv"
    path.write_text("user,item,note\n" + row * 20_000)
    options = resolve(EventSettings, {**TABLE, "ordered": True})
    build_events([str(path)], tmp_path / "c.e2v", options)  # whatever is loaded once
    tracemalloc.start()
    try:
        build_events([str(path)], tmp_path / "c.e2v", options)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert path.stat().st_size > 40e6
    assert peak < 30e6

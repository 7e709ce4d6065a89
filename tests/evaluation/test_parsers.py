"""Question, pair, category and held-out files, in every shape they come in."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from e2v.corpus.events.held_out import read_held_out, write_held_out
from e2v.errors import InputError, UsageError
from e2v.evaluation.analogies import read_questions
from e2v.evaluation.similarity import Pair, read_pairs
from e2v.inputs.columns import KeyedColumn
from e2v.inputs.values import Column, ids, is_missing
from e2v.vectors.categories import read_categories
from tests.data import data_path


def write(folder: Path, text: str | bytes, name: str = "file.txt") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape"))
    return path


class TestQuestions:
    def test_sections_keep_their_questions(self, tmp_path: Path) -> None:
        text = (
            "\ufeff: capitals\r\nAthens Greece  Oslo\tNorway\r\n\r\n:gram1 plural\r\na b c d\r\n: empty\r\n"
        )
        capitals, plural = read_questions(write(tmp_path, text))
        assert capitals == ("capitals", [("Athens", "Greece", "Oslo", "Norway")])
        assert plural == ("gram1 plural", [("a", "b", "c", "d")])
        assert plural.syntactic
        assert not capitals.syntactic

    def test_questions_without_a_section_are_named_after_the_file(self, tmp_path: Path) -> None:
        assert read_questions(write(tmp_path, "a b c d\n", "msr.txt")) == [("msr", [("a", "b", "c", "d")])]

    def test_a_line_that_is_no_question_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"file\.txt, line 2: 4 words expected, got 3"):
            read_questions(write(tmp_path, "a b c d\na b c\n"))

    @pytest.mark.parametrize("text", ["", "\n\n", ": section\n"])
    def test_no_questions_is_an_error(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(InputError, match="holds no questions"):
            read_questions(write(tmp_path, text))

    @pytest.mark.parametrize("path", ["absent.txt", "."])
    def test_what_cannot_be_read_is_an_error(self, tmp_path: Path, path: str) -> None:
        with pytest.raises(InputError, match=r"no such file|is a folder"):
            read_questions(tmp_path / path)

    def test_the_google_set(self) -> None:
        sections = read_questions(data_path("eval/questions-words.txt"))
        assert len(sections) == 14
        assert sum(len(section.questions) for section in sections) == 19_544
        assert sum(len(section.questions) for section in sections if section.syntactic) == 10_675

    def test_the_chinese_set(self) -> None:
        sections = read_questions(data_path("eval/zh-analogies-translated.txt"))
        assert [len(section.questions) for section in sections] == [506, 175, 272]
        assert sections[0].questions[0][1] == "希腊"


class TestPairs:
    @pytest.mark.parametrize(
        "text",
        [
            "king\tqueen\t7.5\nhot dog\tbun\t3\n",
            'king,queen,7.5\n"hot dog",bun,3\n',
            "# a comment, with a comma\n\n# another\nking\tqueen\t7.5\r\nhot dog\tbun\t3\r\n",
            "Word 1\tWord 2\tHuman (mean)\nking\tqueen\t7.5\nhot dog\tbun\t3\n",
            "word1,word2,POS,score,sd\nking,queen,N,7.5,1\nhot dog,bun,N,3,2\n",
            "\ufeffking\tqueen\t7.5\n hot dog\tbun \t3\n",
        ],
    )
    def test_every_layout(self, tmp_path: Path, text: str) -> None:
        assert read_pairs(write(tmp_path, text)) == [Pair("king", "queen", 7.5), Pair("hot dog", "bun", 3)]

    def test_spaces(self, tmp_path: Path) -> None:
        assert read_pairs(write(tmp_path, "word1 word2 score\nsun  moon -1.5e1\n")) == [("sun", "moon", -15)]

    @pytest.mark.parametrize("line", ["sun moon far", "word1 word2 POS score"])
    def test_the_first_line_may_be_a_header(self, tmp_path: Path, line: str) -> None:
        assert read_pairs(write(tmp_path, f"{line}\nsun moon 1\n")) == [("sun", "moon", 1)]

    @pytest.mark.parametrize(
        "line",
        [
            "sun moon",
            "sun",
            "sun moon nan",
            "sun moon NA",
            "sun moon null",
            "\tmoon\t3",
            "sun\t\t3",
            "sun\tmoon\t",
        ],
    )
    def test_a_pair_that_lacks_something_is_no_header(self, tmp_path: Path, line: str) -> None:
        with pytest.raises(InputError, match=r"line 1: two words and a number expected"):
            read_pairs(write(tmp_path, f"{line}\nsun\tmoon\t1\n"))

    @pytest.mark.parametrize("line", ["sun moon", "sun moon nan", "sun", "sun moon far", "sun moon 5_0"])
    def test_only_the_first_line_may_be_a_header(self, tmp_path: Path, line: str) -> None:
        with pytest.raises(InputError, match=r"line 2: two words and a number expected"):
            read_pairs(write(tmp_path, f"sun moon 1\n{line}\n"))

    @pytest.mark.parametrize("text", ["", "# only comments\n", "word1,word2,score\n"])
    def test_no_pairs_is_an_error(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(InputError, match="holds no pairs"):
            read_pairs(write(tmp_path, text))

    @pytest.mark.parametrize(
        ("name", "n", "first"),
        [
            ("wordsim353.tsv", 353, ("love", "sex", 6.77)),
            ("simlex999.txt", 999, ("old", "new", 1.58)),
            ("men3000.txt", 3000, ("sun", "sunlight", 50.0)),
            ("zh-wordsim-240.txt", 239, ("李白", "诗", 9.2)),
            ("zh-wordsim-297.txt", 297, ("足球", "足球", 4.98)),
        ],
    )
    def test_the_real_sets(self, name: str, n: int, first: Pair) -> None:
        pairs = read_pairs(data_path(f"eval/{name}"))
        assert len(pairs) in (n, n + 1)  # a last line may lack its end
        assert pairs[0] == first

    words = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters='#,"'), min_size=1)

    @given(st.lists(st.tuples(words, words, st.floats(-1e6, 1e6)), min_size=1), st.sampled_from("\t, "))
    def test_what_is_written_is_read(self, tmp_path_factory, pairs, delimiter) -> None:
        text = "".join(f"{a}{delimiter}{b}{delimiter}{score!r}\n" for a, b, score in pairs)
        assert read_pairs(write(tmp_path_factory.getbasetemp(), text)) == pairs


class TestCategories:
    def test_columns_by_name(self, tmp_path: Path) -> None:
        text = 'id,title,genres\n1,"Heat, the film",Action|Crime\n2,Up,\n3,Big, Comedy | \n1,again,Thriller\n'
        source = KeyedColumn.parse(f"{write(tmp_path, text, 'a:b.csv')}:id:genres")
        assert source.path == tmp_path / "a:b.csv"
        assert read_categories(source) == {"1": {"Action", "Crime", "Thriller"}, "3": {"Comedy"}}

    def test_columns_by_number_where_there_is_no_header(self, tmp_path: Path) -> None:
        path = write(tmp_path, "1\t\t636\r\n2\t\t636|7\r\n")
        assert read_categories(KeyedColumn(path, "1", "3")) == {"1": {"636"}, "2": {"636", "7"}}

    @pytest.mark.parametrize("text", ["", "file", "file:key", ":key:kinds", "file::kinds", "file:key:"])
    def test_a_source_has_three_parts(self, text: str) -> None:
        with pytest.raises(UsageError, match="names no columns"):
            KeyedColumn.parse(text)

    def test_a_column_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"no column 'genre'; there are id, genres"):
            read_categories(KeyedColumn(write(tmp_path, "id,genres\n1,a\n"), "id", "genre"))

    def test_a_short_row_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="line 3: 2 fields, not 3"):
            read_categories(KeyedColumn(write(tmp_path, "1\ta\tb\n\n2\tc\n"), "1", "3"))

    @pytest.mark.parametrize("text", ["", "id,genres\n", "id,genres\n1,|\n"])
    def test_no_categories_is_an_error(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(InputError, match=r"holds no categories|is empty"):
            read_categories(KeyedColumn(write(tmp_path, text), "id", "genres"))

    def test_movielens(self) -> None:
        path = data_path("interactions/movielens-latest-small/movies.csv")
        categories = read_categories(KeyedColumn(path, "movieId", "genres"))
        assert len(categories) == 9125
        assert categories["2"] == {"Adventure", "Children", "Fantasy"}
        assert categories["11"] == {"Comedy", "Drama", "Romance"}  # "American President, The (1995)"


#: Ids as the readers of rows give them: without blanks around them, and none that is missing or 1.0 for 1.
IDS = st.text(
    st.characters(exclude_categories=[], max_codepoint=0xDFF).filter(
        lambda c: c != "\0" and not 0xD800 <= ord(c) < 0xDC80
    )
    | st.sampled_from(' ,;|\t\n\r"\\{[\ufeff'),
    min_size=1,
).filter(
    lambda text: (
        text.strip() == text and ids(Column.of([text]))[0].strings() == [text] and not is_missing(text)
    )
)


class TestHeldOut:
    def test_lines_of_a_user_are_joined(self, tmp_path: Path) -> None:
        path = write(tmp_path, "u1 a b\r\nu2\r\n\r\nu1  c \n")
        assert read_held_out(path) == {"u1": ["a", "b", "c"], "u2": []}
        path = write(tmp_path, "u1\ta\tb\nu2\nu 3\td e\tf\n")
        assert read_held_out(path) == {"u1": ["a", "b"], "u2": [], "u 3": ["d e", "f"]}

    @pytest.mark.parametrize("text", ["", "u1\nu2\n"])
    def test_no_items_is_an_error(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(InputError, match=r"holds no items|is empty"):
            read_held_out(write(tmp_path, text))

    def test_what_is_written(self, tmp_path: Path) -> None:
        path = tmp_path / "out.txt"
        write_held_out(path, [("u", ["a b", "c,d", "\\"]), ("v", ['12" single', "a\tb", "a\nb", " x"])])
        assert path.read_text() == 'u\ta b\tc,d\t\\\nv\t"12"" single"\t"a\tb"\t"a\nb"\t" x"\n'

    @settings(max_examples=60)  # each syncs a file to disk
    @given(st.dictionaries(IDS, st.lists(IDS, min_size=1), min_size=1))
    def test_what_is_written_is_read(self, tmp_path_factory, held_out) -> None:
        path = tmp_path_factory.getbasetemp() / "held_out.txt"
        write_held_out(path, held_out.items())
        assert read_held_out(path) == held_out

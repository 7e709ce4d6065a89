"""Tables of users, and the numbers made of them."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from e2v.errors import InputError
from e2v.notices import hear
from e2v.recommend.features import UserFeatures, read_user_table
from e2v.store import ArtifactWriter, open_artifact
from tests.golden.make import FOLDER

TABLE = "user\tage\tcity\nu1\t20\tWien\nu2\t40\t\nu3\t\tGraz\nu4\t60\tWien\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "users.tsv"
    path.write_text(TABLE)
    return path


def test_numbers_are_standardised_and_categories_have_a_number_each(path: Path) -> None:
    table = read_user_table(path)
    features = UserFeatures.of(table)
    assert features.names == ["age", "city=Graz", "city=Wien"]
    encoded, found = features.encode(table, ["u4", "u3", "stranger", "u2", "u1"])
    assert found == 4
    high = 20 / np.std([20, 40, 60])
    np.testing.assert_allclose(
        encoded, [[high, 0, 1], [0, 1, 0], [0, 0, 0], [0, 0, 0], [-high, 0, 1]], rtol=1e-6
    )


def test_another_table_is_encoded_as_the_first(path: Path, tmp_path: Path) -> None:
    features = UserFeatures.of(read_user_table(path))
    other = tmp_path / "others.csv"
    other.write_text('id,city,hair,age\n"u 9",Linz,red,40\nu8,Graz,grey,\n')
    encoded, _ = features.encode(read_user_table(other), ["u 9", "u8"])
    assert encoded.tolist() == [[0, 0, 0], [0, 1, 0]]


@pytest.mark.parametrize("numbers", [("1e308", "-1e308"), ("1e39", "1e39")])
def test_numbers_without_a_mean_in_32_bits_are_refused(tmp_path: Path, numbers: tuple[str, ...]) -> None:
    path = tmp_path / "users.csv"
    path.write_text("id,n\n" + "".join(f"u{row},{number}\n" for row, number in enumerate(numbers)))
    with pytest.raises(InputError, match=r"users.csv: column n has numbers that are too large; divide them"):
        UserFeatures.of(read_user_table(path))
    path.write_text("id,n\nu0,3e38\nu1,-3e38\n")
    table = read_user_table(path)
    np.testing.assert_allclose(UserFeatures.of(table).encode(table, ["u0", "u1"])[0], [[1], [-1]])


def test_a_column_of_equal_numbers_is_zero(tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    path.write_text("id,n\na,3\nb,3\n")
    table = read_user_table(path)
    assert UserFeatures.of(table).encode(table, ["a", "b"])[0].tolist() == [[0], [0]]


def test_a_model_keeps_the_encoding(path: Path, tmp_path: Path) -> None:
    features = UserFeatures.of(read_user_table(path))
    with ArtifactWriter(tmp_path / "model.e2v", "model", {}) as writer:
        golden = open_artifact(FOLDER / "model-1.e2v")
        for name in ("keys.bytes", "keys.offsets", "counts", "input", "output"):
            writer.add(name, golden.arrays[name])
        writer.add("tower.0.weight", np.zeros((6, 3), np.float32))
        writer.add("tower.0.bias", np.zeros(3, np.float32))
        features.write(writer)
    kept = UserFeatures.of_model(open_artifact(tmp_path / "model.e2v"))
    assert kept is not None
    assert kept.names == features.names
    np.testing.assert_array_equal(kept.shift, features.shift)
    np.testing.assert_array_equal(kept.scale, features.scale)
    assert UserFeatures.of_model(open_artifact(FOLDER / "model-1.e2v")) is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is empty"),
        ("user,age\n", "has no features"),
        ("user\nu1\n", "has no features"),
        ("user,age\nu1,3,4\n", "line 2: 3 fields, not 2"),
        ("user,age,age\nu1,3,4\n", "two columns are called age"),
        ("user,age\nu1,3\nu1,4\n", "user u1 has two rows, in line 2 and line 3"),
        ("user,age\nu1,3\n,4\n", "line 3: user, the user's id, is missing"),
        ('user,age\n"u1,3\n', "line 2: a quote that is opened in line 2 is never closed"),
    ],
)
def test_tables_that_are_none(text: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=complaint):
        read_user_table(path)


def test_a_table_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.csv: no such file"):
        read_user_table(tmp_path / "nowhere.csv")


@pytest.mark.parametrize("missing", ["", "NaN", "nan", "NA", "N/A", "n/a", "null", "NULL", " "])
def test_what_is_missing_is_the_average(tmp_path: Path, missing: str) -> None:
    path = tmp_path / "users.csv"
    path.write_text("user,age,city\n" + "".join(f"u{n},{20 + n % 2 * 20},Wien\n" for n in range(60)))
    whole = UserFeatures.of(read_user_table(path))
    path.write_text(path.read_text() + f"x,{missing},{missing}\n")
    table = read_user_table(path)
    features = UserFeatures.of(table)
    assert features.names == whole.names == ["age", "city=Wien"]
    assert features.encode(table, ["x", "u0"])[0].tolist() == [[0, 0], [-1, 1]]


@pytest.mark.parametrize("cell", ["old", "5_0", "٣٠", "30 years", "inf", "1e999"])
def test_a_cell_that_is_no_number_among_numbers_is_a_mistake(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "users.csv"
    rows = [f"u{n},{20 + n}" for n in range(60)]
    rows[9] = f"u9,{cell}"
    path.write_text("user,age\n" + "\n".join(rows) + "\n")
    with pytest.raises(InputError) as failure:
        UserFeatures.of(read_user_table(path))
    assert f"users.csv, line 11: age is '{cell}', but 59 of the 60 values are numbers" in str(failure.value)


@pytest.mark.parametrize(("words", "categories"), [(10, 0), (11, 100), (50, 100), (51, 100)])
def test_a_column_of_numbers_for_nine_tenths_is_one_of_numbers(
    tmp_path: Path, words: int, categories: int
) -> None:
    path = tmp_path / "users.csv"
    values = [*(f"w{n}" for n in range(words)), *range(100 - words)]
    path.write_text("user,code\n" + "".join(f"u{n},{value}\n" for n, value in enumerate(values)))
    if categories:
        with hear() as heard:
            assert len(UserFeatures.of(read_user_table(path)).names) == categories
        told = (
            f"{path}, line 2: code is 'w0'; {100 - words} of the 100 values are numbers, and each is taken "
            "for a category, as the others are"
        )
        assert [message for _, message in heard] == [told] * (words <= 50)
    else:
        with pytest.raises(InputError, match="line 2: code is 'w0', but 90 of the 100 values are numbers"):
            UserFeatures.of(read_user_table(path))


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(TABLE.encode(), mtime=0),
        TABLE.encode("utf-16"),
        b"\xef\xbb\xbf" + TABLE.encode(),
        TABLE.replace("\n", "\r\n").encode(),
        TABLE.replace("\t", ";").encode(),
        TABLE.replace("\t", "|").encode(),
        b'{"user": "u1", "age": 20, "city": "Wien"}\n{"user": "u2", "age": 40, "city": null}\n'
        b'{"user": "u3", "age": null, "city": "Graz"}\n{"user": "u4", "age": 60.0, "city": "Wien"}\n',
    ],
)
def test_every_layout_is_the_same_table(path: Path, tmp_path: Path, data: bytes) -> None:
    plain, other = read_user_table(path), tmp_path / "other"
    other.write_bytes(data)
    read = read_user_table(other)
    assert (read.columns, read.ids) == (plain.columns, plain.ids)
    np.testing.assert_array_equal(
        UserFeatures.of(read).encode(read, plain.ids)[0],
        UserFeatures.of(plain).encode(plain, plain.ids)[0],
    )


def test_columns_of_words_have_a_header_too(tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    path.write_text("user,city\nann,Wien\nbob,Graz\n")
    assert UserFeatures.of(read_user_table(path)).names == ["city=Graz", "city=Wien"]


def test_names_are_no_categories(tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    path.write_text("id,name\n" + "".join(f"{n},name {n}\n" for n in range(1001)))
    with pytest.raises(InputError, match="column name has 1,001 different values"):
        UserFeatures.of(read_user_table(path))


def test_a_word_where_a_number_was(path: Path, tmp_path: Path) -> None:
    features = UserFeatures.of(read_user_table(path))
    other = tmp_path / "others.csv"
    other.write_text("id,age\nu1,old\n")
    with pytest.raises(InputError, match=r"others\.csv, line 2: age is 'old', and the model takes a number"):
        features.encode(read_user_table(other), ["u1"])


def test_users_of_somewhere_else(path: Path) -> None:
    table = read_user_table(path)
    with pytest.raises(InputError, match="has none of the 2 users"):
        UserFeatures.of(table).encode(table, ["x", "y"])


@pytest.mark.parametrize(("telling", "spent"), [("12,50", "1016"), ("0.125", "1.016"), ("x", "1.016")])
def test_a_column_tells_what_its_marks_mean(tmp_path: Path, telling: str, spent: str) -> None:
    (tmp_path / "users").write_text(f"user;spent\nu;1.016\nv;{telling}\n")
    assert read_user_table(tmp_path / "users").rows[0] == [spent]


def test_no_mark_is_guessed(tmp_path: Path) -> None:
    (tmp_path / "users").write_text("user;spent\nu;12\nv;1.016\n")
    with pytest.raises(InputError, match=r"line 3: spent is '1.016', which may be 1016 or 1.016: 1016 and"):
        read_user_table(tmp_path / "users")

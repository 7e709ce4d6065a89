"""A pickle is described and never executed, whatever it asks for."""

from __future__ import annotations

import os
import pickle
import pickletools
from collections import OrderedDict
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2v.errors import InputError
from e2v.formats.transfer.pickles import PickledGlobal, PickledObject, PickleError, describe
from tests.formats.support import read
from tests.golden.foreign.make import FOLDER

ATOMS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
plain = st.recursive(
    ATOMS | st.sets(st.integers(), max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=4)
        | st.tuples(inner, inner)
        | st.tuples(inner, inner, inner, inner)
    ),
    max_leaves=12,
)


@given(plain, st.sampled_from([4, 5]))
def test_plain_data_are_what_they_were(value: object, protocol: int) -> None:
    """Of the same types, too: True is no 1, and 0.0 no -0.0."""
    described = describe(pickle.dumps(value, protocol))
    assert described == value
    assert repr(described) == repr(value) or "{" in repr(value)  # a set need not keep its order


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "value",
    [None, True, False, 0, 255, -1, 70_000, 1 << 70, -0.0, 1.5, "", "é\n日", (), (1,), (1, 2, 3, 4), []],
)
def test_plain_data_of_every_protocol(value: object, protocol: int) -> None:
    for inside in (value, [value], [value, value], {"key": value}, (value, "end")):
        assert repr(describe(pickle.dumps(inside, protocol))) == repr(inside)


@pytest.mark.parametrize("protocol", range(6))
def test_what_stands_in_several_places_is_one(protocol: int) -> None:
    shared: list[object] = ["a"]
    shared.append(shared)
    first, second = describe(pickle.dumps((shared, shared), protocol))
    assert first is second
    assert first[0] == "a" and first[1] is first


class Thing:
    """An object with attributes, an item list and a mapping of its own."""

    def __init__(self) -> None:
        self.size = 3

    def __reduce__(self) -> tuple[object, ...]:
        return Thing, (1, "x"), self.__dict__, iter(["i", "j"]), iter([("k", 5)])


@pytest.mark.parametrize("protocol", range(6))
def test_objects_are_described(protocol: int) -> None:
    thing = describe(pickle.dumps(Thing(), protocol))
    assert isinstance(thing, PickledObject)
    assert thing.constructor == PickledGlobal(__name__, "Thing")
    assert (thing.arguments, thing.state) == ((1, "x"), {"size": 3})
    assert thing.items == ["i", "j", ("k", 5)]
    ordered = describe(pickle.dumps(OrderedDict(a=1, b=2), protocol))
    assert ordered.constructor == PickledGlobal("collections", "OrderedDict")
    assert ordered.items == [("a", 1), ("b", 2)]
    assert describe(pickle.dumps(Path, protocol)).name == "Path"


class Evil:
    """What a pickle can do to those who load it."""

    def __init__(self, victim: Path) -> None:
        self.victim = victim

    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return os.unlink, (str(self.victim),)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_nothing_is_called(tmp_path: Path, protocol: int) -> None:
    victim = tmp_path / "victim"
    victim.touch()
    evil = pickle.dumps({"index_to_key": ["a"], "vectors": Evil(victim)}, protocol)
    (tmp_path / "evil.kv").write_bytes(evil)
    described = describe(evil)
    assert described["vectors"].arguments == (str(victim),)
    with pytest.raises(InputError):
        read(tmp_path / "evil.kv")
    assert victim.exists()


class FakeVectors:
    """As a saved KeyedVectors, but with something else in place of the array."""

    def __init__(self, vectors: object) -> None:
        self.index_to_key, self.vectors = ["a"], vectors


def test_only_numpys_arrays_of_numbers_are_read(tmp_path: Path) -> None:
    for vectors in (Evil(tmp_path / "evil.kv"), [[1.0]], "vectors", np.array([["x"]]), np.array([[None]]), 7):
        (tmp_path / "evil.kv").write_bytes(pickle.dumps(FakeVectors(vectors)))
        with pytest.raises(InputError, match=r"evil\.kv"):
            read(tmp_path / "evil.kv")
        assert (tmp_path / "evil.kv").exists()


@pytest.mark.parametrize("protocol", range(2, 6))
@pytest.mark.parametrize("kind", [">f4", "<f4", ">f8", "<f2", "i1"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_of_every_kind(tmp_path: Path, protocol: int, kind: str, order: str) -> None:
    vectors = np.array([[1, 2, 3], [4, 5, 6]], kind, order=order)
    saved = FakeVectors(vectors)
    saved.index_to_key = ["a", "b"]
    (tmp_path / "good.kv").write_bytes(pickle.dumps(saved, protocol))
    found = read(tmp_path / "good.kv")
    assert found.keys == [b"a", b"b"]
    assert found.vectors.tolist() == [[1, 2, 3], [4, 5, 6]]


class FakeFastText:
    """As a saved FastTextKeyedVectors whose n-grams are of no length."""

    def __init__(self) -> None:
        self.index_to_key = ["a", "b"]
        self.vectors_vocab = np.array([[1, 2], [3, 4]], np.float32)
        self.vectors_ngrams = np.ones((5, 2), np.float32)
        self.bucket, self.min_n, self.max_n, self.compatible_hash = 5, 0, 0, True


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({}, None),
        ({"compatible_hash": False}, "hashed by an old gensim"),
        ({"bucket": 6}, "buckets"),
        ({"bucket": 5.0}, "there are no vectors of words and n-grams"),
        ({"vectors_vocab": None}, "there are no vectors of words and n-grams"),
        ({"vectors_vocab": np.ones(4, np.float32)}, "there are no vectors of words and n-grams"),
        ({"index_to_key": ["a"]}, "the index"),
        ({"index_to_key": ["a", 2]}, "there are no words"),
        ({"index_to_key": "ab"}, "there are no words"),
        ({"expandos": {"count": np.array([5, 4, 3])}}, "the index"),
    ],
)
def test_vectors_of_fasttext(tmp_path: Path, changes: dict[str, object], complaint: str | None) -> None:
    saved = FakeFastText()
    vars(saved).update(changes)
    (tmp_path / "ft.kv").write_bytes(pickle.dumps(saved))
    if complaint is None:
        assert read(tmp_path / "ft.kv").vectors.tolist() == [[1, 2], [3, 4]]
    else:
        with pytest.raises(InputError, match=complaint):
            read(tmp_path / "ft.kv")


class Vocab:
    """gensim 3's entry for a word."""

    def __init__(self, index: int, count: int) -> None:
        self.index, self.count = index, count


def test_vectors_of_gensim_3(tmp_path: Path) -> None:
    saved = FakeVectors(np.array([[1, 2], [3, 4]], np.float32))
    del saved.index_to_key
    saved.index2word = ["b", "a"]
    saved.vocab = {"a": Vocab(1, 3), "b": Vocab(0, 9)}
    (tmp_path / "old.kv").write_bytes(pickle.dumps(saved, 2))
    found = read(tmp_path / "old.kv")
    assert found.keys == [b"b", b"a"] and found.vectors.tolist() == [[1, 2], [3, 4]]
    assert found.counts is not None and found.counts.tolist() == [9, 3]


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (b"", "damaged"),
        (b"\x80\x04", "damaged"),
        (b"\x80\x04.", "damaged"),
        (b"\x80\x04]a.", "damaged"),
        (b"\x80\x04K\x01K\x02s.", "damaged"),
        (b"\x80\x04(K\x01K\x02K\x03d.", "damaged"),
        (b"\x80\x04h\x05.", "damaged"),
        (b"\x80\x04N\x85R.", "stack is empty"),
        (b"\x80\x04}Nb.", "damaged"),
        (b"\x80\x04\x8c\x01a\x8c\x01b\x93)R}bQ.", "BINPERSID"),
        (b"\x80\x04\x82\x01.", "EXT1"),
        (b"cos\nsystem\n(S'true'\no.", "OBJ"),
        (b"(ios\nsystem\n.", "INST"),
        (b"\x80\x04}" + b"(" * 3 + b"))u.", "tuples for keys"),
    ],
)
def test_what_is_no_data_is_refused(raw: bytes, complaint: str) -> None:
    with pytest.raises(PickleError, match=complaint):
        describe(raw)


def test_depth_does_not_exhaust_the_stack() -> None:
    deep = b"\x80\x04}" + b")" + b"\x85" * 1_000_000 + b"K\x01s."
    with pytest.raises(PickleError, match="tuples for keys"):
        describe(deep)


@given(st.data())
def test_damage_is_told(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """A file that is damaged anywhere is refused, or its numbers are other ones: there is no third way."""
    path = tmp_path_factory.mktemp("damaged") / "gensim.kv"
    raw = bytearray((FOLDER / "gensim.kv").read_bytes())
    for _ in range(data.draw(st.integers(0, 4))):
        raw[data.draw(st.integers(2, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(raw[: data.draw(st.integers(2, len(raw)) | st.just(len(raw)))])
    try:
        found = read(path, "gensim")
    except InputError as error:
        assert str(path) in str(error) and "\n" not in str(error)
    else:
        assert found.values.ndim == 2 and len(found.values) == len(found.keys) > 0
        assert found.counts is None or len(found.counts) == len(found.keys)


#: What loads objects by other ways than a name, or bytes from elsewhere; and what no data need.
REFUSED = {
    *("PERSID", "BINPERSID", "INST", "OBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4"),
    *("NEXT_BUFFER", "READONLY_BUFFER", "DUP", "POP_MARK"),
}


def test_instructions_that_are_not_known_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that a later Python may add, among them."""
    refused = set()
    for name in [*(opcode.name for opcode in pickletools.opcodes), "CALL"]:
        one = SimpleNamespace(name=name), None, 0
        monkeypatch.setattr(pickletools, "genops", lambda data, one=one: [one])
        with pytest.raises((PickleError, IndexError)) as caught:
            describe(b"")
        if str(caught.value) == f"it has the instruction {name}":
            refused.add(name)
    assert refused == REFUSED | {"CALL"}

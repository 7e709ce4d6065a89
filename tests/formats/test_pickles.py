"""A pickle is described and never executed, whatever it asks for."""

from __future__ import annotations

import contextlib
import os
import pickle
import pickletools
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2v.errors import InputError
from e2v.formats.transfer.pickles import PickledGlobal, PickledObject, PickleError, describe
from tests.formats.support import read
from tests.golden.foreign.make import FOLDER

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=4)
        | st.tuples(inner, inner)
        | st.tuples(inner, inner, inner, inner)
    ),
    max_leaves=12,
)


@given(plain, st.integers(3, pickle.HIGHEST_PROTOCOL))
def test_plain_data_are_what_they_were(value: object, protocol: int) -> None:
    assert describe(pickle.dumps(value, protocol)) == value


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_objects_are_described(protocol: int) -> None:
    described = describe(pickle.dumps(OrderedDict(a=1), protocol))
    assert isinstance(described, PickledObject) and described.constructor == PickledGlobal(
        "collections", "OrderedDict"
    )
    assert describe(pickle.dumps(Path, protocol)) == PickledGlobal("pathlib", "Path")
    assert describe(pickle.dumps([True, 7, -1.5, "é", {1, 2}], protocol))[:4] == [True, 7, -1.5, "é"]


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
    for vectors in (np.array([[1, 2]], ">f4"), np.asfortranarray([[1.0, 2]]), np.array([[1, 2]], np.float16)):
        (tmp_path / "good.kv").write_bytes(pickle.dumps(FakeVectors(vectors)))
        assert read(tmp_path / "good.kv").vectors.tolist() == [[1, 2]]


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
    "raw",
    [
        b"",
        b"\x80\x04",
        b"\x80\x04.",
        b"\x80\x04]a.",
        b"\x80\x04K\x01K\x02s.",
        b"\x80\x04(K\x01K\x02K\x03d.",
        b"\x80\x04\x8c\x01a\x8c\x01b\x93)R}b" + b"Q.",  # a persistent id
        b"\x80\x04\x82\x01.",  # a registered extension
        b"cos\nsystem\n(S'true'\no.",
        b"(ios\nsystem\n.",
        b"\x80\x04h\x05.",
        b"\x80\x04}" + b"(" * 3 + b"))u.",
    ],
)
def test_what_is_no_data_is_refused(raw: bytes) -> None:
    with pytest.raises(PickleError):
        describe(raw)


def test_depth_does_not_exhaust_the_stack() -> None:
    deep = b"\x80\x04}" + b")" + b"\x85" * 1_000_000 + b"K\x01s."
    with pytest.raises(PickleError, match="tuples for keys"):
        describe(deep)


@given(st.data())
def test_damage_is_told(data: st.DataObject) -> None:
    raw = bytearray((FOLDER / "gensim.kv").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(PickleError):
        describe(bytes(raw[: data.draw(st.integers(0, len(raw)))]))


def test_no_instruction_is_followed_that_this_version_of_python_may_add() -> None:
    known = {opcode.name for opcode in pickletools.opcodes}
    assert {"PERSID", "BINPERSID", "INST", "OBJ", "EXT1", "EXT2", "EXT4", "NEXT_BUFFER"} <= known

"""Opening an .e2v file: the header is read and checked, the arrays are mapped, nothing is copied."""

from __future__ import annotations

import contextlib
import hashlib
import mmap
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e2v.errors import DamagedFileError, ForeignFileError, InputError
from e2v.store.content import content_problems
from e2v.store.header import LENGTH, Header, open_regular, read_header, size_problem
from e2v.store.keys import Keys
from e2v.store.provenance import Record
from e2v.store.schema import DTYPES, KINDS, Problem, schema_problems

_HASHED_AT_ONCE = 1 << 24

_MAKE = {
    "corpus": "e2v vocab INPUT -o corpus.e2v makes one",
    "model": "e2v train INPUT -o model.e2v makes one",
    "users": "e2v users MODEL CORPUS -o users.e2v makes one",
    "index": "e2v index MODEL -o items.e2v makes one",
}


class Artifact:
    """A read-only view of an .e2v file.

    Attributes:
        path: as given to `open_artifact`.
        kind: one of `e2v.store.KINDS`.
        schema: version of the kind's schema.
        version: of the e2v that wrote the file.
        provenance: how the file was made, as it is; to be written down again.
        made: the same, to be read: by type.
        arrays: name -> memory-mapped, read-only array, aligned to 64 bytes.
        digest: SHA-256 (hex) of the content, the same wherever and whenever the file was written.
        nbytes: size of the file.
    """

    def __init__(self, path: Path, header: Header, mapping: mmap.mmap, status: os.stat_result) -> None:
        self.path = path
        self._status = status
        self.kind = header.kind
        self.schema = header.schema
        self.version = header.version
        self.provenance = header.provenance
        self.made = Record(path, header.provenance)
        self.digest = header.digest
        self.nbytes = header.file_size
        self.arrays = map_arrays(header, mapping)
        self._digests = {name: spec.sha256 for name, spec in header.arrays.items()}

    def __reduce__(self) -> tuple[Any, ...]:
        return open_artifact, (self.path, self.kind)  # another process maps the file, too

    @property
    def keys(self) -> Keys:
        """The vocabulary's keys, or those of the rows."""
        return self.keys_of("keys")

    def keys_of(self, name: str) -> Keys:
        """The strings stored as `name`.bytes and `name`.offsets.

        Raises:
            DamagedFileError: the offsets do not describe the bytes.
        """
        try:
            return Keys(self.arrays[f"{name}.bytes"], self.arrays[f"{name}.offsets"])
        except ValueError as error:
            raise DamagedFileError(f"{self.path} is damaged: {name}.offsets: {error}") from error

    @property
    def titles(self) -> Keys | None:
        """What each key is called (a film's title), empty for some; None if the file does not say."""
        return self.keys_of("labels") if self.has("labels") else None

    def has(self, name: str) -> bool:
        """Whether there is an array, or a set of keys, of this name."""
        return name in self.arrays or f"{name}.offsets" in self.arrays

    def expect(self, *kinds: str) -> None:
        """See that it is of one of these kinds.

        Raises:
            InputError: it is of another.
        """
        if self.kind not in kinds:
            wanted = " or ".join(map(_with_article, kinds))
            raise InputError(
                f"{self.path} holds {_with_article(self.kind)}, not {wanted}", _MAKE.get(kinds[0])
            )

    def check(self, *names: str) -> None:
        """Read the named arrays and compare them with their digests, at memory speed.

        Opening does not read the data; whoever uses what is in an array as an index checks it first.

        Raises:
            DamagedFileError: naming the array.
        """
        for name in names:
            if array_sha256(self.arrays[name]) != self._digests[name]:
                raise DamagedFileError(f"{self.path} is damaged: {name} does not match its digest")

    def digest_of(self, *names: str) -> str:
        """SHA-256 (hex) of the digests of some arrays, in this order: equal where all of these are."""
        return hashlib.sha256("".join(self._digests[name] for name in names).encode()).hexdigest()

    def check_content(self) -> None:
        """Check all keys, counts, ids, offsets and the graph, which `check` has proved to be as written.

        Raises:
            DamagedFileError: one cannot be, as an id outside of the vocabulary.
        """
        self.refuse(content_problems(self.kind, self.arrays))

    def refuse_changed(self) -> None:
        """See that nobody has changed the file in place since it was opened; it may have been replaced whole.

        Only where its time has changed it is read and compared with its digests.

        Raises:
            InputError: somebody has, so that what was read meanwhile is of no known file.
        """
        try:
            now = self.path.stat()
        except OSError:  # it is gone, and what is mapped is as it was
            return
        was = self._status
        if not os.path.samestat(now, was) or now.st_mtime_ns == was.st_mtime_ns:
            return
        self._status = now
        with contextlib.suppress(DamagedFileError):
            if now.st_size == self.nbytes:
                self.check(*self.arrays)
                return  # `touch`, or --if-changed, has been there
        raise InputError(
            f"{self.path} was changed while it was being read",
            "write a new file beside it, and mv that over it",
        )

    def refuse(self, problems: Iterable[Problem]) -> None:
        """Raise DamagedFileError for the first of some problems, if there is one."""
        for problem in problems:
            raise DamagedFileError(f"{self.path} is damaged: {problem}")


def refuse_short(path: Path) -> None:
    """See that a file that is to be replaced is not too short to be taken for a damaged one of ours.

    Raises:
        ForeignFileError: it has some bytes, and fewer than the length of a header takes.
    """
    size = path.stat().st_size
    if 0 < size < LENGTH:
        raise ForeignFileError(f"{path} is not an .e2v file ({size:,} bytes of something else)")


def open_artifact(path: str | os.PathLike[str], *kinds: str) -> Artifact:
    """Map an .e2v file; with `kinds`, one of these kinds is expected.

    Raises:
        InputError: missing, unreadable, or of another kind.
        ForeignFileError, NewerFileError, DamagedFileError: not ours, of a later version, or not whole.
    """
    path = Path(path)
    with open_regular(path) as file:
        header = read_header(file, path)
        status = os.fstat(file.fileno())
        size = status.st_size
        if what := size_problem(header, size):
            raise DamagedFileError(f"{path} is damaged: {what}")
        if problems := schema_problems(KINDS[header.kind], header.arrays):
            raise DamagedFileError(f"{path} is damaged: {problems[0]}")
        mapping = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)
    artifact = Artifact(path, header, mapping, status)
    if kinds:
        artifact.expect(*kinds)
    return artifact


def _with_article(kind: str) -> str:
    """What a file of a kind holds: a model, an index, vectors."""
    if kind.endswith("s") and kind != "corpus":
        return kind
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def map_arrays(header: Header, mapping: mmap.mmap) -> dict[str, NDArray[Any]]:
    """Views of the mapped file, one for each array."""
    return {
        name: np.ndarray(spec.shape, DTYPES[spec.dtype], mapping, header.data_start + spec.start)
        for name, spec in header.arrays.items()
    }


def array_sha256(array: NDArray[Any], done: Callable[[int], object] | None = None) -> str:
    """SHA-256 (hex) of a contiguous array's bytes; `done` is told the size of each piece after it."""
    raw = array.reshape(-1).view(np.uint8).data
    digest = hashlib.sha256()
    for first in range(0, len(raw), _HASHED_AT_ONCE):
        piece = raw[first : first + _HASHED_AT_ONCE]
        digest.update(piece)
        if done:
            done(len(piece))
    return digest.hexdigest()

"""One reader fuzzed, in a process that has forked for it: the parent has everything instrumented and imported."""

from __future__ import annotations

import hashlib
import os
import random
import sys
import time
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.attacks.mutations import LONGEST, of_bytes

if TYPE_CHECKING:
    from tests.attacks.readers import Reader

try:
    import atheris
except ImportError:
    atheris = None

#: What Atheris instruments besides e2v, of what readers use. Kernels have to stay as they are for Numba.
_STANDARD = ("gzip", "pickletools", "zipfile")
_SLOWEST = 20  # seconds of CPU of an input, beyond which it is a finding
_ENDLESS = 600  # seconds by the clock, after which it is taken to have no end
_MEMORY = 3000  # MB of the process


def prepare() -> None:
    """Import everything that reads, instrumented, and have it done without threads.

    It has to come before all else that imports e2v: what has been imported already is not instrumented, and Atheris
    then takes all inputs for alike.
    """
    os.environ["NUMBA_BOUNDSCHECK"] = "1"
    early = [name for name in sys.modules if name.partition(".")[0] == "e2v"]
    assert not (atheris and early), f"imported before they could be instrumented: {early}"
    from tests.attacks.importing import import_all, import_kernels

    if atheris is None:
        import_all()
    else:
        with atheris.instrument_imports(include=_STANDARD):
            for name in _STANDARD:
                sys.modules.pop(name, None)
                import_module(name)
        import_kernels()
        with atheris.instrument_imports(include=["e2v"]):
            import_all()
    os.fsync = lambda descriptor: None
    _without_threads()
    from e2v import notices

    notices._listeners.clear()


def _without_threads() -> None:
    """Do at once what a thread would do beside: starting one takes longer than a small file does."""
    from e2v.inputs import read_ahead

    def submit(pool: Any, function: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(function(*given, **named))
        except BaseException as error:
            future.set_exception(error)
        return future

    def begin(self: Any, items: Iterable[Any], depth: int) -> None:
        self._items, self._made = items, self._all(items)

    def all_of(items: Iterable[Any]) -> Iterator[Any]:
        yield from items

    def close(self: Any) -> None:
        self._made.close()
        if isinstance(self._items, Generator):
            self._items.close()

    ThreadPoolExecutor.submit = submit  # type: ignore[method-assign,assignment]
    of_items: Any = read_ahead.read_ahead
    of_items.__init__, of_items.__next__, of_items.close = begin, lambda self: next(self._made), close
    of_items._all = staticmethod(all_of)


class Findings:
    """Keeps one input for each place in which a reader fails."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: set[str] = set()

    def add(self, data: bytes, error: BaseException) -> None:
        """Keep an input, unless another has failed at the same place."""
        frames = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in frames if "/e2v/" in frame.filename or "/attacks/" in frame.filename]
        place = f"{type(error).__name__} {ours[-1].filename}:{ours[-1].lineno}" if ours else repr(error)
        name = hashlib.sha256(place.encode()).hexdigest()[:12]
        if name in self._known:
            return
        self._known.add(name)
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / name).write_bytes(data)
        said = "".join(traceback.format_exception(error))
        (self._folder / f"{name}.txt").write_text(said, errors="backslashreplace")
        print(f"FINDING {place}: {error!r:.200}", file=sys.stderr, flush=True)


def blindly(
    read: Callable[[bytes], None], reader: Reader, seeds: list[bytes], seconds: float, most: int, seed: int
) -> int:
    """Run a reader on its seeds, and on changed ones for some seconds or so many times; how many it were."""
    rng = random.Random(seed)
    until, done = time.monotonic() + seconds, 0
    for data in seeds:
        read(data)
        done += 1
    while done < most and time.monotonic() < until:
        data = rng.choice(seeds)
        read(reader.mutate(data, rng) if reader.mutate and rng.randrange(2) else of_bytes(data, rng, seeds))
        done += 1
    return done


def fuzz_one(
    reader: Reader, seconds: float, corpus: Path, found: Path, folder: Path, counter: memoryview
) -> None:
    """Fuzz a reader for some seconds, or for ever; does not return where there is Atheris.

    counter: int64[1], which counts executions. corpus: of inputs that are gone on from, and are added to.
    folder: for files of the moment, which is left as it is.
    """
    from e2v.errors import E2VError

    findings = Findings(found)

    def read(data: bytes) -> None:
        began = time.process_time()
        once(data)
        if time.process_time() - began > _SLOWEST:
            findings.add(data, TimeoutError("takes too long"))

    def once(data: bytes) -> None:
        counter[0] += 1
        try:
            reader.read(data, folder)
        except E2VError:
            pass
        except Exception as error:
            findings.add(data, error)

    seeds = reader.seeds()
    for seed in seeds:
        once(seed)  # which compiles kernels before there are limits
    if atheris is None:
        blindly(read, reader, seeds, seconds, 1 << 62, random.randrange(1 << 30))
        return
    corpus.mkdir(parents=True, exist_ok=True)
    found.mkdir(parents=True, exist_ok=True)
    for data in seeds:
        (corpus / hashlib.sha1(data).hexdigest()).write_bytes(data)
    options = [
        f"-max_total_time={seconds:.0f}",
        f"-timeout={_ENDLESS}",
        f"-report_slow_units={_ENDLESS}",
        f"-rss_limit_mb={_MEMORY}",
        f"-max_len={LONGEST}",
        f"-artifact_prefix={found}/",
    ]
    if reader.tokens:
        tokens = folder / "tokens"
        tokens.write_text("".join(f'"{_escaped(token)}"\n' for token in reader.tokens))
        options.append(f"-dict={tokens}")
    own = {"custom_mutator": _mutator(reader)} if reader.mutate else {}
    atheris.Setup(["fuzz", str(corpus), *options], read, **own)
    atheris.Fuzz()


def _mutator(reader: Reader) -> Callable[[bytes, int, int], bytes]:
    """Half of the changes are those of libFuzzer, and half keep the structure."""
    change = reader.mutate
    assert change

    def mutate(data: bytes, longest: int, seed: int) -> bytes:
        if seed % 2:
            return bytes(atheris.Mutate(data, longest))
        changed = change(data, random.Random(seed))
        return (
            changed if changed != data and len(changed) <= longest else bytes(atheris.Mutate(data, longest))
        )

    return mutate


def _escaped(token: bytes) -> str:
    return "".join(
        chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\' else f"\\x{byte:02x}" for byte in token
    )

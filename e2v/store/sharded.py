"""Outputs of several files, the shards of a set: how they are called, and how all appear or none."""

from __future__ import annotations

import contextlib
import glob
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from e2v.errors import OutputError
from e2v.store.atomic import check_file, sync
from e2v.store.explain import explained
from e2v.store.scratch import scratch_folder


def shard_paths(output: Path, shards: int) -> list[Path]:
    """The files of a set: corpus-01-of-12.e2v and so on, of corpus.e2v; their names sort."""
    width = len(str(shards))
    names = (f"{output.stem}-{number:0{width}}-of-{shards}{output.suffix}" for number in range(1, shards + 1))
    return [output.with_name(name) for name in names]


def shard_pattern(output: Path, shards: int) -> Path:
    """The glob that these files fit, and no others."""
    folder = Path(glob.escape(str(output.parent)))
    return folder / f"{glob.escape(output.stem)}-*-of-{shards}{glob.escape(output.suffix)}"


def refuse_other_sets(output: Path, shards: int) -> None:
    """See that no shards of another set are where those of `output` will be, for one glob would fit both.

    Raises:
        OutputError: there are some; or `output` itself is called as a shard.
    """
    if re.fullmatch(r".*-[0-9]+-of-[0-9]+", output.stem):
        raise OutputError(
            f"{output} is what a shard is called, and its own would fit the glob of that set",
            "name the whole, as corpus.e2v",
        )
    name = re.compile(rf"{re.escape(output.stem)}-[0-9]+-of-([0-9]+){re.escape(output.suffix)}")
    with contextlib.suppress(OSError):  # which whoever writes there says better
        for entry in sorted(os.listdir(output.parent)):  # noqa: PTH208 - names are all that is needed
            found = name.fullmatch(entry)
            if found and int(found[1]) != shards:
                raise OutputError(
                    f"{output.with_name(entry)} is one of {int(found[1]):,} shards, and would be taken for "
                    f"one of these {shards:,}",
                    "remove or move that set, or name another output",
                )


@contextlib.contextmanager
def atomic_shards(output: Path, shards: int) -> Iterator[Path]:
    """Yield a folder beside `output`, whose files called as the shards become these when the block ends well.

    All are replaced, or none: on any exception, KeyboardInterrupt included, those that were there come back.
    Should the process be killed in that moment, some are new and some old, and whoever opens them tells. They
    keep their permission bits, and links stay links, as with `atomic_path`. What else is in the folder is
    gone at the end.

    Raises:
        OutputError: as `atomic_path`.
    """
    paths = shard_paths(output, shards)
    modes = [check_file(path) for path in paths]
    with scratch_folder(output) as folder:
        yield folder
        old = folder / "old"
        old.mkdir()
        with contextlib.ExitStack() as undo:
            for path, mode in zip(paths, modes, strict=True):
                new, target = folder / path.name, Path(os.path.realpath(path))
                with explained(path, target):
                    if mode is None:
                        undo.callback(target.unlink, missing_ok=True)
                    else:
                        new.chmod(mode)
                        _keep(target, old / path.name)
                        undo.callback((old / path.name).replace, target)
                    new.replace(target)
            undo.pop_all()
        with contextlib.suppress(OSError):  # some file systems cannot sync a folder
            sync(Path(os.path.realpath(output)).parent)


def _keep(file: Path, as_path: Path) -> None:
    """Give a file a second name; a copy where the file system has no such names."""
    try:
        os.link(file, as_path)
    except OSError:
        shutil.copy2(file, as_path)

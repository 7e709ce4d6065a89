"""Write the golden files that are not there yet: `python -m tests.golden.make`.

A file that is there is never written again: it proves that today's code reads what yesterday's wrote.
A new kind, variant or schema version gets an entry in contents.py and a file beside the old ones.
"""

from __future__ import annotations

from pathlib import Path

from e2v.store import ArtifactWriter
from tests.golden.contents import GOLDEN, PROVENANCE, kind_of

FOLDER = Path(__file__).parent


def write(path: Path, name: str) -> None:
    """Write the golden content `name` to `path`."""
    with ArtifactWriter(path, kind_of(name), dict(PROVENANCE)) as writer:
        for array_name, array in GOLDEN[name].items():
            writer.add(array_name, array)


if __name__ == "__main__":
    for golden in GOLDEN:
        target = FOLDER / f"{golden}.e2v"
        if not target.exists():
            write(target, golden)

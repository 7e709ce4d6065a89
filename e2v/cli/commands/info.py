"""`e2v info`: what a file is, how it was made, and its first keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from e2v.cli.shared.options import FormatOption
from e2v.cli.shared.output import Output, Value


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Any .e2v file.")],
    number: Annotated[
        int, typer.Option("--number", "-n", min=0, metavar="N", help="How many keys to print.")
    ] = 10,
    format: FormatOption = "auto",
) -> None:
    """Print what FILE is, how it was made, what it holds, its first keys, and what they are called.

    One field a line: its name and its value; with `--format json`, one object. The data are not read
    (`e2v verify` does that), so it answers at once for a file of any size.
    """
    from e2v.store import KINDS, open_artifact

    artifact = open_artifact(file)
    fields: dict[str, Value] = {
        "file": str(file),
        "kind": artifact.kind,
        "holds": KINDS[artifact.kind].summary,
        "schema": artifact.schema,
        "written_by": f"e2v {artifact.version}",
        "digest": artifact.digest,
        "bytes": artifact.nbytes,
        **dict(_flat("made", artifact.provenance)),
    }
    for name, array in artifact.arrays.items():
        fields[f"array.{name}"] = f"{array.dtype} {'x'.join(map(str, array.shape))}"
    if artifact.has("keys"):
        fields["keys"] = len(artifact.keys)
        fields["first_keys"] = list(artifact.keys[:number])
    if (titles := artifact.titles) is not None:
        fields["titles"] = int((titles.offsets[1:] > titles.offsets[:-1]).sum())
        fields["first_titles"] = list(titles[:number])

    if format == "json":
        with Output(format, list(fields)) as output:
            output.row(*fields.values())
    else:
        with Output(format, ["field", "value"]) as output:
            for name, value in fields.items():
                output.row(name, value)


def _flat(name: str, value: Any) -> Iterator[tuple[str, Value]]:
    """JSON as dotted names and plain values: {'seed': 1} as ('made.seed', 1)."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{name}.{key}", inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _flat(f"{name}.{index}", inner)
    else:
        yield name, value

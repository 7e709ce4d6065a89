"""`e2v info`: what a file is, how it was made, and its first keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2v import common_settings
from e2v.cli.shared.options import Rows, file_argument
from e2v.cli.shared.output import Value


@dataclass(frozen=True, kw_only=True)
class Asked(Rows):
    """What is looked at."""

    file: Path = file_argument()
    number: int = common_settings.number(10, least=0)


def command(asked: Asked) -> None:
    """Print what FILE is, how it was made, what it holds, its first keys, and what they are called.

    One field a line: its name and its value; with `--format json`, one object. The data are not read
    (`e2v verify` does that), so it answers at once for a file of any size.

    Examples:
        e2v info model.e2v
        e2v info model.e2v --format json | jq .keys
    """
    from e2v.store import KINDS, open_artifact
    from e2v.training.engine.reached import Reached

    artifact = open_artifact(asked.file)
    fields: dict[str, Value] = {
        "file": str(asked.file),
        "kind": artifact.kind,
        "holds": KINDS[artifact.kind].summary,
        **({"done": str(Reached.read(artifact.made))} if "state" in artifact.made else {}),
    }
    if artifact.has("keys"):
        fields["keys"] = len(artifact.keys)
        fields["first_keys"] = list(artifact.keys[: asked.number])
    if artifact.has("new"):
        fields["new_items"] = int(artifact.arrays["new"].sum())
    if (titles := artifact.titles) is not None:
        fields["titles"] = int((titles.offsets[1:] > titles.offsets[:-1]).sum())
        fields["first_titles"] = list(titles[: asked.number])
    for name, array in artifact.arrays.items():
        fields[f"array.{name}"] = f"{array.dtype} {'x'.join(map(str, array.shape))}"
    fields |= {
        "bytes": artifact.nbytes,
        "digest": artifact.digest,
        "schema": artifact.schema,
        "written_by": f"e2v {artifact.version}",
        **dict(_flat("made", artifact.provenance)),
    }

    if asked.format == "json":
        with asked.printed(list(fields)) as output:
            output.row(*fields.values())
    else:
        with asked.printed(["field", "value"], clipped=False) as output:
            for name, value in fields.items():
                output.row(name, repr(value) if isinstance(value, float) else value)


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

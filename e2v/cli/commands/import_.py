"""`e2v import`: vectors of another program as an .e2v file."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from e2v.cli.shared.messages import say_result
from e2v.cli.shared.options import Making, output
from e2v.cli.shared.outputs import file_output, unchanged
from e2v.cli.shared.progress import ProgressDisplay
from e2v.formats.transfer.settings import ImportSettings
from e2v.notices import counted
from e2v.settings import argument


@dataclass(frozen=True, kw_only=True)
class Files(Making):
    """What is read and written."""

    file: str = argument(
        ...,
        "Vectors: a file, plain or compressed, a folder of npy, projector, safetensors or parquet files, "
        "or - for "
        "stdin.",
        metavar="FILE",
    )
    output: str | None = output("import")


def command(files: Files, settings: ImportSettings) -> None:
    """Read vectors in the format of another program.

    Rows are checked as they come: that numbers are numbers, and finite, that there are as many as there
    should be, and that no key occurs twice. Nothing is ever unpickled. docs/foreign-formats.md says what
    is read of each format.

    Examples:
        e2v import GoogleNews.bin.gz -o news.e2v
        e2v import glove.6B.100d.txt --from glove -o glove.e2v
    """
    from e2v.jobs.import_ import import_

    to = file_output(files.output, "import", "a file of vectors")
    with ProgressDisplay() as progress:
        made = import_(files.file, to, settings, if_changed=files.if_changed, report=progress)
    if made is None:
        unchanged("import", to)
        return
    summary = made.summary
    dropped = f"; {summary.dropped:,} rows of keys that were there before are left out"
    words = (
        f"{counted(summary.keys, 'key')}, {counted(summary.dim, 'dimension')}, {summary.dtype}; read as "
        f"{summary.format}{dropped if summary.dropped else ''}"
    )
    say_result("import", made.output, [words], {**asdict(summary), "seconds": round(made.seconds, 3)})

"""Vectors of another program become an .e2v file."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

from e2v.errors import InputError
from e2v.formats import find_format, names
from e2v.formats.transfer.importing import ImportSummary, import_vectors
from e2v.formats.transfer.input_files import InputFiles
from e2v.formats.transfer.settings import ImportSettings
from e2v.inputs.sources import STDIN
from e2v.jobs.making import leave_unchanged, records
from e2v.notices import notice
from e2v.progress import Progress, Report, silent
from e2v.store import Output, open_artifact, reserved


@dataclass(frozen=True)
class ImportResult:
    """Vectors, and what was read."""

    output: Path
    summary: ImportSummary
    seconds: float


def import_(
    file: str,
    output: Output,
    settings: ImportSettings,
    *,
    if_changed: bool = False,
    report: Report = silent,
) -> ImportResult | None:
    """Read vectors; None if `if_changed` and nothing has.

    Raises:
        E2VError: see `import_vectors` and `reserved`.
    """
    # Those beside a file are known when it is read, and then the importer looks at them.
    members = {member for name in names() for member in find_format(name).FILES}
    read = [file, settings.keys, *(Path(file) / name for name in members)]
    began = time.monotonic()
    with reserved("import", [replace(output, kinds=("vectors",))], read):
        if if_changed:
            report(Progress("comparing"))
            if _is_unchanged(file, output.path, settings):
                return None
        with InputFiles(file, settings.keys, output.path) as given:
            summary = import_vectors(
                given, output.path, settings.from_, duplicates=settings.duplicates, report=report
            )
    for said in summary.notices:
        notice(said)
    return ImportResult(output.path, summary, time.monotonic() - began)


def _is_unchanged(file: str, output: Path, settings: ImportSettings) -> bool:
    """Whether `output` was made of these files, in the format that it names."""
    if file == STDIN:
        records([file])  # which refuses it
    try:
        made = open_artifact(output).made
        recorded_files = [str(each.get("name")) for each in made.items_of("inputs")]
        name = settings.from_ or str(made.inner("settings").get("format"))
    except InputError:
        return False
    folder = Path(file)
    expected = {file, *([str(settings.keys)] if settings.keys else [])}
    if folder.is_dir() and name in names():
        members = (folder / member for member in find_format(name).FILES)
        expected = {str(member) for member in members if member.exists()} | (expected - {file})
    if set(recorded_files) != expected or not all(Path(each).is_file() for each in recorded_files):
        return False
    made_of = {"format": name, "duplicates": settings.duplicates}
    return leave_unchanged(output, "import", {"settings": made_of, "inputs": records(recorded_files)})

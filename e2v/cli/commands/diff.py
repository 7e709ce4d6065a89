"""`e2v diff`: what changed from one version of some vectors to another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from e2v.cli.shared.messages import note, say_end
from e2v.cli.shared.options import Rows
from e2v.cli.shared.progress import ProgressDisplay
from e2v.inputs.keys import read_keys
from e2v.notices import counted
from e2v.settings import argument
from e2v.versions.settings import DiffSettings

if TYPE_CHECKING:
    from e2v.versions.changes import Difference


@dataclass(frozen=True, kw_only=True)
class Asked(Rows):
    """What is compared."""

    old: Path = argument(..., "The version before.", metavar="OLD", suffix=".e2v")
    new: Path = argument(..., "The version after.", metavar="NEW", suffix=".e2v")


def command(asked: Asked, settings: DiffSettings) -> None:
    """Say what changed from OLD to NEW: keys that came and went, and neighbours that did not stay.

    Coordinates of two trainings cannot be compared, neighbours can. For each key that both have, its nearest
    keys in OLD and in NEW (--neighbours of them, among the keys that both have) make two sets; their
    *overlap* is how many are in both, of all that are in either: 1 is no change. Models, vectors and users
    can be compared, with any numbers of dimensions.

    Rows are the most frequent keys that *came* and that *went*, and those that *drifted* most, with the
    smallest overlap; -n of each. Sums and means are told on stderr: the overlap of all keys, and by how often
    the keys occurred in OLD.

    --min holds the figures to a minimum, by name: `--min overlap=.7`, `--min overlap/1000-9999=.8` for keys
    that occurred so often, `--min kept=.9` for the share of the keys of OLD that are in NEW. What has no
    value reaches none. The overlap has one where at least twice as many keys as --neighbours, and one, are in
    both: of fewer, sets of neighbours have keys in common whatever changed.

    The time grows with the square of the number of keys; --restrict leaves out rare ones, of which little is
    known and whose neighbours change with every seed.

    Columns: change, key, old_count, new_count, overlap, old_neighbours, new_neighbours, title.

    Examples:
        e2v diff yesterday.e2v today.e2v --restrict 20000
        e2v diff served.e2v night.e2v --min overlap=.7 --min kept=.95
    """
    from e2v.jobs.diff import diff, hold
    from e2v.versions.changes import Change

    keys = read_keys(*settings.only) if settings.only else None
    with ProgressDisplay() as progress:
        found = diff(asked.old, asked.new, settings, keys, progress)
    for line in _summary(found):
        note(line)
    with asked.printed(Change._fields) as output:
        for row in found.changes:
            output.row(*row)
    hold(found, settings)
    figures = {each.name: each.value for each in found.measurements}
    facts = {"stayed": found.stayed, "came": found.came, "went": found.went, **figures}
    say_end("diff", f"{counted(found.stayed, 'key')} compared", facts)


def _summary(found: Difference) -> list[str]:
    """How many keys stayed, and how much of their neighbours."""
    told = [f"{counted(found.stayed, 'key')} stayed, {found.came:,} came, {found.went:,} went"]
    _, overall, *bands = found.measurements
    if overall.value is None:
        return told
    parts = [
        f"{each.value:.3f} of {each.used:,} that occurred {_times(each.name)}"
        for each in reversed(bands)
        if each.value is not None
    ]
    told.append(f"overlap of neighbours {overall.value:.3f}{': ' if parts else ''}{', '.join(parts)}")
    return told


def _times(name: str) -> str:
    """A band of counts in words: 'overlap/10-99' is '10 to 99 times'."""
    first, last = name.rpartition("/")[2].split("-")
    return f"{int(first):,} to {int(last):,} times" if last else f"{int(first):,} times or more"

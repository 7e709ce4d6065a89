"""`e2v split`: hold out a part of each user's history, or what came after a moment."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from e2v.cli.shared.messages import say_result
from e2v.cli.shared.options import Making, corpus_argument, output
from e2v.cli.shared.outputs import STDOUT, file_output, unchanged
from e2v.cli.shared.progress import ProgressDisplay
from e2v.corpus.events.settings import SplitSettings
from e2v.notices import counted
from e2v.settings import setting


@dataclass(frozen=True, kw_only=True)
class Files(Making):
    """What is read and written."""

    corpus: Path = corpus_argument()
    output: str | None = output("split")
    held_out: str = setting(
        ..., "The text to write, of what is held out: 'user item item ...'; - is stdout.", metavar="FILE"
    )


def command(files: Files, settings: SplitSettings) -> None:
    """Cut CORPUS into one to train on and the items to test with (`e2v eval --ranking`).

    A held-out item leaves the user's history altogether, however often it is in there, and every user keeps
    at least one item, so those with a single one have nothing held out. Items that nobody keeps leave the
    vocabulary. With `--by random` a user gives up --share of the different items, rounded to a whole number.

    Sets, which `e2v events` makes without --time or --ordered, have no last item: they are
    split `--by random`.

    With --at or --last-share the log is cut at one moment, as in practice: what was before it is to train
    on, and what was then or later is held out, so that nobody's future is known from others. It takes times,
    which `e2v events --time` keeps. Who came later, and items that did, are held out as well and counted;
    they are unknown to what is trained. Without a zone a time is in UTC, as in the log.

    Examples:
        e2v split corpus.e2v -o train.e2v --held-out held-out.txt
        e2v split baskets.e2v --by random --share .1 --held-out held-out.txt
        e2v split corpus.e2v --at 2024-01-31 --held-out held-out.txt
    """
    from e2v.jobs.split import split

    to = file_output(files.output, "split", "a corpus")
    to_stdout = files.held_out == STDOUT
    to_hold_out = sys.stdout.buffer if to_stdout else file_output(files.held_out, None, "what is held out")
    with ProgressDisplay() as progress:
        made = split(files.corpus, to, to_hold_out, settings, if_changed=files.if_changed, report=progress)
    if made is None:
        unchanged("split", to)
        return
    summary, shown = made.summary, "stdout" if made.held_out is None else str(made.held_out)
    held_out = f"{counted(summary.held_out, 'item')} of {counted(summary.users, 'user')} held out in {shown}"
    words = [f"{counted(summary.kept, 'item')} kept; {held_out}"]
    facts: dict[str, object] = {
        "test": shown,
        "kept": summary.kept,
        "held_out": summary.held_out,
        "users": summary.users,
    }
    if summary.moment is not None:
        unknown = {"unknown_users": summary.unknown_users, "unknown_items": summary.unknown_items}
        facts |= {"at": summary.moment, **unknown}
        users, items = counted(summary.unknown_users, "user"), counted(summary.unknown_items, "item")
        words.append(f"held out from {summary.moment} on; {users} and {items} of it are not in {made.output}")
    say_result("split", made.output, words, facts)

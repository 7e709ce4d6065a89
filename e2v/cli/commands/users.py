"""`e2v users`: histories in; the users' vectors out, so that they can be served without the model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from e2v import common_settings
from e2v.cli.shared.messages import say_result, warn
from e2v.cli.shared.options import Making, model_argument, output
from e2v.cli.shared.outputs import file_output, unchanged
from e2v.cli.shared.progress import ProgressDisplay
from e2v.notices import counted
from e2v.settings import argument


@dataclass(frozen=True, kw_only=True)
class Files(Making):
    """What is read and written."""

    model: Path = model_argument()
    corpus: str = argument(
        ...,
        "Histories of users: a corpus with their ids, or - for lines on stdin.",
        metavar="CORPUS",
        suffix=".e2v",
    )
    output: str | None = output("users")
    user_features: Path | None = common_settings.user_features()
    update: Path | None = common_settings.update()


def command(files: Files) -> None:
    """Make the vectors of users, and note what each has seen, to recommend without the model.

    The users need not be those that MODEL was trained on: a vector is one forward pass. `-` reads lines of
    'user item item ...' from stdin, in the order of time, with tabs or commas where ids hold spaces; several
    lines of a user are joined. Items that MODEL does not know are left out and counted; whoever has no other
    gets the vector of an empty history, which leads to the most popular items. Where it knows none of them
    all, nothing is made.

    The vector of a plain model, of `e2v train` or `e2v svd`, is the mean of the input vectors of the history.

    `--update users.e2v` reads new events only, of users who are there and of new ones: they follow what each
    has had, and only the vectors of these users are made. What comes of it is to the bit what all events
    would give, if those that are new are the later ones. A file of users notes which events it has: the same
    corpus, or the same lines, are not added twice. The index stays as it is: it is of MODEL alone.

    Examples:
        e2v users tower.e2v corpus.e2v -o users.e2v
        e2v users tower.e2v today.e2v --update users.e2v -o users.e2v
        e2v users tower.e2v - -o new.e2v < histories.txt
    """
    from e2v.jobs.users import users

    to = file_output(files.output, "users", "a file of users")
    with ProgressDisplay() as progress:
        made = users(
            files.model,
            files.corpus,
            to,
            files.user_features,
            files.update,
            if_changed=files.if_changed,
            report=progress,
        )
    if made is None:
        unchanged("users", to)
        return
    if made.unknown:
        warn(f"left out: {counted(made.unknown, 'item')} that {files.model} does not know")
    if made.without:
        warn(f"without any known item: {made.without:,} of {made.users:,} users, who get what is popular")
    shape = f"vectors of {counted(made.users, 'user')}, {counted(made.dim, 'dimension')}"
    words = [f"{shape}; {counted(made.items, 'item')} seen"]
    if made.changed is not None and made.new is not None and made.events is not None:
        grown, same = made.changed - made.new, made.users - made.changed
        whose = f"{counted(made.new, 'new user')}, {grown:,} with new events, {same:,} as before"
        words.append(f"{counted(made.events, 'new event')}: {whose}")
    facts = {
        "users": made.users,
        "dim": made.dim,
        "items": made.items,
        "unknown": made.unknown,
        "without": made.without,
        **({} if made.changed is None else {"changed": made.changed, "new": made.new, "events": made.events}),
    }
    say_result("users", made.output, words, facts)

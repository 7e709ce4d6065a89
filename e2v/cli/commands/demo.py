"""`e2v demo`: the whole toolchain on a generated corpus, every command shown before it runs."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import typer

from e2v.cli.shared.messages import progress_mode
from e2v.common_settings import keep, seed

PARAGRAPHS = 4000

INTRODUCTION = (
    "This is a tour of e2v on a small corpus. The text is not real: it is generated from a table of "
    "{countries} countries, their capitals, currencies, languages and peoples. The commands are real, and "
    "each is printed before it runs. countries.txt holds {paragraphs:,} paragraphs like this one:"
)

#: What is said before each command, and the command ("{seed}" is filled in).
STEPS = (
    ("Count the words and encode the text as numbers.", "e2v vocab countries.txt -o corpus.e2v"),
    (
        "Learn a vector for every word (the first run on a machine also compiles, once).",
        "e2v train corpus.e2v -o model.e2v --epochs 10 --seed {seed}",
    ),
    (
        "Which words are used like madrid? No file is named: model.e2v is the default.",
        "e2v similar madrid -n 5",
    ),
    ("Polish is to Poland as what is to Hungary?", "e2v analogy polish poland hungary -n 3"),
    ("madrid - spain + france:", "e2v analogy madrid spain france -n 3"),
)

CLOSING = (
    "Nobody told it what a capital is: words of a kind keep the same company, and so do the words of a "
    "country, so the vectors add up. Now the same on a text of your own, plain or compressed, a sentence or "
    "a paragraph a line; --tokenizer word --lowercase copes with capitals and punctuation:"
)
OWN_TEXT = """\

    e2v vocab TEXT -o corpus.e2v
    e2v train corpus.e2v -o model.e2v
    e2v similar WORD
"""
LAST = "docs/tutorial.md goes on from there; e2v COMMAND --help lists the options."

#: Columns that text is filled to, where the terminal has as many.
_WIDTH = 96


@dataclass(frozen=True, kw_only=True)
class Tour:
    """What is toured, and where."""

    seed: int = seed()
    keep: Path | None = keep()


def command(asked: Tour) -> None:
    """Tour the toolchain on a small generated corpus, in under a minute.

    Generates text from a table of facts about countries, then runs `vocab`, `train`, `similar` and
    `analogy` on it, printing each command before it runs. Needs no network and no data, and leaves
    nothing behind unless told to with --keep.

    Examples:
        e2v demo
        e2v demo --keep tour --seed 2
    """
    from e2v.store import kept_folder

    with kept_folder(asked.keep) as folder:
        tour(folder, asked.seed)
    if asked.keep is not None:
        typer.echo(f"\nThe files are in {asked.keep}.")


def tour(folder: Path, seed: int) -> None:
    """Write the corpus into `folder` and run every step there."""
    from e2v.demo import countries, generate_paragraphs
    from e2v.store import atomic_path

    paragraphs = list(generate_paragraphs(PARAGRAPHS, seed))
    with atomic_path(folder / "countries.txt") as path:
        path.write_text("\n".join(paragraphs) + "\n", encoding="utf-8")
    _say(INTRODUCTION.format(countries=len(countries()), paragraphs=PARAGRAPHS))
    typer.echo()
    _say(paragraphs[0], indent="    ")
    typer.echo()
    for reason, line in STEPS:
        run_step(reason, line.format(seed=seed), folder)
    _say(CLOSING)
    typer.echo(OWN_TEXT)
    _say(LAST)


def run_step(reason: str, line: str, folder: Path) -> None:
    """Print a command and run it in `folder`; if it fails, leave with its exit code."""
    _say(reason)
    typer.secho(f"$ {line}", bold=True)
    sys.stdout.flush()  # the command writes to the same place
    arguments = [sys.executable, "-m", "e2v", *shlex.split(line)[1:], "--progress", progress_mode()]
    environment = {name: value for name, value in os.environ.items() if name != "E2V_MODEL"}
    finished = subprocess.run(arguments, cwd=folder, env=environment, check=False)
    if finished.returncode:
        raise typer.Exit(finished.returncode)
    typer.echo()


def _say(text: str, indent: str = "") -> None:
    """Print text, broken between words."""
    width = min(_WIDTH, shutil.get_terminal_size().columns - 1)
    typer.echo(
        textwrap.fill(
            text, width, initial_indent=indent, subsequent_indent=indent, break_long_words=False,
            break_on_hyphens=False,
        )
    )  # fmt: skip

"""What a command's help says: from its docstring, its examples, and the declarations of its settings."""

from __future__ import annotations

import inspect
import re
import shutil
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from e2v.cli.shared.declared import settings_of, value_name
from e2v.settings import Setting

#: Columns that lines of help are cut to, though the terminal be wider: longer ones are hard to read.
_WIDEST = 100
#: The share of the width that names of options may take; the meaning of longer ones is on the next line.
_NAMES = 0.32

_EXAMPLES = "\nExamples:\n"

#: The commands by what one wants of them; within a heading in the order of use.
SECTIONS: Mapping[str, Sequence[str]] = {
    "Getting started": ("demo", "auto"),
    "Prepare and learn": ("vocab", "events", "phrases", "plan", "train", "tower", "svd", "import"),
    "Ask": ("similar", "analogy", "similarity", "odd", "lookup", "embed", "keys", "cluster", "map"),
    "Recommend": ("users", "index", "recommend", "serve"),
    "Measure": ("eval", "split", "compare", "tune", "diff"),
    "Files": ("align", "merge", "export", "info", "verify"),
}

PURPOSE = "Turn sequences and sets of things into vectors, and ask questions of them."

QUICK_START = """\
e2v train text.txt          learn a vector for each word: model.e2v
e2v similar king            ask it, in the same folder
e2v events log.csv          or, of users and items: corpus.e2v
e2v tower corpus.e2v        learn to recommend: tower.e2v"""

READ_ON = (
    "e2v COMMAND -h shows its usual options and examples, e2v COMMAND --help all of it; e2v demo is a tour. "
    "docs/tutorial.md begins with words, docs/items.md with users and items, docs/cli.md has every option."
)


class Description(NamedTuple):
    """What a docstring says: a sentence, the paragraphs after it, and examples, each a command line."""

    summary: str
    prose: str
    examples: tuple[str, ...]


def described(function: Any) -> Description:
    """The docstring of a command, whose last part are its examples, indented, under `Examples:`."""
    text, _, after = ((inspect.getdoc(function) or "") + "\n").partition(_EXAMPLES)
    summary, _, prose = text.strip().partition("\n\n")
    lines = textwrap.dedent(after).strip().replace("\\\n", " ").splitlines()
    examples = tuple(" ".join(line.split()) for line in lines if line.strip())
    return Description(" ".join(summary.split()), prose.strip(), examples)


def examples_of(function: Any) -> tuple[str, ...]:
    """The command lines under `Examples:` in a command's docstring."""
    return described(function).examples


def argument_usage(one: Setting) -> str:
    """`INPUT...`, in brackets if it may be left out."""
    usage = value_name(one)
    if one.repeated and not usage.startswith("["):
        usage += "..."
    return usage if one.required or usage.startswith("[") else f"[{usage}]"


def option_usage(one: Setting) -> str:
    """`-n, --number N`: every spelling, short ones first, and what the value is called."""
    usage = f"{one.short}, {one.option}" if one.short else one.option
    if one.switch:
        usage += f" / --no-{one.option[2:]}"
    return usage if one.kind is bool else f"{usage} {value_name(one)}"


def default_of(one: Setting) -> str:
    """The default as one would type it, or in words; empty where there is none to speak of."""
    if one.required:
        return "required"
    if one.shown is not None:
        return one.shown
    if one.default is None or one.default is False or one.default == ():
        return ""
    return f"{one.default:g}" if isinstance(one.default, float) else str(one.default)


def begins_with_a_word(one: Setting) -> bool:
    """Whether its help begins with a word that is written small within a sentence."""
    first = one.help.split(maxsplit=1)[0]
    return first[1:].islower() or len(first) == 1


def grouped(options: Iterable[Setting]) -> dict[str, list[Setting]]:
    """Options by the headings of their groups, the usual ones, which have none, first."""
    found: dict[str, list[Setting]] = {"": []}
    for one in options:
        found.setdefault(one.group, []).append(one)
    return found


def usage_of(name: str, function: Callable[..., None]) -> str:
    """`e2v train INPUT... [OPTIONS]`."""
    arguments = [one for one in settings_of(function).values() if one.positional]
    required = [
        option_usage(one) for one in settings_of(function).values() if one.required and not one.positional
    ]
    return " ".join([f"e2v {name}", *map(argument_usage, arguments), *required, "[OPTIONS]"])


def command_help(name: str, function: Callable[..., None], *, whole: bool, bold: Callable[[str], str]) -> str:
    """What `e2v NAME --help` prints, or `-h`: of the options only the usual ones.

    bold: how what is to stand out is written.
    """
    width = _width()
    settings = settings_of(function)
    told = described(function)
    options = grouped(one for one in settings.values() if not one.positional)
    count = sum(map(len, options.values())) + 1
    usage = _wrapped(f"Usage: {usage_of(name, function)}", width, "  ")
    lines = [usage[0].replace("Usage:", bold("Usage:")), *usage[1:], ""]
    lines += [*_wrapped(told.summary, width), ""]
    if whole and told.prose:
        lines += [*_prose(told.prose, width), ""]
    lines += [
        bold("Examples:"),
        *(line for each in told.examples for line in _command_lines(each, width)),
        "",
    ]
    arguments = [(argument_usage(one), meaning(one)) for one in settings.values() if one.positional]
    groups = {"Arguments": arguments}
    for group, some in options.items():
        if whole or not group:
            groups[group or "Options"] = [(option_usage(one), meaning(one)) for one in some]
    groups["Options"].append(("-h, --help", f"Show the usual options, or all {count}."))
    names = [usage for rows in groups.values() for usage, _ in rows]
    for heading, rows in groups.items():
        if rows:
            lines += [bold(f"{heading}:"), *_columns(rows, names, width, bold), ""]
    if not whole:
        lines += _wrapped(f"e2v {name} --help has all {count} options, and more on what it does.", width)
    return "\n".join(lines).rstrip()


def overview(
    summaries: Mapping[str, str], options: Sequence[tuple[str, str]], bold: Callable[[str], str]
) -> str:
    """What `e2v --help` prints.

    summaries: the sentence of each command. options: those of e2v itself, and what they are for.
    """
    width = _width()
    lines = [f"{bold('Usage:')} e2v COMMAND [ARGUMENTS] [OPTIONS]", ""]
    lines += [
        *_wrapped(PURPOSE, width),
        "",
    ]
    lines += [bold("Quick start:")]
    for line in QUICK_START.splitlines():
        command, does = re.split(r"\s{2,}", line)
        lines += _columns([(command, does)], [" " * 24], width, bold)
    for heading, names in SECTIONS.items():
        rows = [(name, summaries[name]) for name in names if name in summaries]
        lines += ["", bold(f"{heading}:"), *_columns(rows, list(summaries), width, bold)]
    lines += ["", bold("Options:"), *_columns(options, [name for name, _ in options], width, bold), ""]
    return "\n".join([*lines, *_wrapped(READ_ON, width)])


def _width() -> int:
    return max(min(shutil.get_terminal_size().columns, _WIDEST), 20)


def meaning(one: Setting) -> str:
    """The sentence of a setting, with where else its value comes from, and its default."""
    told = one.help
    if one.choices and value_name(one) != "|".join(one.choices):
        told += f" One of {', '.join(one.choices)}."
    if one.environment:
        told += f" Or set ${one.environment}."
    default = default_of(one)
    if not default or (one.positional and one.required):
        return told
    return f"{told} [{default if one.required else f'default: {default}'}]"


def plain(text: str) -> str:
    """Markdown as it is read: without backticks and stars."""
    text = re.sub(r"\*\*(\S(?:.*?\S)?)\*\*|(?<![\w*])\*(\S(?:[^*]*\S)?)\*(?![\w*])", r"\1\2", text)
    return text.replace("`", "")


def _prose(text: str, width: int) -> Iterator[str]:
    """Paragraphs, cut to the width; what is indented stays as it is."""
    for number, paragraph in enumerate(re.split(r"\n\n+", text)):
        if number:
            yield ""
        if paragraph.startswith(" "):
            yield from textwrap.dedent(paragraph).splitlines()
        else:
            yield from _wrapped(plain(paragraph.replace("\n", " ")), width)


def _columns(
    rows: Iterable[tuple[str, str]], names: Sequence[str], width: int, bold: Callable[[str], str]
) -> Iterator[str]:
    """Names, and beside them what they mean; below, where a name is too long.

    names: all those that stand in one column, here and under other headings.
    """
    fitting = [len(name) for name in names if len(name) <= width * _NAMES]
    column = max(fitting, default=0) + 4
    if column > width * _NAMES + 4 or width < 60:
        column = 6
    for name, does in rows:
        told = list(_wrapped(plain(does), width - column))
        if len(name) + 3 < column:
            yield f"  {bold(name)}{' ' * (column - 2 - len(name))}{told[0]}"
            told = told[1:]
        else:
            yield from (f"  {bold(part)}" for part in _wrapped(name, width - 2, "  "))
        yield from (" " * column + line for line in told)


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Lines no longer than the width: words stay whole, but for long lists, which break after commas."""
    words = (word if len(word) <= width else re.sub(r"([,|])(?=.)", r"\1 ", word) for word in text.split(" "))
    return textwrap.wrap(
        " ".join(words), width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _command_lines(command: str, width: int) -> Iterator[str]:
    """A command line to be copied: one that is too long goes on behind backslashes, not within quotes."""
    line = "  "
    for word in re.findall(r"""(?:[^\s"']|"[^"]*"|'[^']*')+""", command):
        if len(line) + len(word) > width - 3 and line.strip():
            yield f"{line}\\"
            line = "      "
        line += f"{word} "
    yield line.rstrip()

"""The man page, from the same declarations as docs/cli.md: man(7) macros, which man-db and mandoc read.

One page has all commands, so that a search within it finds every option. It is written here because the
tools that make man pages (click-man, argparse-manpage) read the objects of click and argparse, not these
declarations.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from e2v.cli.shared.declared import settings_of
from e2v.cli.shared.help import (
    PURPOSE,
    QUICK_START,
    SECTIONS,
    argument_usage,
    described,
    grouped,
    meaning,
    option_usage,
    usage_of,
)
from e2v.cli.shared.messages import MessageSettings
from e2v.settings import Setting, declared


def man_page(functions: Mapping[str, Callable[..., None]], keeps: str, exit_codes: Mapping[int, str]) -> str:
    """The source of e2v(1).

    functions: the commands. keeps: what holds for all of them, as paragraphs of Markdown. exit_codes: and
        what they mean.
    """
    lines = [
        '.TH E2V 1 "" e2v "User Commands"',
        ".SH NAME",
        f"e2v \\- {_text(PURPOSE[0].lower() + PURPOSE[1:-1])}",
    ]
    lines += [".SH SYNOPSIS", ".B e2v", ".I COMMAND", "[\\fIARGUMENTS\\fR] [\\fIOPTIONS\\fR]"]
    lines += [".SH QUICK START", *_verbatim(QUICK_START.splitlines()), ".SH COMMANDS"]
    for heading, names in SECTIONS.items():
        lines += [
            ".PP",
            f"{heading}: " + ", ".join(f"\\fB{name}\\fR" for name in names if name in functions) + ".",
        ]
    for name, function in functions.items():
        lines += _command(name, function)
    lines += [".SH OPTIONS OF EVERY COMMAND", *_options(declared(MessageSettings).values())]
    lines += [".SH WHAT EVERY COMMAND KEEPS", *_paragraphs(keeps), ".SH EXIT STATUS"]
    for code, what in exit_codes.items():
        lines += [".TP", f"\\fB{code}\\fR", _text(what)]
    lines += [".SH ENVIRONMENT", ".TP", "\\fBE2V_MODEL\\fR", "The model that is asked where none is named."]
    return "\n".join(lines) + "\n"


def _command(name: str, function: Callable[..., None]) -> Iterator[str]:
    """The part of one command."""
    told = described(function)
    everywhere = declared(MessageSettings)
    settings = [one for one in settings_of(function).values() if one.name not in everywhere]
    yield f'.SH "E2V {name.upper()}"'
    yield _text(told.summary)
    yield from (".PP", f"\\fB{_text(usage_of(name, function))}\\fR")
    if told.prose:
        yield from _paragraphs(told.prose)
    yield from (".PP", "Examples:", *_verbatim(told.examples))
    for one in settings:
        if one.positional:
            yield from _entry(argument_usage(one), one)
    for group, options in grouped(one for one in settings if not one.positional).items():
        if group:
            yield f'.SS "{_text(group)}"'
        yield from _options(options)


def _options(options: Iterable[Setting]) -> Iterator[str]:
    for one in options:
        yield from _entry(option_usage(one), one)


def _entry(usage: str, one: Setting) -> Iterator[str]:
    yield from (".TP", f"\\fB{_text(usage)}\\fR", _text(meaning(one)))


def _paragraphs(text: str) -> Iterator[str]:
    """Paragraphs of Markdown; what is indented stays as it is."""
    for paragraph in re.split(r"\n\n+", text):
        if paragraph.startswith(" "):
            yield from _verbatim(line.strip() for line in paragraph.splitlines())
        else:
            yield from (".PP", _text(" ".join(paragraph.split())))


def _verbatim(lines: Iterable[str]) -> Iterator[str]:
    yield from (".RS", ".nf", *map(_escaped, lines), ".fi", ".RE")


def _text(markdown: str) -> str:
    """A line of Markdown: code and what is bold in bold, what is emphasised in italics."""
    parts = re.split(r"`([^`]*)`", markdown)
    return "".join(
        f"\\fB{_escaped(part)}\\fR" if number % 2 else _emphasised(_escaped(part))
        for number, part in enumerate(parts)
    )


def _emphasised(text: str) -> str:
    text = re.sub(r"\*\*(\S(?:.*?\S)?)\*\*", r"\\fB\1\\fR", text)
    return re.sub(r"(?<![\w*])\*(\S(?:[^*]*\S)?)\*(?![\w*])", r"\\fI\1\\fR", text)


def _escaped(text: str) -> str:
    """Text in which nothing is a request, and dashes, quotes and the like are as they are typed."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("~", "\\(ti")
    text = text.replace("^", "\\(ha").replace("`", "\\(ga")
    return f"\\&{text}" if text.startswith(".") else text

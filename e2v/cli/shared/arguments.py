"""A command line taken apart by the settings of its command.

    --dim 200   --dim=200   -n 5   -n5   -qv   --no-lowercase   --   (what follows is no option)

Click's parser would do, but what it says of a mistake knows neither the value nor the settings, and it takes
`-output FILE` for `-o utput FILE`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

from e2v.settings import Setting

HELP = ("-h", "--help")


def asks_for_help(words: Iterable[str]) -> str | None:
    """The spelling by which help is asked for, long if both are there; None if it is not."""
    before = []
    for word in words:
        if word == "--":
            break
        before.append(word)
    return next((spelling for spelling in reversed(HELP) if spelling in before), None)


def parse(command: str, settings: Mapping[str, Setting], words: Iterable[str]) -> dict[str, Any]:
    """The values that a command line gives, by the names of settings: text, True, False, or lists of text.

    Raises:
        UsageError: something is misspelled, missing, or too much.
    """
    by_spelling = spellings(settings)
    given: dict[str, Any] = {}
    positional: list[str] = []
    left = deque(words)
    while left:
        word = left.popleft()
        if word == "--":
            positional += left
            break
        if not word.startswith("-") or word == "-":
            positional.append(word)
            continue
        if word.startswith("--"):
            spelling, equals, attached = word.partition("=")
            letters = ""
        else:
            spelling, equals, attached = word[:2], "", word[2:]
            letters = word[2:]
            if letters[:1].isalpha() and _is_long(command, word, by_spelling):
                raise _usage().unknown_option(command, settings, word, left[0] if left else None)
        one, flag = by_spelling.get(spelling, (None, None))
        value: str | bool | None = flag
        if one is None:
            raise _usage().unknown_option(command, settings, word, left[0] if left else None)
        if one.kind is bool:
            if equals:
                raise _usage().unwanted_value(command, spelling, attached)
            if letters:
                left.appendleft(f"-{letters}")
        elif equals or letters:
            if letters.startswith("="):
                raise _usage().short_with_equals(command, spelling, letters[1:])
            value = attached
        elif not left or left[0] in by_spelling:
            raise _usage().without_value(command, one, spelling, left[0] if left else None)
        else:
            value = left.popleft()
        if one.repeated:
            given.setdefault(one.name, []).append(value)
        elif given.get(one.name, value) != value:
            raise _usage().given_twice(command, one, given[one.name], value)
        else:
            given[one.name] = value
    _place(command, settings, positional, given)
    return given


def spellings(settings: Mapping[str, Setting]) -> dict[str, tuple[Setting, bool | None]]:
    """Each spelling of each option, and what it means without a value: True or False of a flag."""
    found: dict[str, tuple[Setting, bool | None]] = {}
    for one in settings.values():
        if not one.positional:
            meant = True if one.kind is bool else None
            found[one.option] = (one, meant)
            if one.short:
                found[one.short] = (one, meant)
            if one.switch:
                found[f"--no-{one.option[2:]}"] = (one, False)
    return found


def _is_long(command: str, word: str, by_spelling: Mapping[str, Any]) -> bool:
    """Whether a word with one dash is a long option, here or elsewhere, rather than several short ones."""
    from e2v.spellings import bare, meaning

    name = word[1:].partition("=")[0]
    known = {bare(spelling) for spelling in by_spelling if spelling.startswith("--")}
    return bare(name) in {*known, "help"} or meaning(name, None, command) is not None


def _place(command: str, settings: Mapping[str, Setting], words: list[str], given: dict[str, Any]) -> None:
    """Give words without an option to arguments, in their order; one that is repeated takes the rest.

    Raises:
        UsageError: there are too few words, or too many, or an option is missing.
    """
    rest = deque(words)
    for one in settings.values():
        if one.positional and rest:
            given[one.name] = list(rest) if one.repeated else rest.popleft()
            if one.repeated:
                rest.clear()
        if one.required and one.name not in given:
            raise _usage().missing(command, one)
    if rest:
        raise _usage().too_many(command, settings, list(rest))


def _usage() -> Any:
    """What is said of mistakes, which nobody waits for who makes none."""
    from e2v.cli.shared import usage

    return usage

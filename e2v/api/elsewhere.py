"""What is called otherwise in Python code for other programs: `e2v.spellings`, as Python has it."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from typing import Any

from e2v.spellings import COMMANDS, TEXT, Means, as_keyword, bare, meaning, nearest

#: A command -> what does the same in Python.
_FUNCTIONS = {
    "similar": "model.similar(keys)",
    "analogy": "model.analogy(a, b, c)",
    "similarity": "model.similarity(a, b)",
    "odd": "model.odd(keys)",
    "lookup": "model[key], or model.vectors(keys)",
    "embed": "model.embed(texts)",
    "keys": "the attribute keys",
    "info": "model.provenance",
    "recommend": "e2v.recommender(model, corpus=...)",
    "eval": "e2v.evaluate(model)",
    "import": "e2v.import_(file)",
    "export": "e2v.export(model, file, to=...)",
    "train": "e2v.train(inputs)",
    "vocab": "e2v.vocab(inputs)",
    "events": "e2v.events(inputs)",
    "svd": "e2v.svd(corpus)",
    "tower": "e2v.tower(corpus)",
    "compare": "e2v.compare(corpus)",
    "diff": "e2v.diff(old, new)",
    "align": "e2v.align(old, new)",
    "merge": "e2v.merge(models)",
    "split": "e2v.split(corpus, held_out=...)",
    "users": "e2v.users(model, corpus)",
    "index": "e2v.index(model)",
}

#: Commands that have no function.
_COMMANDS_ONLY = ("phrases", "verify", "serve", "demo")

#: A setting of the command line -> the argument that is in its place.
_ARGUMENTS = {"number": "n", "plus": "keys"}

#: A command line: the command, its arguments in capitals, and its options.
_LINE = re.compile(r"e2v ([a-z]+)(?: [A-Z]+)*((?: --[a-z-]+(?: [\w:]+)?)*)")


class Asked:
    """What can be asked: for a name that it does not have, the AttributeError says what it is called here."""

    def __getattr__(self, name: str) -> Any:
        kind = type(self).__name__
        hint = "" if name.startswith("_") else attribute(name, dir(self))
        raise AttributeError(f"'{kind}' object has no attribute '{name}'{hint}")


def attribute(name: str, known: Iterable[str]) -> str:
    """What an attribute of another program is called here, as the end of a message; "" if nobody knows."""
    plain, there = bare(name), [each for each in known if not each.startswith("_")]
    if plain == "vocab" and "keys" in there:
        plain = "keys"
    line = f"e2v {plain}" if plain in (*_FUNCTIONS, *_COMMANDS_ONLY) else COMMANDS.get(plain)
    if line is not None and (command := _LINE.match(line)):
        told = _LINE.sub(_in_python, line)
        return f"; it is {told} in e2v" if command[1] in _FUNCTIONS else f"; on the command line it is {told}"
    if line is not None:
        return f"; {_LINE.sub(_in_python, line)}"
    meant = meaning(name)
    alike = meant.setting if isinstance(meant, Means) else nearest(name, there)
    return f"; did you mean {alike}?" if alike in there else ""


def argument(name: str, value: Any, function: str, known: Container[str]) -> str:
    """What an argument of another program is called here; "" if nobody knows."""
    meant = meaning(name, str(value), function)
    if meant == TEXT:
        meant = Means("inputs", str(value))
    if isinstance(meant, Means):
        here = _ARGUMENTS.get(meant.setting, meant.setting)
        return f"{name} is {as_keyword(Means(here, meant.value), value)} in e2v" if here in known else ""
    return f"of {name}: {meant}" if meant else ""


def _in_python(line: re.Match[str]) -> str:
    """A command line as Python."""
    function = _FUNCTIONS.get(line[1])
    if function is None:
        return line[0]
    for option, value in re.findall(r"--([a-z-]+)(?: ([\w:]+))?", line[2]):
        name = option.replace("-", "_")
        written = "..." if value.isupper() else repr(value or True)
        if f"{name}=..." in function:
            function = function.replace(f"{name}=...", f"{name}={written}")
        else:
            function = f"{function[:-1]}, {name}={written})"
    return function

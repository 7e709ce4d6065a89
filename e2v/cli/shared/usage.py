"""What is said of a command line that cannot be: in a line, what was written, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from e2v.cli.shared.arguments import spellings
from e2v.cli.shared.declared import settings_of, value_name
from e2v.cli.shared.help import begins_with_a_word, examples_of
from e2v.cli.shared.messages import MessageSettings, set_up
from e2v.errors import E2VError, UsageError
from e2v.settings import Setting, declared, option_name, resolve
from e2v.spellings import COMMANDS as ELSEWHERE
from e2v.spellings import Means, bare, meaning, nearest

#: How files are called that are text to train on, tables of events, and vectors of other programs.
_KINDS = {
    "events": (".csv", ".tsv", ".parquet", ".jsonl", ".ndjson", ".csv.gz", ".tsv.gz"),
    "import": (".vec", ".bin", ".npy", ".safetensors", ".glove", ".kv", ".model"),
}


def unknown_option(
    command: str, settings: Mapping[str, Setting], word: str, following: str | None
) -> UsageError:
    """Of an option that the command does not have: how it is called here, if that can be told.

    word: the option as it was written, perhaps with `=` and a value. following: the word after it.
    """
    spelling, equals, attached = word.partition("=")
    value = attached if equals else following if following and not following.startswith("-") else None
    known = {each: one for each, (one, _) in spellings(settings).items() if each.startswith("--")}
    same = {bare(each): each for each in known} | {"help": "--help"}
    if found := same.get(bare(spelling)):
        one = known.get(found)
        return UsageError(
            f"{spelling} is spelled {found} in e2v",
            f"write {_written(found, one, value) if one else found}",
        )
    meant = meaning(spelling, value, command)
    if isinstance(meant, Means):
        if one := settings.get(meant.setting):
            shown = _written(one.option, one, meant.value)
            return UsageError(f"{spelling} is {_spelled(one, meant)} in e2v", f"write {shown}")
        spelling = option_name(meant.setting)
    elif meant:
        return UsageError(f"e2v {command} has no {spelling}", meant)
    told = f"e2v {command} has no {word.partition('=')[0]}"
    if (alike := nearest(spelling, [each[2:] for each in known])) is not None:
        found = f"--{alike}"
        return UsageError(told, f"write {_written(found, known[found], value)}")
    if there := _commands_with(spelling):
        return UsageError(told, f"{_listed(there)} {'has' if len(there) == 1 else 'have'} {spelling}")
    if spelling[1:2].isdigit():
        return UsageError(told, "a word that begins with a dash comes after --")
    return UsageError(told, f"e2v {command} --help lists its options")


def _spelled(one: Setting, meant: Means) -> str:
    """The option; and its value, where that says what the other spelling was."""
    return f"{one.option} {meant.value}" if meant.value in one.choices else one.option


def _written(spelling: str, one: Setting, value: str | None) -> str:
    """The option as it should be written."""
    if one.kind is bool:
        return spelling
    if value is None or "{}" in value:
        return f"{spelling} {value_name(one)}"
    choices = one.choices or (one.names() if one.names else ())
    meant = nearest(value, choices) if choices and value not in choices else None
    return f"{spelling} {meant or value}"


def unwanted_value(command: str, spelling: str, value: str) -> UsageError:
    """Of a flag with a value."""
    return UsageError(f"{spelling} of e2v {command} takes no value, not {value}", f"write {spelling} alone")


def short_with_equals(command: str, spelling: str, value: str) -> UsageError:
    """Of -n=5, which would be the value '=5'."""
    return UsageError(
        f"{spelling}={value} of e2v {command}: a short option has no =", f"write {spelling} {value}"
    )


def without_value(command: str, one: Setting, spelling: str, following: str | None) -> UsageError:
    """Of an option at the end of the line, or before another one."""
    where = f" before {following}" if following else ""
    also = f", or {spelling}={following} if that is the value" if following else ""
    return UsageError(
        f"{spelling} of e2v {command} needs a value{where}", f"write {spelling} {value_name(one)}{also}"
    )


def given_twice(command: str, one: Setting, first: object, second: object) -> UsageError:
    """Of an option with two values."""
    if one.kind is bool:
        return UsageError(
            f"{one.option} and --no-{one.option[2:]} are both given to e2v {command}",
            "leave one of them out",
        )
    return UsageError(
        f"e2v {command} takes one {one.option}, and has two: {first} and {second}", "leave one of them out"
    )


def missing(command: str, one: Setting) -> UsageError:
    """Of an argument, or an option, that has to be there."""
    what = value_name(one) if one.positional else f"{one.option} {value_name(one)}"
    told = one.help.rstrip(".")
    if begins_with_a_word(one):
        told = told[0].lower() + told[1:]
    examples = examples_of(_function(command))
    shown = [each for each in examples if one.positional or one.option in each]
    hint = f"for instance {shown[0]}" if shown else f"see e2v {command} --help"
    if one.positional and (file := _lying_here(value_name(one))):
        hint = f"here is one: e2v {command} {file}"
    return UsageError(f"e2v {command} needs {what} ({told})", hint)


def _lying_here(metavar: str) -> str | None:
    """A file in this folder that the argument may mean."""
    usual = {"INPUT": "corpus.e2v", "CORPUS": "corpus.e2v", "MODEL": "model.e2v", "FILE": "model.e2v"}
    name = usual.get(metavar)
    return name if name and Path(name).is_file() else None


def too_many(command: str, settings: Mapping[str, Setting], rest: Sequence[str]) -> UsageError:
    """Of words that no argument takes."""
    takes = [value_name(one) for one in settings.values() if one.positional]
    what = f"takes {' and '.join(takes)} only" if takes else "takes options only"
    hint = f"e2v {command} -h shows how it is used"
    if command == "eval":
        hint = "say what a file is: --analogies FILE, --similarity FILE, --categories FILE or --ranking FILE"
    elif len(takes) == 1 and all(Path(word).exists() for word in rest):
        hint = "run it once for each file"
    return UsageError(f"e2v {command} {what}, not also {' '.join(rest)}", hint)


def unknown_command(word: str, commands: Iterable[str]) -> E2VError:
    """Of a command that is none: another program's name for it, a file, or one that looks like it."""
    told = f"e2v has no command {word}"
    if hint := ELSEWHERE.get(bare(word)):
        return UsageError(told, f"write {hint}" if hint.startswith("e2v ") else hint)
    if Path(word).exists() or "/" in word or Path(word).suffix:
        return UsageError(
            f"{word} stands where a command should", f"e2v {_for_file(word)} {word}, or see e2v --help"
        )
    alike = nearest(word, commands)
    return UsageError(told, f"did you mean e2v {alike}?" if alike else "e2v --help lists the commands")


def _for_file(name: str) -> str:
    """The command that a file is likely for."""
    if name.endswith(".e2v"):
        return "info"
    return next((command for command, ends in _KINDS.items() if name.lower().endswith(ends)), "train")


def before_command(words: Sequence[str], commands: Iterable[str]) -> UsageError:
    """Of an option of a command that stands before it."""
    spelling = words[0].partition("=")[0]
    if spelling in ("--version", "--help", "-h"):
        return UsageError(f"{spelling} stands alone, without {' '.join(words[1:])}", f"write e2v {spelling}")
    following = [word for word in words if word in set(commands)]
    if following:
        return UsageError(
            f"{spelling} stands before the command", f"write e2v {following[0]} ... {' '.join(words[:1])}"
        )
    known = bare(spelling)
    if known in {bare(each) for each in commands} or known in ELSEWHERE:
        return UsageError(f"e2v has no {spelling}", f"without dashes: e2v {spelling.lstrip('-')}")
    if own := nearest(spelling, ["version", "help", "install-completion", "show-completion"]):
        return UsageError(f"e2v has no {spelling}", f"did you mean e2v --{own}?")
    if there := _commands_with(spelling):
        return UsageError(
            f"{spelling} is no option of e2v itself",
            f"{_listed(there)} {'has' if len(there) == 1 else 'have'} it, after the command",
        )
    return UsageError(f"e2v has no {spelling}", "e2v --help lists its commands")


def heed_messages(words: Sequence[str]) -> None:
    """Say the mistake as the command line asks for messages, as far as that can be read of it."""
    known = spellings(declared(MessageSettings))
    given: dict[str, str | bool] = {}
    for place, word in enumerate(words):
        spelling, equals, attached = word.partition("=")
        one, flag = known.get(spelling, (None, None))
        if one is not None:
            value = attached if equals else "".join(words[place + 1 : place + 2])
            given[one.name] = flag if flag is not None else value
    try:
        set_up(resolve(MessageSettings, given))
    except E2VError:
        return  # which is not the first mistake


def _commands_with(spelling: str) -> list[str]:
    """The commands that have an option."""
    return [name for name, one in _every_option() if spelling in (one.option, one.short)]


def _every_option() -> Iterator[tuple[str, Setting]]:
    from e2v.cli.app import COMMANDS

    everywhere = declared(MessageSettings)
    for name in COMMANDS:
        for one in settings_of(_function(name)).values():
            if not one.positional and one.name not in everywhere:
                yield name, one


def _function(command: str) -> object:
    from importlib import import_module

    from e2v.cli.app import COMMANDS

    return import_module(f"e2v.cli.commands.{COMMANDS[command]}").command


def _listed(names: Sequence[str]) -> str:
    """e2v train and e2v tower; of many, the first few."""
    shown = [f"e2v {name}" for name in names[:3]]
    if len(names) > 3:
        return ", ".join(shown) + " and others"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)

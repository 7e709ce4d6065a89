"""Commands of declared settings: the function that Typer sees, and the values that the command gets.

A command is a function whose parameters are classes of settings (see `e2v.settings`):

    def command(files: Files, settings: SvdSettings) -> None:

Every setting of these classes is an option, or an argument, of the command line. The function gets an
instance of each class; a parameter that is annotated as `Given[SvdSettings]` gets the values that the user
gave, by name, where the defaults depend on more than the command line. A setting that several classes have is
one option.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar, get_args, get_origin

import typer
from typer.core import TyperCommand

from e2v.cli.shared.arguments import asks_for_help, parse
from e2v.cli.shared.messages import MessageSettings, set_up
from e2v.errors import UsageError
from e2v.notices import detail
from e2v.settings import Setting, declared, described, resolve

_Settings = TypeVar("_Settings")


class Given(dict[str, Any], Generic[_Settings]):
    """What the user gave of a class of settings, by name."""


def bold(text: str) -> str:
    """What is to stand out on a terminal."""
    return typer.style(text, bold=True)


#: How the value of an option is called when its declaration gives no name.
_VALUE_NAMES = {int: "N", float: "X", str: "TEXT", Path: "FILE"}


class Command(TyperCommand):
    """A command whose values stay as they are on the command line, for the settings to read.

    Typer would have them converted by pydantic, whose import takes longer than the answer to a query. It is
    Typer's for completion.
    """

    #: The function behind it, of which `typer_function` made what Typer sees.
    function: Callable[..., None]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the command line apart; see `click.Command.parse_args`."""
        if ctx.resilient_parsing:  # for completions
            return super().parse_args(ctx, args)
        name, settings = self.name or "", settings_of(self.function)
        if spelling := asks_for_help(args):
            self._show_help(whole=spelling == "--help")
            ctx.exit()
        try:
            given = parse(name, settings, args)
        except UsageError:
            from e2v.cli.shared.usage import heed_messages

            heed_messages(args)
            raise
        ctx.params = dict.fromkeys(settings) | given
        ctx.args = []
        return []

    def _show_help(self, *, whole: bool) -> None:
        from e2v.cli.shared.help import command_help

        typer.echo(command_help(self.name or "", self.function, whole=whole, bold=bold))


@functools.cache
def settings_of(command: Callable[..., None]) -> dict[str, Setting]:
    """Every setting of a command, in the order of its help: those of its parameters, then of messages."""
    found: dict[str, Setting] = {}
    for of in [*_classes(command).values(), MessageSettings]:
        for name, setting in declared(of).items():
            found.setdefault(name, setting)
    return found


def _classes(command: Callable[..., None]) -> dict[str, type]:
    """The class of settings of each parameter."""
    parameters = inspect.signature(command, eval_str=True).parameters.values()
    found = {}
    for each in parameters:
        kind = each.annotation
        found[each.name] = get_args(kind)[0] if _is_given(kind) else kind
    return found


def _is_given(annotation: Any) -> bool:
    return get_origin(annotation) is Given


def typer_function(command: Callable[..., None]) -> Callable[..., None]:
    """A function with a parameter for each setting, which Typer understands, and which runs the command."""
    settings = settings_of(command)
    classes = _classes(command)
    signature = inspect.signature(command, eval_str=True)

    @functools.wraps(command)
    def run(**values: Any) -> None:
        given = {name: value for name, value in values.items() if value not in (None, [], ())}
        set_up(resolve(MessageSettings, _part(MessageSettings, given)))
        made: dict[str, Any] = {}
        for name, of in classes.items():
            part = _part(of, given)
            if _is_given(signature.parameters[name].annotation):
                made[name] = {each: settings[each].value(value) for each, value in part.items()}
            else:
                made[name] = resolve(of, part)
                detail(f"{name}: {described(made[name])}")
        command(**made)

    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter(name, keyword, default=_default(one), annotation=_annotation(one))
        for name, one in settings.items()
    ]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _part(of: type, given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in declared(of) if name in given}


def _annotation(one: Setting) -> Any:
    """How Typer is told of a setting."""
    kind: Any = bool if one.kind is bool else str
    if one.choices:
        kind = one.kind
    if one.repeated:
        kind = list[kind]
    help = f"{one.help} Or set ${one.environment}." if one.environment else one.help
    metavar = None if one.kind is bool else value_name(one)
    if one.positional:
        return Annotated[kind, typer.Argument(metavar=metavar, help=help, autocompletion=_completion(one))]
    spellings = [one.option, *([one.short] if one.short else [])]
    if one.switch:
        spellings = [f"{one.option}/--no-{one.option[2:]}"]
    option = typer.Option(
        *spellings,
        metavar=metavar,
        help=help,
        autocompletion=_completion(one),
    )
    return Annotated[kind if one.required else kind | None, option]


def _completion(one: Setting) -> Callable[[typer.Context, str], Iterable[str]] | None:
    """What completes its value; None: Typer, which knows choices, or the shell, which knows files."""
    of_keys = one.metavar == "KEY"
    if one.names is None and not one.suffix and not of_keys:
        return None

    def complete(ctx: typer.Context, incomplete: str) -> Iterable[str]:
        from e2v.cli.shared.completion import files_like, keys_like

        if of_keys:
            return keys_like(incomplete, ctx.params.get("model"))
        if one.names is None:
            return files_like(incomplete, one.suffix)
        return [name for name in one.names() if name.startswith(incomplete)]

    return complete


def value_name(one: Setting) -> str:
    """What the help calls the value: the choices, or a word for its type."""
    return one.metavar or "|".join(one.choices) or _VALUE_NAMES.get(one.kind, "TEXT")


def _default(one: Setting) -> Any:
    """What Typer takes for the default; it is never used."""
    return ... if one.required else None

"""What a setting is, declared once.

    @dataclass(frozen=True, kw_only=True)
    class SvdSettings:
        dim: int = setting(100, "Length of the vectors.", least=1)

From this line come the option of the command line and its help, the keyword of the Python face, the check of
its range, the refusal where it does not apply, its row in docs/cli.md and its entry in the provenance.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import Any, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

from e2v.durations import Duration
from e2v.errors import SettingError

_KEY = "setting"

#: Whole numbers have 64 bits, as in files and kernels.
_MOST_WHOLE = 2**63 - 1

Settings = TypeVar("Settings")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting of a class of settings.

    name: of the field; an underscore at its end, which keeps it from being a word of Python, does not count.
    kind: the type of its value, or of each of them if it is `repeated`; without None.
    default: the value if none is given; None where it depends on something, or where there is none.
    shown: the default in words, where `default` does not say it.
    help: what it is for, in a sentence.
    group: the heading under which the help lists it; "" for those that come first.
    least, most: the range, both ends included. above, below: the same, ends excluded.
    only_with: names of other settings, and the value that each of them must have for this one to matter;
        `...` is any, None none, a tuple one of several.
    parse: makes the value of how it is written, in Python too; a ValueError of its says what the setting
        takes.
    short: a one-letter spelling, such as "-n". metavar: what the help calls its value.
    positional: it has no name on the command line. repeated: it has several values. switch: --x and --no-x.
    environment: the variable that holds the default. names: the values it can have, where its type does not
        say them. suffix: of the files that it names, for completion in a shell.
    recorded: whether it shapes the result, and so stands in its provenance.
    """

    name: str
    kind: Any
    default: Any
    help: str
    shown: str | None = None
    group: str = ""
    least: float | None = None
    most: float | None = None
    above: float | None = None
    below: float | None = None
    only_with: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    parse: Callable[[str], Any] | None = None
    short: str = ""
    metavar: str = ""
    positional: bool = False
    required: bool = False
    repeated: bool = False
    switch: bool = False
    environment: str = ""
    names: Callable[[], Sequence[str]] | None = None
    suffix: str = ""
    recorded: bool = True

    @property
    def choices(self) -> tuple[str, ...]:
        """The values it can have, if it names them."""
        return get_args(self.kind) if get_origin(self.kind) is Literal else ()

    @property
    def option(self) -> str:
        """Its long spelling on the command line."""
        return option_name(self.name)

    def value(self, given: Any) -> Any:
        """`given`, which may be text of a command line, as a value of this setting.

        Raises:
            SettingError: it is of another type, or out of range.
        """
        if self.repeated:
            several = given if isinstance(given, list | tuple) else (given,)
            return tuple(map(self._one, several))
        return self._one(given)

    def _one(self, given: Any) -> Any:
        value = given
        if self.parse is not None:
            if (
                self.kind not in (str, int, float)
                and isinstance(self.kind, type)
                and isinstance(given, self.kind)
            ):
                return given
            try:
                return self.parse(given)
            except ValueError as error:
                raise SettingError(f"{{{self.name}}} {{}}, not {{}}", error, _given(given)) from None
            except (TypeError, AttributeError, OverflowError):
                raise self._wrong("of another type", given) from None
        if self.choices:
            if value not in self.choices:
                raise self._no_choice(self.choices, given)
            return value
        if self.kind in (int, float):
            value = self._number(given)
            self._check_range(value)
        elif self.kind is Path:
            if not isinstance(given, str | os.PathLike):
                raise self._wrong("the path of a file", given)
            if not os.fspath(given):
                raise SettingError(f"{{{self.name}}} names no file", hint="name one, or leave it out")
            value = Path(given)
        elif self.kind is bool:
            if not _is_bool(given):
                raise self._wrong("true or false", given)
            value = bool(given)
        elif self.kind is str:
            if not isinstance(given, str | os.PathLike):
                raise self._wrong("text", given)
            value = os.fspath(given)
            if self.names is not None and value not in self.names():
                raise self._no_choice(self.names(), given)
        return value

    def _no_choice(self, choices: Sequence[str], given: Any) -> SettingError:
        from e2v.spellings import nearest

        meant = nearest(str(given), choices)
        return self._wrong(f"one of {', '.join(choices)}", given, meant and f"did you mean {meant}?")

    def _number(self, given: Any) -> int | float:
        wanted = "a whole number" if self.kind is int else "a number"
        try:
            if _is_bool(given):
                raise ValueError
            number = self.kind(given)
            if not math.isfinite(number) or (not isinstance(given, str) and number != given):
                raise ValueError
        except (ValueError, TypeError, OverflowError):
            likely = _number_in(given, self.kind)
            raise self._wrong(wanted, given, likely and f"write {likely}") from None
        return cast(int | float, number)

    def _check_range(self, value: float) -> None:
        inside = (
            (self.least is None or value >= self.least)
            and (self.most is None or value <= self.most)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )
        if not inside:
            raise self._wrong(self.range, value)
        if self.kind is int and value > _MOST_WHOLE:
            raise self._wrong(f"at most {_shown(_MOST_WHOLE)}", value)

    def _wrong(self, wanted: str, given: Any, hint: str | None = None) -> SettingError:
        return SettingError(f"{{{self.name}}} must be {{}}, not {{}}", wanted, _given(given), hint=hint)

    @property
    def range(self) -> str:
        """Its range in words; "" if it has none."""
        if self.least is not None and self.most is not None:
            return f"between {_shown(self.least)} and {_shown(self.most)}"
        bounds = (
            (self.least, "at least"),
            (self.above, "above"),
            (self.most, "at most"),
            (self.below, "below"),
        )
        return " and ".join(f"{word} {_shown(bound)}" for bound, word in bounds if bound is not None)


def setting(default: Any, help: str, **declared: Any) -> Any:
    """A field of a class of settings; `declared` are attributes of `Setting`.

    default: a value, or a function that makes it, or `...` if it must be given.
    """
    if default is ...:
        return dataclasses.field(
            metadata={_KEY: {"default": None, "help": help, "required": True, **declared}}
        )
    if callable(default):
        return dataclasses.field(
            default_factory=default, metadata={_KEY: {"default": None, "help": help, **declared}}
        )
    return dataclasses.field(default=default, metadata={_KEY: {"default": default, "help": help, **declared}})


def argument(default: Any, help: str, **declared: Any) -> Any:
    """A setting without a name on the command line: what a command works on."""
    return setting(default, help, positional=True, recorded=False, **declared)


def option_name(name: str) -> str:
    """`noise_exponent` as the command line spells it: `--noise-exponent`."""
    return "--" + name.rstrip("_").replace("_", "-")


def declared(of: Any) -> Mapping[str, Setting]:
    """The settings of a class by name, in their order."""
    return _declared(of)


@functools.cache
def _declared(of: Any) -> Mapping[str, Setting]:
    kinds = get_type_hints(of)
    found = {}
    for field in dataclasses.fields(of):
        if _KEY in field.metadata:
            kind = kinds[field.name]
            members = [member for member in get_args(kind) if member is not NoneType]
            if NoneType in get_args(kind) and len(members) == 1:
                kind = members[0]
            made = dict(field.metadata[_KEY])
            if get_origin(kind) is tuple and "parse" not in made:
                kind, made["repeated"] = get_args(kind)[0], True
            found[field.name] = Setting(name=field.name, kind=kind, **made)
    return found


def resolve(of: type[Settings], given: Mapping[str, Any], base: Mapping[str, Any] | None = None) -> Settings:
    """Settings of a class: those that are `given`, else those of `base`, else the defaults.

    given: by name; None is not given. A class may have a static method `dependent(settings)`, which returns
    defaults that depend on others, and a method `check`, which raises what no range can say.

    Raises:
        SettingError: a value is of another type or out of range, or is given and does not apply.
    """
    settings = declared(of)
    refuse_unknown(given, of)
    explicit = {name: settings[name].value(value) for name, value in given.items() if value is not None}
    chosen = {**(base or {}), **explicit}
    if dependent := getattr(of, "dependent", None):
        chosen = {**dependent(chosen), **chosen}
    for name, each in settings.items():
        if each.environment and name not in chosen and (value := os.environ.get(each.environment)):
            chosen[name] = each.value(value)
    for name, each in settings.items():
        if each.required and name not in chosen:
            raise SettingError(f"{{{name}}} has to be given")
    made = of(**chosen)
    for name, given_value in explicit.items():
        for other, value in settings[name].only_with.items():
            if not _meets(made, other, value):
                raise _inapplicable(name, given_value, other, value)
    if check := getattr(made, "check", None):
        check()
    return made


def refuse_unknown(given: Mapping[str, Any], *classes: Any) -> None:
    """See that each name is a setting of one of the classes.

    Raises:
        SettingError: one is none; with those that look like it.
    """
    known = list(dict.fromkeys(name for of in classes for name in declared(of)))
    for name, value in given.items():
        if name not in known:
            from difflib import get_close_matches

            from e2v.spellings import Means, as_keyword, meaning

            meant = meaning(name, None if value is None else str(value))
            if isinstance(meant, Means) and meant.setting in known:
                written = as_keyword(meant, value).replace("{", "{{").replace("}", "}}")
                raise SettingError("there is no setting {}", name, hint=f"it is {written} in e2v")
            if isinstance(meant, str):
                raise SettingError("there is no setting {}", name, hint=meant)
            alike = get_close_matches(name, known, 3)
            meant = f"did you mean {' or '.join(alike)}?" if alike else f"there are {', '.join(known)}"
            raise SettingError("there is no setting {}", name, hint=meant)


def applies(settings: Any, one: Setting) -> bool:
    """Whether one of the settings matters, as the others are."""
    return all(_meets(settings, other, value) for other, value in one.only_with.items())


def _meets(settings: Any, other: str, value: Any) -> bool:
    there = getattr(settings, other)
    if isinstance(value, tuple):
        return there in value
    return there is not None if value is ... else bool(there == value)


def _inapplicable(name: str, given: Any, other: str, value: Any) -> SettingError:
    """The error where a setting does not matter, which other programs may call what has another name here."""
    from e2v.spellings import Means, meaning

    meant = meaning(name, str(given))
    hint = "leave it out"
    if isinstance(meant, Means) and meant.setting != name:
        number = meant.value.replace("{", "{{").replace("}", "}}")
        hint += f"; what other programs call so is {{{meant.setting}}} {number}"
    if value is None or value is False:
        return SettingError(f"{{{name}}} does not go with {{{other}}}", hint="leave one of them out")
    if value is ... or value is True:
        return SettingError(f"{{{name}}} applies to a run with {{{other}}} only", hint=hint)
    named, first = (" or ".join(value), value[0]) if isinstance(value, tuple) else (value, value)
    hint = f"give {{{other}}} {first}, or {hint}"
    return SettingError(f"{{{name}}} applies to {{{other}}} {{}} only", named, hint=hint)


def recorded(settings: Any) -> dict[str, Any]:
    """The settings that shape the result, for its provenance: those that apply and have a value."""
    found = {}
    for name, one in declared(type(settings)).items():
        value = getattr(settings, name)
        if one.recorded and value is not None and applies(settings, one):
            as_text = one.kind is Path or isinstance(value, Duration)
            found[name] = list(value) if isinstance(value, tuple) else str(value) if as_text else value
    return found


def described(settings: Any) -> str:
    """The settings in a line, as keywords: those that apply and have a value."""
    values = ((name, getattr(settings, name), one) for name, one in declared(type(settings)).items())
    there = [f"{name}={value}" for name, value, one in values if value is not None and applies(settings, one)]
    return " ".join(there)


def _shown(number: float) -> str:
    return f"{int(number):,}" if number == int(number) else f"{number:g}"


def _number_in(given: Any, kind: type) -> str | None:
    """How a number is written that has marks of thousands, a decimal comma, a unit, or a fraction of 0."""
    text = str(given).strip().lower()
    factor = {"k": 10**3, "m": 10**6, "%": 0.01}.get(text[-1:], 1)
    digits = text if factor == 1 else text[:-1]
    if re.fullmatch(r"[+-]?\d{1,3}([,.' ]\d{3})+", digits) and (kind is int or digits[-4] != "."):
        digits = re.sub(r"\D(?=\d)(?<!^.)", "", digits)
    elif kind is float:
        digits = digits.replace(",", ".")
    try:
        number = float(digits) * factor
    except ValueError:
        return None
    if not math.isfinite(number) or (kind is int and (number != int(number) or abs(number) > _MOST_WHOLE)):
        return None
    return str(int(number)) if kind is int else f"{number:g}"


def whole(given: Any) -> int:
    """A whole number.

    Raises:
        ValueError: it is none.
    """
    number = int(given)
    if _is_bool(given) or (not isinstance(given, str) and number != given):
        raise ValueError(given)
    return number


def _is_bool(given: Any) -> bool:
    """Whether it is a truth value, of Python or NumPy."""
    return isinstance(given, bool) or type(given).__name__ in ("bool_", "bool")


def _given(value: Any) -> str:
    """What was given, in a line: of arrays and frames the beginning."""
    text = str(value) if isinstance(value, str) else " ".join(str(value).split())
    return (text if isinstance(value, str) or len(text) <= 60 else f"{text[:57]}...") or "nothing"

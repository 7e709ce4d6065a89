"""Values of parameters without pydantic, whose import takes longer than the answer to a query.

Typer 0.29 converts every value, defaults included, through pydantic's adapters. Plain values do not
need them: here those are converted at once, and whatever takes more thought, invalid values above all,
is left to Typer, as are versions of it that have no adapters.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from typer.core import TyperCommand


class PlainConversion:
    """A mixin for commands: their parameters convert plain values themselves."""

    def get_params(self, context: Any) -> list[Any]:
        """The parameters of the command, `--help` included."""
        parameters: list[Any] = super().get_params(context)  # type: ignore[misc]
        for parameter in parameters:
            if "process_value" not in vars(parameter) and _is_plain(parameter):
                parameter.process_value = _process_value(parameter)
        return parameters


class PlainCommand(PlainConversion, TyperCommand):
    """A command with plain conversion."""


def _is_plain(parameter: Any) -> bool:
    if not hasattr(parameter, "type_descriptor"):
        return False
    details = parameter.type_descriptor.parameter_info
    checks_path = details.exists or details.resolve_path or details.path_type or details.writable
    return details.parser is None and not checks_path and not details.clamp


def _process_value(parameter: Any) -> Any:
    """A replacement for the parameter's method of this name."""
    with_typer = parameter.process_value
    wanted, details = parameter.type_descriptor.annotation, parameter.type_descriptor.parameter_info

    def process_value(context: Any, value: Any) -> Any:
        absent = value == [] or (value is None and get_origin(wanted) is not list)
        if parameter.required or not absent:
            try:
                value = _converted(value, wanted, details)
            except ValueError:
                return with_typer(context, value)
        return parameter.callback(context, parameter, value) if parameter.callback else value

    return process_value


def _converted(value: Any, wanted: Any, details: Any) -> Any:
    """A plain value as the type `wanted`.

    Raises:
        ValueError: this is not a plain value, or not a valid one.
    """
    if get_origin(wanted) is list and isinstance(value, list | tuple) and value:
        return [_converted(element, get_args(wanted)[0], details) for element in value]
    if get_origin(wanted) is Literal and value in get_args(wanted):
        return value
    if wanted in (str, Path) and isinstance(value, str | Path):
        return wanted(value)
    if wanted in (int, float) and isinstance(value, str | int | wanted):
        number = wanted(value)
        if (details.min is None or number >= details.min) and (details.max is None or number <= details.max):
            return number
    raise ValueError

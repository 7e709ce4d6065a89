"""Settings as keywords of functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from e2v.settings import declared

_Function = TypeVar("_Function", bound=Callable[..., Any])


def takes(*classes: Any) -> Callable[[_Function], _Function]:
    """Have `help` and editors show the settings of some classes in place of a function's `**settings`."""

    def with_signature(function: _Function) -> _Function:
        signature = inspect.signature(function)
        named = [
            each for each in signature.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD
        ]
        keywords = {
            name: inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=one.default, annotation=one.kind
            )
            for of in classes
            for name, one in declared(of).items()
            if name not in signature.parameters
        }
        changed = signature.replace(parameters=[*named, *keywords.values()])
        function.__signature__ = changed  # type: ignore[attr-defined]
        return function

    return with_signature

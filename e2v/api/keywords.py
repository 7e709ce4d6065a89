"""Arguments and settings as keywords of functions."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar, cast

from e2v.api.arguments import Arguments, checked
from e2v.blas import one_thread
from e2v.settings import declared

#: How many answers: the setting, and the argument in its place.
_NUMBER, _N = "number", "n"

_Function = TypeVar("_Function", bound=Callable[..., Any])


def takes(*classes: Any, closed: bool = False) -> Callable[[_Function], _Function]:
    """Have a function called with arguments that are checked, see `Arguments`; None is none given.

    While it runs, BLAS has one thread, as on the command line: see `e2v.blas`.

    classes: of settings, which `help` and editors show in place of the function's `**settings`. Their
        `number` is `n`, as it is where it is an argument. closed: other keywords are no settings that are
        unknown, but arguments that the function does not have.

    The function raises:
        SettingError: an argument is of another type, or out of range.
        TypeError: it has no such argument, or one is missing; with the names that they have here.
    """

    def with_checks(function: _Function) -> _Function:
        signature = inspect.signature(function)
        known = declared(Arguments)
        shown = _with_settings(signature, classes)
        yields = inspect.isgeneratorfunction(function)
        counts = any(_NUMBER in declared(of) for of in classes)

        @functools.wraps(function)
        def called(*given: Any, **keywords: Any) -> Any:
            if counts:
                if _NUMBER in keywords:
                    here = f"{_NUMBER} is {_N}={keywords[_NUMBER]!r} in e2v"
                    raise TypeError(f"{function.__name__}() has no argument '{_NUMBER}'; {here}")
                if _N in keywords:
                    keywords[_NUMBER] = keywords.pop(_N)
            try:
                if closed:
                    shown.bind(*given, **keywords)
                bound = signature.bind(*given, **keywords)
            except TypeError as error:
                hint = _called_here(function.__name__, keywords, signature)
                raise TypeError(f"{function.__name__}() {error}{hint}") from None
            for name, value in tuple(bound.arguments.items()):
                if value is None and signature.parameters[name].default is not inspect.Parameter.empty:
                    del bound.arguments[name]
                elif name in known:
                    bound.arguments[name] = checked(name, value)
            if yields:
                return _made_on_one_thread(function(*bound.args, **bound.kwargs))
            with one_thread:
                return function(*bound.args, **bound.kwargs)

        if classes:
            called.__signature__ = shown  # type: ignore[attr-defined]
        return cast(_Function, called)

    return with_checks


def _made_on_one_thread(made: Iterator[Any]) -> Iterator[Any]:
    """What a generator yields; between two values BLAS is as it was."""
    while True:
        with one_thread:
            try:
                value = next(made)
            except StopIteration:
                return
        yield value


def _with_settings(signature: inspect.Signature, classes: tuple[Any, ...]) -> inspect.Signature:
    named = [each for each in signature.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
    keywords = {
        name: inspect.Parameter(
            _N if name == _NUMBER else name,
            inspect.Parameter.KEYWORD_ONLY,
            default=one.default,
            annotation=one.kind,
        )
        for of in classes
        for name, one in declared(of).items()
        if name not in signature.parameters
    }
    return signature.replace(parameters=[*named, *keywords.values()])


def _called_here(function: str, keywords: Mapping[str, Any], signature: inspect.Signature) -> str:
    """What keywords that the function does not have are called here, as the end of a message."""
    from e2v.api.elsewhere import argument

    unknown = {name: value for name, value in keywords.items() if name not in signature.parameters}
    told = (argument(name, value, function, signature.parameters) for name, value in unknown.items())
    return "".join(f"; {each}" for each in told if each)

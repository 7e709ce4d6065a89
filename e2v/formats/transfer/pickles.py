"""What a pickle describes, without executing it.

A pickle is a program: it names functions and says what to call them with. Here it is only read. The
instructions come from `pickletools.genops`, which decodes them; strings, numbers, lists, tuples and
dictionaries are made, and in place of every other object a `PickledObject` says what would have been
called. Nothing is imported, looked up or called, so no pickle can do anything but be refused.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class PickledGlobal(NamedTuple):
    """A class or function that the pickle names."""

    module: str
    name: str


@dataclass(eq=False)
class PickledObject:
    """An object that the pickle would make: `constructor` called with `arguments`, then given its `state`."""

    constructor: Any
    arguments: Any
    state: Any = None
    items: list[Any] = field(default_factory=list)


class PickleError(ValueError):
    """Not a pickle, or one with instructions that have no place in a file of data."""


_MARK = object()

_VALUES = {
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT",
    "STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8",
    "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8",
}  # fmt: skip
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_EMPTY: dict[str, Callable[[], Any]] = {
    "EMPTY_TUPLE": tuple,
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
    "EMPTY_SET": set,
}
_PUTS = {"PUT", "BINPUT", "LONG_BINPUT"}
_GETS = {"GET", "BINGET", "LONG_BINGET"}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


def describe(data: bytes) -> Any:
    """The object that a pickle describes.

    Raises:
        PickleError: it is damaged, or has instructions that are not read here.
    """
    reader = _Reader()
    try:
        for opcode, argument, _ in pickletools.genops(data):
            if opcode.name == "STOP":
                return reader.stack[-1]
            reader.step(opcode.name, argument)
    except PickleError:
        raise
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError) as error:
        raise PickleError(f"damaged ({error})") from error
    raise PickleError("it does not end")


class _Reader:
    """A stack of descriptions, and the memo of those that are used again."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def step(self, name: str, argument: Any) -> None:
        """Follow one instruction."""
        stack = self.stack
        if name in _VALUES:
            stack.append(argument)
        elif name == "MEMOIZE":
            self._memo[len(self._memo)] = stack[-1]
        elif name in _PUTS:
            self._memo[argument] = stack[-1]
        elif name in _GETS:
            stack.append(self._memo[argument])
        elif name == "MARK":
            stack.append(_MARK)
        elif name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        elif name in _EMPTY:
            stack.append(_EMPTY[name]())
        elif name in _TUPLES:
            stack.append(tuple(self._pop(_TUPLES[name])))
        elif name not in ("PROTO", "FRAME"):
            self._structure(name, argument)

    def _structure(self, name: str, argument: Any) -> None:
        stack = self.stack
        match name:
            case "TUPLE":
                stack.append(tuple(self._pop_to_mark()))
            case "LIST":
                stack.append(self._pop_to_mark())
            case "DICT":
                stack.append(_pairs(self._pop_to_mark()))
            case "FROZENSET":
                stack.append(frozenset(_hashable(self._pop_to_mark())))
            case "APPEND":
                _extend(stack[-2], self._pop(1))
            case "APPENDS" | "ADDITEMS":
                items = self._pop_to_mark()
                _extend(stack[-1], items)
            case "SETITEM":
                _update(stack[-3], _pairs(self._pop(2)))
            case "SETITEMS":
                pairs = _pairs(self._pop_to_mark())
                _update(stack[-1], pairs)
            case "POP":
                stack.pop()
            case "GLOBAL":
                stack.append(PickledGlobal(*argument.split(" ", 1)))
            case "STACK_GLOBAL":
                stack.append(PickledGlobal(*self._pop(2)))
            case "REDUCE" | "NEWOBJ":
                stack.append(PickledObject(*self._pop(2)))
            case "BUILD":
                (state,) = self._pop(1)
                stack[-1].state = state
            case _:
                raise PickleError(f"it has the instruction {name}")

    def _pop(self, n: int) -> list[Any]:
        if len(self.stack) < n:
            raise PickleError("damaged (its stack is empty)")
        items = self.stack[-n:]
        del self.stack[-n:]
        return items

    def _pop_to_mark(self) -> list[Any]:
        index = len(self.stack) - 1
        while self.stack[index] is not _MARK:
            index -= 1
        items = self.stack[index + 1 :]
        del self.stack[index:]
        return items


def _pairs(flat: list[Any]) -> dict[Any, Any]:
    return dict(zip(_hashable(flat[::2]), flat[1::2], strict=True))


def _hashable(keys: list[Any]) -> list[Any]:
    """Keys without depth: hashing a tuple of tuples of ... would exhaust the stack."""
    if any(isinstance(key, tuple | frozenset) for key in keys):
        raise PickleError("it has tuples for keys")
    return keys


def _extend(container: Any, items: list[Any]) -> None:
    if isinstance(container, PickledObject):
        container.items.extend(items)
    elif isinstance(container, set):
        container.update(_hashable(items))
    else:
        container.extend(items)


def _update(container: Any, pairs: dict[Any, Any]) -> None:
    if isinstance(container, PickledObject):
        container.items.extend(pairs.items())
    else:
        container.update(pairs)

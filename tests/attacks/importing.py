"""All modules that read files, imported at once, so that they can be instrumented."""

from __future__ import annotations

import contextlib
from importlib import import_module
from pkgutil import walk_packages

#: Those that start something, or need what may not be there, and what reads among them.
_NOT = ("e2v.__main__", "e2v.service", "e2v.cli")
_READ = ("e2v.cli.shared.given_vectors", "e2v.cli.shared.recommendations", "e2v.service.forms")


def import_kernels() -> None:
    """Import what Numba compiles, which has to be as it was written."""
    _import("e2v.kernels")


def import_all() -> None:
    """Import everything that may read a file."""
    _import("e2v")
    for name in _READ:
        with contextlib.suppress(ImportError):
            import_module(name)


def _import(room: str) -> None:
    package = import_module(room)
    for found in walk_packages(package.__path__, f"{room}."):
        if not found.name.startswith(_NOT):
            with contextlib.suppress(ImportError):  # of a package that an extra brings
                import_module(found.name)

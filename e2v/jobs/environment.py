"""What e2v runs on: for reports of what does not work, and for comparisons of what takes how long."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re

from e2v.common_settings import available_cores

#: Packages that every installation has.
_REQUIRED = ("numpy", "numba", "llvmlite", "typer", "rich")
#: Extras for working on e2v, not for working with it.
_OF_DEVELOPERS = frozenset({"test", "interop", "bench", "dev"})


def environment() -> dict[str, str]:
    """Python, packages, the CPU with its features, threads, the folder of compiled code, and extras."""
    from e2v.kernels.codegen.cache import cache_notice, compiled_for

    cpu, features, folder = compiled_for()
    found = {"python": f"{platform.python_version()} on {platform.platform(terse=True)}"}
    found |= {name: _version(name) for name in _REQUIRED}
    found["cpu"] = f"{cpu}: {' '.join(features)}"
    found["threads"] = f"{available_cores()} of {os.cpu_count()}"
    found["compiled code"] = cache_notice() or str(folder)
    for extra, packages in _extras().items():
        found[f"[{extra}]"] = ", ".join(f"{name} {_version(name)}" for name in packages)
    return found


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _extras() -> dict[str, list[str]]:
    """The packages of each extra, as the installation says; none where e2v runs from its source."""
    found: dict[str, list[str]] = {}
    try:
        requirements = importlib.metadata.requires("e2v") or []
    except importlib.metadata.PackageNotFoundError:
        requirements = []
    for requirement in requirements:
        extra = re.search(r"extra == ['\"]([\w-]+)['\"]", requirement)
        package = re.match(r"[\w.-]+", requirement)
        if extra and package and extra[1] not in _OF_DEVELOPERS:
            found.setdefault(extra[1], []).append(package[0])
    return found

"""What e2v runs on: for reports of what does not work, and for comparisons of what takes how long."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re

import numpy as np

from e2v.blas import thread_functions
from e2v.threads import available_cores

#: Packages that every installation has.
_REQUIRED = ("numpy", "numba", "llvmlite", "typer", "rich")
#: Extras for working on e2v, not for working with it.
_OF_DEVELOPERS = frozenset({"test", "interop", "bench", "dev"})


def environment() -> dict[str, str]:
    """Python, packages, the CPU with its features, BLAS, threads, the folder of compiled code, and extras."""
    from e2v.kernels.codegen.cache import compiled_for, kept_in

    cpu, features = compiled_for()
    folder, obstacle = kept_in()
    found = {"python": f"{platform.python_version()} on {platform.platform(terse=True)}"}
    found |= {name: _version(name) for name in _REQUIRED}
    found["cpu"] = f"{cpu}: {' '.join(features)}"
    found["BLAS"] = _blas()
    found["threads"] = f"{available_cores()} of {os.cpu_count()}"
    found["compiled code"] = f"{folder} (cannot be written: {obstacle})" if obstacle else str(folder)
    for extra, packages in _extras().items():
        found[f"[{extra}]"] = ", ".join(f"{name} {_version(name)}" for name in packages)
    return found


def _blas() -> str:
    """What multiplies matrices for NumPy, and whether its threads are out of reach in Python."""
    of_numpy = np.show_config(mode="dicts")
    blas = (of_numpy or {}).get("Build Dependencies", {}).get("blas", {})
    told = f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip()
    return told if thread_functions() else f"{told} (Python cannot set its threads)"


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

"""The .e2v container: one safetensors file holds what one step hands to the next.

docs/formats.md is the specification. This package knows what arrays each kind of file holds
(`schema`), sees before a command works that its outputs are its own (`outputs`, `lock`, `scratch`),
writes them streamed and atomically (`writer`, `atomic`), maps them read-only (`reader`), tells
foreign, newer and damaged files apart (`header`, `foreign`), reads what a file says of how it was
made (`provenance`), knows what content cannot be (`content`, `graph`) and checks every byte
(`verification`). It needs NumPy and the standard library only.

What a query needs is imported at once, what writes and checks files when it is first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from e2v.store.keys import Keys
from e2v.store.reader import Artifact, open_artifact
from e2v.store.schema import KINDS, Problem

if TYPE_CHECKING:
    from e2v.store.atomic import atomic_folder, atomic_path
    from e2v.store.outputs import Output, refuse_overwriting, reserved
    from e2v.store.scratch import scratch_folder
    from e2v.store.temporary import kept_folder, temporary_folder
    from e2v.store.verification import verify
    from e2v.store.writer import ArtifactWriter, Stream

__all__ = [
    "KINDS",
    "Artifact",
    "ArtifactWriter",
    "Keys",
    "Output",
    "Problem",
    "Stream",
    "atomic_folder",
    "atomic_path",
    "kept_folder",
    "open_artifact",
    "refuse_overwriting",
    "reserved",
    "scratch_folder",
    "temporary_folder",
    "verify",
]

_MODULE_OF = {
    "ArtifactWriter": "writer",
    "Output": "outputs",
    "Stream": "writer",
    "atomic_folder": "atomic",
    "atomic_path": "atomic",
    "refuse_overwriting": "outputs",
    "reserved": "outputs",
    "kept_folder": "temporary",
    "scratch_folder": "scratch",
    "temporary_folder": "temporary",
    "verify": "verification",
}


def __getattr__(name: str) -> Any:
    """A name of `_MODULE_OF`, the first time (PEP 562)."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value

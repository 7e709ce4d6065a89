"""The .e2v container: one safetensors file holds what one step hands to the next.

docs/formats.md is the specification. This package knows what arrays each kind of file holds
(`schema`), sees before a command works that its outputs are its own (`outputs`, `lock`, `scratch`),
writes them streamed and atomically (`writer`, `atomic`), maps them read-only (`reader`), tells
foreign, newer and damaged files apart (`header`, `foreign`), reads what a file says of how it was
made (`provenance`), knows what content cannot be (`content`, `graph`) and checks every byte
(`verify`). It needs NumPy and the standard library only.
"""

from e2v.store.atomic import atomic_folder, atomic_path
from e2v.store.keys import Keys
from e2v.store.outputs import Output, refuse_overwriting, reserved
from e2v.store.reader import Artifact, open_artifact
from e2v.store.schema import KINDS, Problem
from e2v.store.scratch import scratch_folder
from e2v.store.verify import verify
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
    "open_artifact",
    "refuse_overwriting",
    "reserved",
    "scratch_folder",
    "verify",
]

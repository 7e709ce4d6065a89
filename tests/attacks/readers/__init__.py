"""Everything that reads what somebody else has written, each as a function of a file's bytes.

A reader raises an `E2VError` or returns; whatever else becomes of it is a finding.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.attacks.readers import containers, tables, vectors
from tests.attacks.readers.reader import Reader

__all__ = ["READERS", "Reader"]

#: By their names, as docs/reliability.md has them.
READERS: Mapping[str, Reader] = {**containers.READERS, **vectors.READERS, **tables.READERS}

"""All attacks, by the names of their files."""

from __future__ import annotations

from tests.attacks import containers, databases, texts, vectors

ATTACKS = {**containers.ATTACKS, **vectors.ATTACKS, **databases.ATTACKS, **texts.ATTACKS}

"""All attacks, by the names of their files."""

from __future__ import annotations

from tests.attacks import containers, texts, vectors

ATTACKS = {**containers.ATTACKS, **vectors.ATTACKS, **texts.ATTACKS}

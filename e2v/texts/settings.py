"""How the vectors of a text's words become one, and what lines of text are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from e2v import common_settings
from e2v.inputs.encodings import encoding_name
from e2v.settings import setting
from e2v.vectors.settings import VectorSettings

_WORDS = "Words of a text"


@dataclass(frozen=True, kw_only=True)
class TextVectorSettings(VectorSettings):
    """How the vectors of a text's words become one."""

    weights: Literal["sif", "mean"] = setting(
        "sif",
        "How much each word counts: the less, the more frequent it is (smooth inverse frequency, Arora et "
        "al. 2017), or all the same.",
        group=_WORDS,
    )
    smoothing: float = setting(
        1e-3,
        "The number a of the weights a / (a + p), where p is a word's share of all words.",
        above=0,
        most=1,
        only_with={"weights": "sif"},
        group=_WORDS,
    )
    keep_common: bool = setting(
        False,
        "Leave in the vectors what those of all texts have in common.",
        only_with={"weights": "sif"},
        group=_WORDS,
    )


@dataclass(frozen=True, kw_only=True)
class EmbedSettings(TextVectorSettings):
    """What the lines are, and how each becomes a vector."""

    with_keys: bool = setting(False, "A line is a key of its own, a tab, and the text.")
    encoding: str | None = common_settings.encoding(parse=encoding_name)
    threads: int = common_settings.threads(group="Run")

"""The settings of a training run of word2vec's family.

The defaults are word2vec's own (word2vec.c, Google 2013), so that results compare with its many relatives;
`presets` hold better choices for a purpose.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from e2v import common_settings, settings
from e2v.errors import SettingError
from e2v.settings import setting

_MODEL, _SAMPLING, _SUBWORDS = "Model", "Sampling", "Subwords"

#: CBOW's rates: word2vec.c's doubled one for its gradient; for the exact one, a share of it for each word of
#: the window, the rate that did best on English Wikipedia.
_CBOW_LR = {"full": 0.05, "divided": 0.15}


def _lengths(given: str) -> str:
    """`MIN:MAX`, two lengths of character n-grams, checked.

    Raises:
        ValueError: it is not that.
    """
    if not isinstance(given, str) or not re.fullmatch(r"[1-9]\d?:[1-9]\d?", given):
        two = re.fullmatch(r"\W*([1-9]\d?)\W+([1-9]\d?)\W*", str(given))
        example = f"{two[1]}:{two[2]}" if two else "such as 3:6"
        raise ValueError(f"takes two lengths from 1 to 99, MIN:MAX, {example}")
    shortest, longest = map(int, given.split(":"))
    if shortest > longest:
        raise ValueError("takes two lengths, the shorter one first")
    return given


def _partners(given: str | int) -> int:
    """How many partners are drawn; one would be none after the centre itself.

    Raises:
        ValueError: it is 1, or no such number.
    """
    message = "takes 2 to 100,000 partners, or 0 for all"
    try:
        number = settings.whole(given)
    except (ValueError, TypeError):
        raise ValueError(message) from None
    if number == 1 or not 0 <= number <= 100_000:
        raise ValueError(message)
    return number


@dataclass(frozen=True, kw_only=True)
class Word2VecSettings:
    """Resolved settings of one run; what is stored in a model's provenance.

    cbow_gradient: `divided` hands each context word its exact share of the mean's gradient, `full` hands each
        the whole of it, as word2vec.c does.
    set_sample: partners drawn for each item of a set that has more others than that; 0 takes all.
    negative: noise words per centre, shared by its context.
    noise_group: so many consecutive centres share one draw of `negative` noise words, and make one step.
    sample: subsampling threshold as a share of all tokens; 0 keeps every token.
    lr: falls to lr * 1e-4.
    threads: one is exactly reproducible, several share the matrices without locks.
    """

    dim: int = common_settings.dim(100)
    window: int = setting(5, "Words on each side.", least=1, most=100_000, only_with={"context": "window"})
    epochs: int = common_settings.epochs(5, only_with={"time_budget": None})
    threads: int = common_settings.threads()
    seed: int = common_settings.seed()
    arch: Literal["skipgram", "cbow"] = setting(
        "skipgram", "Predict the centre from each context word, or from their mean.", group=_MODEL
    )
    loss: Literal["negative-sampling", "hierarchical-softmax", "softmax"] = setting(
        "negative-sampling",
        "The exact softmax, for small vocabularies: softmax; or an approximation: negative-sampling, or "
        "hierarchical-softmax.",
        metavar="NAME",
        group=_MODEL,
    )
    context: Literal["window", "set"] = setting(
        "window", "Words nearby, or all others of the line: an unordered set.", group=_MODEL
    )
    window_mode: Literal["dynamic", "fixed"] = setting(
        "dynamic",
        "Draw each centre's reach uniformly from 1..window, or keep it.",
        group=_MODEL,
        only_with={"context": "window"},
    )
    set_sample: int = setting(
        100,
        "In sets with more others than this, draw about so many; 0: all.",
        parse=_partners,
        group=_MODEL,
        only_with={"context": "set"},
    )
    cbow_gradient: Literal["divided", "full"] = setting(
        "divided",
        "The exact gradient of the mean, or word2vec.c's.",
        group=_MODEL,
        only_with={"arch": "cbow"},
    )
    negative: int = setting(
        5,
        "Noise words for each centre.",
        least=1,
        most=10_000,
        group=_SAMPLING,
        only_with={"loss": "negative-sampling"},
    )
    noise_group: int = setting(
        1,
        "Have so many centres in a row share their noise words, for speed.",
        least=1,
        most=8,
        group=_SAMPLING,
        only_with={"loss": "negative-sampling"},
    )
    noise_exponent: float = common_settings.noise_exponent(
        0.75, group=_SAMPLING, only_with={"loss": "negative-sampling"}
    )
    sample: float = setting(
        1e-3, "Subsample words above this share of the text; 0: never.", least=0, most=1, group=_SAMPLING
    )
    lr: float = common_settings.lr(0.025, shown="0.025; cbow: 0.15, or 0.05 if full", group=_SAMPLING)
    subword: str | None = setting(
        None,
        "Make words of their character n-grams too, such as 3:6.",
        metavar="MIN:MAX",
        parse=_lengths,
        group=_SUBWORDS,
    )
    buckets: int = setting(
        0,
        "Keep at most so many n-grams.",
        shown="0: all shared ones",
        least=0,
        most=2**31 - 1,
        group=_SUBWORDS,
        only_with={"subword": ...},
    )
    word_weight: float = setting(
        1.0,
        "A word's own weight against an n-gram's.",
        least=0,
        most=1_000_000,
        group=_SUBWORDS,
        only_with={"subword": ...},
    )
    half_life: float | None = common_settings.half_life(only_with={"context": "set"})
    time_budget: float | None = common_settings.time_budget()

    @staticmethod
    def dependent(chosen: Mapping[str, Any]) -> dict[str, Any]:
        """The learning rate that goes with the architecture."""
        return (
            {"lr": _CBOW_LR[chosen.get("cbow_gradient", "divided")]} if chosen.get("arch") == "cbow" else {}
        )

    def check(self) -> None:
        """Refuse what cannot be, or does not go together.

        Raises:
            SettingError: there is no time to train, or n-grams, which have no part in the exact softmax.
        """
        common_settings.check_time_budget(self.time_budget)
        if self.subword is not None and self.loss == "softmax":
            raise SettingError("{subword} does not go with {loss} softmax", hint="use negative-sampling")

    @property
    def ngram_lengths(self) -> tuple[int, int] | None:
        """`subword` as numbers."""
        if self.subword is None:
            return None
        shortest, longest = map(int, self.subword.split(":"))
        return shortest, longest

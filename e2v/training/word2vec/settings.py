"""The settings of a training run: names, defaults, which apply when, and presets.

The defaults are word2vec's own (word2vec.c, Google 2013), so that results compare with its many
relatives; presets hold better choices for a purpose.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from e2v.errors import UsageError

Arch = Literal["skipgram", "cbow"]
Loss = Literal["negative-sampling", "hierarchical-softmax", "softmax"]
Context = Literal["window", "set"]
WindowMode = Literal["dynamic", "fixed"]
CbowGradient = Literal["divided", "full"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """Resolved settings of one run; what is stored in a model's provenance.

    arch: skip-gram predicts the centre from each word of its context, CBOW from their mean.
    context: `window` takes up to `window` words each side; `set` takes all others of the sentence.
    window_mode: `dynamic` draws each centre's reach uniformly from 1..window, `fixed` keeps it.
    set_sample: partners drawn for each item of a set that has more others than that; 0 takes all.
    cbow_gradient: `divided` hands each context word its exact share of the mean's gradient,
        `full` hands each the whole of it, as word2vec.c does.
    subword: `MIN:MAX`, the lengths of the character n-grams that words are also made of; None: none.
    buckets: n-grams kept at most, the most shared ones; 0 keeps all that two words share.
    word_weight: weight of a word's own row against 1 for each of its n-grams.
    negative: noise words per centre, shared by its context.
    noise_exponent: noise is drawn in proportion to count ** noise_exponent.
    sample: subsampling threshold as a share of all tokens; 0 keeps every token.
    lr: initial learning rate, falling linearly to lr * 1e-4.
    time_budget: seconds to train for instead of a number of epochs; None: epochs.
    threads: workers; one is exactly reproducible, several share the matrices without locks.
    """

    arch: Arch = "skipgram"
    loss: Loss = "negative-sampling"
    context: Context = "window"
    dim: int = 100
    window: int = 5
    window_mode: WindowMode = "dynamic"
    set_sample: int = 0
    cbow_gradient: CbowGradient = "divided"
    subword: str | None = None
    buckets: int = 0
    word_weight: float = 1.0
    negative: int = 5
    noise_exponent: float = 0.75
    sample: float = 1e-3
    epochs: int = 5
    time_budget: float | None = None
    lr: float = 0.025
    threads: int = 1
    seed: int = 1

    def as_dict(self) -> dict[str, Any]:
        """The settings that shape the result: those that apply in this mode, without `threads`."""
        settings = {k: v for k, v in asdict(self).items() if v is not None and _applies(k, self)}
        del settings["threads"]
        return settings

    @property
    def ngram_lengths(self) -> tuple[int, int] | None:
        """`subword` as numbers."""
        if self.subword is None:
            return None
        shortest, longest = map(int, self.subword.split(":"))
        return shortest, longest


#: Setting -> the runs that use it, in words and as a test.
_ONLY_WITH: dict[str, tuple[str, Callable[[TrainConfig], bool]]] = {
    "window": ("--context window", lambda c: c.context == "window"),
    "window_mode": ("--context window", lambda c: c.context == "window"),
    "set_sample": ("--context set", lambda c: c.context == "set"),
    "cbow_gradient": ("--arch cbow", lambda c: c.arch == "cbow"),
    "negative": ("--loss negative-sampling", lambda c: c.loss == "negative-sampling"),
    "noise_exponent": ("--loss negative-sampling", lambda c: c.loss == "negative-sampling"),
    "buckets": ("a run with --subword", lambda c: c.subword is not None),
    "word_weight": ("a run with --subword", lambda c: c.subword is not None),
    "epochs": ("a run without --time-budget", lambda c: c.time_budget is None),
}

#: CBOW's rates: word2vec.c's doubled one for its gradient; for the exact one, a share of it for each word of
#: the window, the rate that did best on English Wikipedia.
_CBOW_LR = {"full": 0.05, "divided": 0.15}

#: Least and most of the whole numbers; the most are far beyond use, and keep a slip from filling the memory.
_RANGES = {
    "buckets": (0, 2**31 - 1),
    "dim": (1, 100_000),
    "window": (1, 100_000),
    "set_sample": (0, 100_000),
    "negative": (1, 10_000),
    "epochs": (1, 1_000_000),
    "threads": (1, 1024),
    "seed": (0, 2**63 - 1),
}
#: Above this a word's own row is all that there is of it.
_MOST_WORD_WEIGHT = 1e6


def option_name(setting: str) -> str:
    """`noise_exponent` as the command line spells it: `--noise-exponent`."""
    return "--" + setting.replace("_", "-")


def resolve(given: Mapping[str, Any], preset: Mapping[str, Any] | None = None) -> TrainConfig:
    """Fill in what the user did not set, first from `preset`, then from the defaults.

    `given` maps settings to values; None means not given. Raises UsageError for a value out of range
    and for a setting that the chosen mode does not use: silence would let a mistake pass for a choice.
    """
    explicit = {k: v for k, v in given.items() if v is not None}
    settings: dict[str, Any] = {**(preset or {}), **explicit}
    if settings.get("arch") == "cbow":
        settings.setdefault("lr", _CBOW_LR[settings.get("cbow_gradient", "divided")])
    config = TrainConfig(**settings)
    for name, (least, most) in _RANGES.items():
        if not least <= getattr(config, name) <= most:
            value = getattr(config, name)
            raise UsageError(f"{option_name(name)} must be between {least} and {most:,}, not {value}")
    if not 0 <= config.sample < math.inf:
        raise UsageError(f"--sample must be a number from 0 on, not {config.sample}")
    if config.time_budget is not None and not 0 < config.time_budget < math.inf:
        raise UsageError("--time-budget must be more than no time")
    if config.set_sample == 1:
        raise UsageError("--set-sample takes 2 partners or more, or 0 for all")
    if not 0 < config.lr < 10:
        raise UsageError(f"--lr must be above 0 and below 10, not {config.lr}")
    if not -10 <= config.noise_exponent <= 10:
        raise UsageError(f"--noise-exponent must be between -10 and 10, not {config.noise_exponent}")
    if not 0 <= config.word_weight <= _MOST_WORD_WEIGHT:
        raise UsageError(
            f"--word-weight must be between 0 and {_MOST_WORD_WEIGHT:,.0f}, not {config.word_weight}"
        )
    if config.subword is not None:
        _check_subword(config)
    for name in explicit:
        if not _applies(name, config):
            raise UsageError(f"{option_name(name)} applies to {_ONLY_WITH[name][0]} only", "leave it out")
    return config


def _applies(setting: str, config: TrainConfig) -> bool:
    return setting not in _ONLY_WITH or _ONLY_WITH[setting][1](config)


def _check_subword(config: TrainConfig) -> None:
    if not re.fullmatch(r"[1-9]\d?:[1-9]\d?", config.subword or ""):
        raise UsageError(f"--subword takes two lengths, MIN:MAX, such as 3:6, not {config.subword}")
    shortest, longest = config.ngram_lengths or (0, 0)
    if shortest > longest:
        raise UsageError(f"--subword {config.subword}: the shortest is longer than the longest")
    if config.loss == "softmax":
        raise UsageError("--subword does not go with --loss softmax", "use negative-sampling")


SETTINGS = tuple(field.name for field in fields(TrainConfig))

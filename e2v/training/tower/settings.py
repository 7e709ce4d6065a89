"""The settings of a user tower's training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from e2v import common_settings, settings
from e2v.errors import SettingError
from e2v.settings import resolve, setting

Examples = Literal["held-out", "next"]

_EXAMPLES, _NETWORK, _SOFTMAX, _STOPPING = "Training examples", "Network", "Softmax", "When to stop"
_MOST_WIDE = 100_000
#: Temperatures other than 0: beyond them the exponentials of 32 bits are all alike, or but one is 0.
_COLDEST, _HOTTEST = 0.001, 1000


def _widths(given: str | Sequence[int]) -> tuple[int, ...]:
    """`256,128` as the widths of layers; `0` as none.

    Raises:
        ValueError: it is neither.
    """
    try:
        found = tuple(map(settings.whole, given.split(",") if isinstance(given, str) else given))
    except (ValueError, TypeError):
        found = (-1,)
    if found in ((0,), ()):
        return ()
    if not (min(found) >= 1 and max(found) <= _MOST_WIDE):
        raise ValueError("takes widths such as 256,128, or 0 for no layer")
    return found


@dataclass(frozen=True, kw_only=True)
class TowerSettings:
    """Resolved settings of one run; what is stored in a model's provenance.

    The defaults are those for sets; `resolve_tower` knows those for histories in order.

    hidden: () for none.
    candidates: the batch's targets are added to them; a catalogue of no more than that, or 0, has the exact
        softmax over all items.
    noise_exponent: of the candidates.
    lr: of Adagrad, falling to 0.
    threads: the result does not depend on them.
    """

    dim: int = common_settings.dim(256)
    epochs: int = common_settings.epochs(20, shown="20; 10 with --recency", only_with={"time_budget": None})
    lr: float = common_settings.lr(0.1)
    batch: int = setting(256, "Examples in a step.", least=1, most=1_000_000)
    init: str = common_settings.init("spectral", metavar="spectral|random|FILE")
    threads: int = common_settings.threads()
    seed: int = common_settings.seed()
    examples: Literal["held-out", "next"] = setting(
        "held-out",
        "Predict a random part of a history from the rest, or items from those before.",
        shown="next if histories are in order, held-out if they are sets",
        group=_EXAMPLES,
    )
    hold_out: float = setting(
        0.6,
        "The share of a history to predict.",
        above=0,
        below=1,
        group=_EXAMPLES,
        only_with={"examples": "held-out"},
    )
    per_user: int = setting(
        100,
        "A user's examples in an epoch, at most.",
        least=1,
        group=_EXAMPLES,
        only_with={"examples": "next"},
    )
    age: bool = setting(
        False,
        "Tell the tower how many items of the user came after an example's.",
        shown="--age with next",
        switch=True,
        group=_EXAMPLES,
        only_with={"examples": "next"},
    )
    recency: bool = setting(
        False,
        "Let the later items of a history count more; how much more is learned.",
        shown="--recency with next",
        switch=True,
        group=_EXAMPLES,
        only_with={"examples": "next"},
    )
    half_life: float | None = common_settings.half_life(group=_EXAMPLES)
    hidden: tuple[int, ...] = setting(
        (),
        "Widths of ReLU layers, as 256,128; 0: none.",
        shown="0",
        metavar="N,N...",
        parse=_widths,
        group=_NETWORK,
    )
    candidates: int = setting(
        1024,
        "Items drawn for a batch's softmax beside its targets; 0, or as many as there are: exact.",
        least=0,
        group=_SOFTMAX,
    )
    noise_exponent: float = common_settings.noise_exponent(0.5, group=_SOFTMAX)
    temperature: float = setting(
        0.1,
        "The softmax is over cosines / X; 0: over inner products.",
        least=0,
        most=_HOTTEST,
        group=_SOFTMAX,
    )
    validation: float = setting(
        0.05,
        "Share of users of whom items are withheld to see when to stop: a fifth of a set; or the next one, "
        "of 300 users or half of them at least.",
        least=0,
        most=1,
        group=_STOPPING,
    )
    patience: int = setting(
        3,
        "Stop after so many epochs that did not help.",
        least=1,
        group=_STOPPING,
        only_with={"time_budget": None},
    )
    time_budget: float | None = common_settings.time_budget()

    @staticmethod
    def dependent(chosen: Mapping[str, Any]) -> dict[str, Any]:
        """Examples of what comes next come with their age and by recency, which needs fewer epochs."""
        if chosen.get("examples") != "next":
            return {}
        by_recency = {"recency": True, "epochs": 10} if chosen.get("recency", True) else {}
        return {"age": True, **by_recency}

    def check(self) -> None:
        """See `e2v.common_settings.check_time_budget`; a temperature is one, or 0."""
        if 0 < self.temperature < _COLDEST:
            raise SettingError(
                "{temperature} must be 0, or between {} and {}, not {}", _COLDEST, _HOTTEST, self.temperature
            )
        common_settings.check_time_budget(self.time_budget)


def resolve_tower(given: Mapping[str, Any], *, ordered: bool | None = None) -> TowerSettings:
    """Settings with the defaults for the histories at hand.

    ordered: whether they are in order. Then the examples are those of `next`, if nothing that is given
        belongs to others.

    Raises:
        SettingError: as `e2v.settings.resolve`.
    """
    by_order = ordered and given.get("hold_out") is None
    return resolve(TowerSettings, given, {"examples": "next"} if by_order else None)

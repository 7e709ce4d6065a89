"""The settings of a user tower's training: names, defaults, which apply when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from e2v.errors import UsageError
from e2v.training.word2vec.settings import option_name

Examples = Literal["held-out", "next"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TowerConfig:
    """Resolved settings of one run; what is stored in a model's provenance.

    The defaults are those for sets; `resolve_tower` knows those for histories in order.

    dim: length of the item vectors, input and output, and of the user vectors.
    hidden: widths of the ReLU layers between the history's mean and the last, linear one; () for none.
    examples: `held-out` predicts a random part of each history from the rest, as sets want;
        `next` predicts an item from those before it.
    hold_out: share of a history that is held out in an example.
    per_user: with `next`, examples drawn from each user in an epoch, so that all weigh the same.
    age: with `next`, tell the tower an example's age: the log of how many items came after it.
    candidates: items drawn for each batch, to which the batch's targets are added, for the softmax to
        tell apart; a catalogue of no more than that, or 0, has the exact softmax over all items.
    noise_exponent: candidates are drawn in proportion to count ** noise_exponent.
    temperature: the softmax is over cosines divided by this; 0: over plain inner products.
    init: `spectral`, from the singular vectors of who had what; `random`; or a model's file.
    batch: examples in a step.
    lr: initial learning rate of Adagrad, falling linearly to 0.
    validation: share of the users from whom some items are withheld, to see when to stop.
    patience: epochs without a better validation after which training stops.
    threads: workers; the result does not depend on them.
    """

    dim: int = 256
    hidden: tuple[int, ...] = ()
    examples: Examples = "held-out"
    hold_out: float = 0.6
    per_user: int = 10
    age: bool = False
    candidates: int = 1024
    noise_exponent: float = 0.5
    temperature: float = 0.1
    init: str = "spectral"
    batch: int = 256
    epochs: int = 20
    lr: float = 0.1
    validation: float = 0.05
    patience: int = 3
    threads: int = 1
    seed: int = 1

    def as_dict(self) -> dict[str, Any]:
        """The settings that shape the result: those that apply in this mode, without `threads`."""
        settings = {k: v for k, v in asdict(self).items() if k != "threads" and _applies(k, self)}
        return {**settings, "hidden": list(self.hidden)}


#: Setting -> the kind of examples it belongs to.
_ONLY_WITH = {"hold_out": "held-out", "per_user": "next", "age": "next"}

_LEAST = {
    "dim": 1,
    "per_user": 1,
    "candidates": 0,
    "temperature": 0,
    "batch": 1,
    "epochs": 1,
    "validation": 0,
    "patience": 1,
    "threads": 1,
    "seed": 0,
}

#: Numbers in a vector.
_MOST_WIDE = 100_000


def resolve_tower(given: Mapping[str, Any], *, ordered: bool | None = None) -> TowerConfig:
    """Fill in the defaults of what is None in `given`, which maps settings to values.

    ordered: whether the histories are in order. Then the examples are those of `next`, if nothing that is
        given belongs to others; and these come with their age, if nothing else is said.

    Raises:
        UsageError: a value out of range, or a setting that the chosen kind of examples does not use.
    """
    explicit = {k: v for k, v in given.items() if v is not None}
    if ordered and "hold_out" not in explicit:
        explicit.setdefault("examples", "next")
    if explicit.get("examples") == "next":
        explicit.setdefault("age", True)
    config = TowerConfig(**explicit)
    for name, least in _LEAST.items():
        if not getattr(config, name) >= least:
            raise UsageError(f"{option_name(name)} must be at least {least}, not {getattr(config, name)}")
    for name, values in {"dim": (config.dim,), "hidden": config.hidden}.items():
        if max(values, default=0) > _MOST_WIDE:
            raise UsageError(f"{option_name(name)} must be at most {_MOST_WIDE:,}, not {max(values)}")
    if not 0 < config.lr < 10:
        raise UsageError(f"--lr must be above 0 and below 10, not {config.lr}")
    if not 0 < config.hold_out < 1:
        raise UsageError(f"--hold-out must be above 0 and below 1, not {config.hold_out}")
    if not config.validation <= 1:
        raise UsageError(f"--validation must be at most 1, not {config.validation}")
    if abs(config.noise_exponent) > 10:
        raise UsageError(f"--noise-exponent must be between -10 and 10, not {config.noise_exponent}")
    for name in explicit:
        if not _applies(name, config):
            raise UsageError(
                f"{option_name(name)} applies to --examples {_ONLY_WITH[name]} only",
                f"this run has --examples {config.examples}",
            )
    return config


def parse_hidden(text: str) -> tuple[int, ...]:
    """`256,128` as the widths of layers; `0` as none.

    Raises:
        UsageError: it is neither.
    """
    try:
        widths = tuple(int(width) for width in text.split(","))
    except ValueError:
        widths = (-1,)
    if widths == (0,):
        return ()
    if min(widths) < 1:
        raise UsageError(f"--hidden takes widths such as 256,128, or 0 for no layer, not {text}")
    return widths


def _applies(setting: str, config: TowerConfig) -> bool:
    return _ONLY_WITH.get(setting, config.examples) == config.examples

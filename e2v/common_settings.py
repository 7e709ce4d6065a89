"""Settings that several commands have, each declared once, and with one meaning."""

from __future__ import annotations

import math
from typing import Any, Literal, TypeAlias

from e2v.durations import Duration, seconds
from e2v.errors import SettingError
from e2v.settings import setting
from e2v.threads import available_cores

#: Recommenders that are computed at once, and keep no file.
Baseline: TypeAlias = Literal["popularity", "item-knn", "ease", "gf-cf"]

#: What a command writes where no output is named.
OUTPUTS = {
    "vocab": "corpus.e2v",
    "events": "corpus.e2v",
    "train": "model.e2v",
    "tower": "tower.e2v",
    "svd": "svd.e2v",
    "split": "train.e2v",
    "users": "users.e2v",
    "index": "items.e2v",
    "import": "vectors.e2v",
    "align": "aligned.e2v",
    "merge": "merged.e2v",
    "tune": "tuned.e2v",
    "auto": "recommender",
}


def dim(default: int | None, **declared: Any) -> Any:
    """Length of vectors; what is far beyond use is refused, so that a slip does not fill the memory."""
    return setting(default, "Length of the vectors.", least=1, most=100_000, **declared)


def epochs(default: int, **declared: Any) -> Any:
    """Passes over the data."""
    return setting(default, "Passes over the data, at most.", least=1, most=1_000_000, **declared)


def time_budget(**declared: Any) -> Any:
    """How long a run takes."""
    told = "Train for so long, such as 90s or 2h, instead of epochs; to tune, all trials together."
    return setting(None, told, metavar="TIME", parse=seconds, group="Run", **declared)


def _half_life(given: str | float) -> float:
    """'30d' -> 2592000.0, a `Duration`; a plain number stays one, and a `Duration` too.

    Raises:
        ValueError: it is neither, or not above 0.
    """
    try:
        if isinstance(given, str):
            found = Duration(given) if given[-1:].isalpha() else float(given)
        else:
            found = given if isinstance(given, Duration) else float(given)
    except ValueError:
        found = 0.0
    if not 0 < found < math.inf:
        raise ValueError("takes a time such as 30d or 12h, or a number above 0")
    return found


def half_life(**declared: Any) -> Any:
    """How fast events count less."""
    told = (
        "An event so much older than the newest counts half: a time such as 30d; a plain number only if the "
        "log has numbers for times."
    )
    return setting(
        None, told, **{"metavar": "TIME", "shown": "off", "parse": _half_life, "group": "Events", **declared}
    )


def check_time_budget(budget: float | None) -> None:
    """Refuse a run of no time.

    Raises:
        SettingError: there is no time to train.
    """
    if budget == 0:
        raise SettingError("{time_budget} must be more than no time")


def lr(default: float, **declared: Any) -> Any:
    """Initial learning rate; at far less than any of use, steps would vanish in 32 bits."""
    return setting(default, "Initial learning rate, which falls linearly.", least=1e-6, below=10, **declared)


def noise_exponent(default: float, **declared: Any) -> Any:
    """Of the noise distribution."""
    told = "Noise is drawn in proportion to count ** X; below 0 too."
    return setting(default, told, least=-10, most=10, **declared)


def seed(**declared: Any) -> Any:
    """Of random draws."""
    return setting(1, "Seed of all random draws.", least=0, most=2**63 - 1, **declared)


def threads(**declared: Any) -> Any:
    """Threads; they do not shape the result, but for training with several that share a model."""
    told = "Threads that work at a time."
    return setting(available_cores, told, shown="all cores", least=1, most=1024, recorded=False, **declared)


def engine(default: str, **declared: Any) -> Any:
    """Where the work is done."""
    told = (
        "Work on the threads of this process, on workers of a Ray cluster, or, in training, on workers that "
        "take turns here, to see what a cluster learns."
    )
    return setting(default, told, group="Cluster", **declared)


def workers(**declared: Any) -> Any:
    """How many share the work."""
    told = "Workers that share the work; in training each has a model, and these are merged."
    return setting(None, told, shown="one for each node", least=1, most=4096, group="Cluster", **declared)


def address() -> Any:
    """Of a cluster."""
    told = "Of the Ray cluster; auto: the one that this machine is part of."
    return setting(
        None, told, shown="started here", recorded=False, group="Cluster", only_with={"engine": "ray"}
    )


def min_count(default: int, **declared: Any) -> Any:
    """Least count."""
    return setting(default, "Leave out words or items that are rarer.", least=1, most=2**63 - 1, **declared)


def max_vocab(**declared: Any) -> Any:
    """Size of the vocabulary."""
    told = "Keep only the N most frequent words or items."
    return setting(None, told, shown="all", least=1, most=2**31 - 1, **declared)


def frozen_vocabulary(**declared: Any) -> Any:
    """A vocabulary that is given."""
    told = "Encode with the vocabulary of another .e2v file, as it is there."
    return setting(None, told, suffix=".e2v", recorded=False, **declared)


def restrict(**declared: Any) -> Any:
    """The most frequent keys."""
    told = "Only the N most frequent keys count."
    return setting(None, told, **{"shown": "all", "least": 1, **declared})


def csls(**declared: Any) -> Any:
    """What part of an answer's mean cosine is taken from its cosine, see `e2v.vectors.csls`."""
    told = (
        "Score by the cosine less LAMBDA times an answer's mean cosine to its 10 nearest keys (CSLS, Conneau "
        "et al. 2018); .25 was best in analogies."
    )
    return setting(0.0, told, **{"metavar": "LAMBDA", "shown": "off", "least": 0, "most": 1, **declared})


def only(**declared: Any) -> Any:
    """Keys that are listed in a file, or of a category."""
    told = (
        "Only the keys of this file, one a line; or those of this category, with a table of categories. "
        "Repeatable."
    )
    return setting((), told, metavar="FILE|CATEGORY", recorded=False, **declared)


def minima() -> Any:
    """What figures have to reach."""
    return setting((), "Exit 4 if this is below X. Repeatable.", metavar="NAME=X")


def number(default: int | None, **declared: Any) -> Any:
    """How many answers."""
    told = "How many: answers to a question, items shown to a user, neighbours of an item, keys listed."
    return setting(default, told, short="-n", metavar="N", recorded=False, **declared)


def user_features(**declared: Any) -> Any:
    """A table of users."""
    told = "A table with a header: user ids, then columns of numbers or categories."
    return setting(None, told, recorded=False, **declared)


def baseline(**declared: Any) -> Any:
    """A baseline in place of a model."""
    told = "Rank with this, learned from the corpus at once, in place of a model."
    return setting(None, told, **declared)


def keep() -> Any:
    """Where a command works that otherwise leaves nothing."""
    told = "Work in this folder, new or empty, and leave the files there."
    return setting(None, told, metavar="DIR", recorded=False)


def init(default: str, **declared: Any) -> Any:
    """Vectors to start from."""
    told = "Vectors to start from: spectral (of who had what, of a tower), random, or a model's file."
    return setting(default, told, **declared)


def update(**declared: Any) -> Any:
    """What is gone on with."""
    told = (
        "Go on with what there is: a model, with its settings, on new text, or one of histories on new ones, "
        "where its words keep their ids and new ones follow; or users, on new events, which follow theirs."
    )
    return setting(None, told, suffix=".e2v", **declared)


def encoding(**declared: Any) -> Any:
    """Of text that is read."""
    told = "How the input is encoded, such as latin-1 or gb18030."
    return setting(None, told, metavar="NAME", shown="told by the first bytes", **declared)

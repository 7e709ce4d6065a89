"""What a model can be gone on with: histories where it is of histories, text where it is of text."""

from __future__ import annotations

from typing import Any

import numpy as np

from e2v.corpus.artifact import Corpus
from e2v.corpus.vocabulary import frozen_vocabulary
from e2v.errors import Advice, InputError
from e2v.store import Artifact, Keys
from e2v.store.provenance import Record

#: Arrays that `train` does not learn, and would lose.
_OF_OTHERS = ("bias", "features.bytes", "tower.length", "tower.0.weight")


class UpdatedCorpus(Corpus):
    """New histories with the vocabulary of a model, whose keys keep their ids; new ones follow.

    Counts add up. A key is called what the new corpus calls it, or else what the model does.
    """

    def __init__(self, corpus: Corpus, model: Artifact) -> None:
        from e2v.corpus.text.encoder import find  # imports numba

        self._made_of = corpus, model
        model.check(*(name for name in model.arrays if name.startswith("labels.")))
        old = frozen_vocabulary(model)
        occurred = np.bincount(corpus.tokens, minlength=len(corpus.keys))
        rows = find(corpus.keys, old).astype(np.int32)
        new = np.flatnonzero((rows < 0) & (occurred > 0))
        rows[new] = len(old.keys) + np.arange(len(new))
        there = np.flatnonzero(rows >= 0)
        counts = np.concatenate([old.counts, np.zeros(len(new), np.int64)])
        counts[rows[there]] += occurred[there]
        tokens = rows[corpus.tokens]
        tokens.flags.writeable = False  # as those of a file, so that kernels are not compiled twice
        self.path, self.name = corpus.path, corpus.name
        self.keys, self.counts = old.keys + corpus.keys.take(new), counts
        self.tokens, self.offsets = tokens, corpus.offsets
        self.ordered, self.names = corpus.ordered, corpus.names
        self.provenance, self.digest = corpus.provenance, corpus.digest
        self._artifact = corpus._artifact
        self.titles = None
        if model.titles is not None or corpus.titles is not None:
            known = [""] * len(old.keys) if model.titles is None else model.titles
            titles = [*known, *[""] * len(new)]
            if corpus.titles is not None:
                for row in there.tolist():
                    titles[rows[row]] = corpus.titles[row] or titles[rows[row]]
            self.titles = Keys.from_strings(titles)

    def __reduce__(self) -> tuple[Any, ...]:
        return UpdatedCorpus, self._made_of


def check_update(model: Artifact, name: str, *, histories: bool) -> None:
    """See that `train` can go on with a model on new text, or histories, called `name`.

    Raises:
        InputError: another command made the model, and what it learned would be lost; or it is of histories,
            and this is text, or the other way round.
    """
    if maker := other_maker(model):
        raise InputError(
            f"{model.path} is made by e2v {maker}, and training would not go on with what that learned",
            Advice(f"make it anew with e2v {maker} from all histories; {{init}} starts from its vectors"),
        )
    if model.has("new") or "item_features" in model.made:
        raise InputError(
            f"{model.path} is made with features of items, which it does not keep",
            Advice("make it anew of all histories with {item_features}; {init} starts from its vectors"),
        )
    of_histories = True if model.titles is not None else _of_histories(model.made.inner("corpus"))
    if of_histories and not histories:
        raise InputError(
            f"{model.path} is of histories, and {name} is text",
            "e2v events makes histories of it, which the model can be updated with",
        )
    if histories and of_histories is False:
        raise InputError(
            f"{model.path} is of text, and {name} holds histories",
            Advice("update it with text; {init} starts from its vectors"),
        )


def other_maker(model: Artifact) -> str | None:
    """The command, svd or tower, that made a model; None if it was neither."""
    command = model.made.inner("aligned").text("command") or model.made.text("command")
    if command == "svd":
        return command
    return "tower" if command == "tower" or any(map(model.arrays.__contains__, _OF_OTHERS)) else None


def _of_histories(corpus: Record) -> bool | None:
    """Whether the corpus that a model was made of was one of histories; None if its provenance is silent."""
    if corpus.flag("ordered") is not None or corpus.text("command") in ("events", "split"):
        return True
    return False if corpus.text("command") in ("vocab", "phrases") else None

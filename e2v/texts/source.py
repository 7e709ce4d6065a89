"""Whose words a text that is asked about is made of: the model's, or those of the model of other texts."""

from __future__ import annotations

import contextlib
from pathlib import Path

from e2v.errors import Advice, DamagedFileError, InputError, SettingError, UnknownKeyError
from e2v.settings import declared, resolve
from e2v.store import Artifact, open_artifact
from e2v.store.provenance import Record
from e2v.texts.embedder import TextEmbedder, TextVectors
from e2v.texts.settings import TextVectorSettings
from e2v.vectors import KeyedVectors, load_vectors
from e2v.vectors.settings import VectorSettings


def holds_texts(artifact: Artifact) -> bool:
    """Whether the file has vectors of texts, as `embed` makes them."""
    return artifact.kind == "vectors" and artifact.made.get("command") == "embed"


def require_words(artifact: Artifact) -> None:
    """See that the file has vectors of words.

    Raises:
        InputError: they are of texts.
    """
    if holds_texts(artifact):
        made_with = artifact.made.inner("model").text("name")
        raise InputError(
            f"{artifact.path} has vectors of texts, and texts are made of those of words",
            f"it was made with {made_with}" if made_with else None,
        )


def asking_embedder(
    artifact: Artifact, vectors: KeyedVectors, which: VectorSettings, words: Path | None
) -> TextEmbedder:
    """What makes vectors of texts in the space of some vectors; if these are of texts, as they were made.

    vectors: those of the file that are asked. which: how they were chosen. words: the model that the texts
    were made with; None: where it was, or beside the texts.

    Raises:
        InputError: that model is not to be found, or is another one now.
        SettingError: `words` for vectors that are words' own, or vectors of texts that are centred.
    """
    if not holds_texts(artifact):
        if words is not None:
            raise SettingError(
                "{words} is for vectors of texts, and {} has those of words",
                artifact.path,
                hint="leave it out",
            )
        return TextEmbedder(artifact, vectors, TextVectorSettings())
    if which.center:
        raise SettingError(
            "{center} does not go with {text} where vectors are of texts",
            hint="make these of centred vectors: e2v embed has the setting, too",
        )
    made = _recorded(artifact.made)
    model = _model_of(artifact, words)
    return TextEmbedder(model, load_vectors(model, made.vectors, center=made.center), made)


def require_known(text: str, embedder: TextEmbedder) -> TextVectors:
    """The vector of a text, which has a word that has one.

    Raises:
        UnknownKeyError: it has none.
    """
    made = embedder.embed([text])
    if not made.known[0]:
        raise no_known_word(text)
    return made


def no_known_word(text: str) -> UnknownKeyError:
    """The error for a text of whose words none has a vector."""
    error = UnknownKeyError(text)
    error.message = "no word of the text is in the vocabulary"
    return error


def _recorded(made: Record) -> TextVectorSettings:
    """How the texts of a file were made."""
    said = made.inner("settings")
    known = {name: said[name] for name in declared(TextVectorSettings) if name in said}
    try:
        return resolve(TextVectorSettings, known)
    except SettingError as error:
        raise DamagedFileError(f"{made.path} is damaged: provenance: {error}") from error


def _model_of(texts: Artifact, words: Path | None) -> Artifact:
    """The model that texts were made with, known by its digest."""
    made_with = texts.made.inner("model")
    name, digest = made_with.text("name") or "", made_with.text("digest")
    here = texts.path.parent
    places = [words] if words is not None else [Path(name), here / name, here / Path(name).name]
    another = None
    for place in places:
        with contextlib.suppress(InputError) if words is None else contextlib.nullcontext():
            found = open_artifact(place, "model", "vectors")
            if found.digest == digest:
                return found
            another = place
    if another is None:
        raise InputError(
            f"{texts.path} was made with {name}, which is not there", Advice("{words} says where it is")
        )
    if words is not None:
        raise InputError(f"{texts.path} was made with another model than {words}", f"it was called {name}")
    raise InputError(
        f"{another} is not what it was when {texts.path} was made",
        Advice("make that again, or name the model that it was made with: {words}"),
    )

"""The initial parameters of a user tower: item vectors, and layers that are nearly the identity."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.histories import Histories
from e2v.errors import Advice, InputError
from e2v.progress import Report, silent
from e2v.store import Keys, open_artifact
from e2v.training.linear.interactions import InteractionMatrix
from e2v.training.linear.svd import truncated_svd
from e2v.training.tower.network import Layer
from e2v.vectors.matrix import Floats

#: Root mean square of the numbers in both matrices at the start; the learning rate is to be seen against it.
_SIZE = 0.1
#: Ridge penalty of the last layer's fit, against the mean square of what it is fitted to.
_RIDGE = 1e-3


def spectral_start(
    histories: Histories,
    n_items: int,
    dim: int,
    seed: int,
    report: Report = silent,
    threads: int | None = None,
) -> tuple[Floats, Floats]:
    """float32[V, dim], inputs and outputs of the ideal low-pass filter of who had what.

    D^(-1/2) V and D^(1/2) V, with V the first right singular vectors of the scaled interactions and D the
    items' numbers of users: the low-rank part of GF-CF (Shen et al. 2021, equation 14). A history's sum of
    inputs against the outputs is that filter's score, so training starts where it ends.
    """
    matrix = InteractionMatrix(histories, n_items, threads)
    rank = min(dim, *matrix.shape)
    vectors = truncated_svd(matrix, rank, seed, report).items
    scale = matrix.item_scale[:, np.newaxis]
    # The columns beyond the rank, which are all that an item without users has, start small and random.
    rest = random_start(n_items, dim - rank, seed)
    inputs, outputs = (
        np.hstack((_scaled(part), np.float32(0.1) * random))
        for part, random in zip((vectors * scale, vectors / scale), rest, strict=True)
    )
    return inputs, outputs


def random_start(n_items: int, dim: int, seed: int) -> tuple[Floats, Floats]:
    """float32[V, dim], inputs and outputs drawn from a normal distribution."""
    rng = np.random.default_rng(seed)
    inputs, outputs = (rng.standard_normal((n_items, dim), np.float32) * np.float32(_SIZE) for _ in range(2))
    return inputs, outputs


def model_start(path: Path, keys: Keys, dim: int, seed: int) -> tuple[Floats, Floats]:
    """float32[V, dim], inputs and outputs of a trained model; items that it lacks start at random.

    Raises:
        InputError: its vectors have another length, it has none of the items, or no output vectors.
    """
    model = open_artifact(path, "model")
    if not model.has("output"):
        raise InputError(
            f"{path} has no output vectors to start from", "it was trained without negative sampling"
        )
    width = model.arrays["input"].shape[1]
    if width != dim:
        raise InputError(
            f"{path} has vectors of length {width}, not {dim}", Advice("{dim} {} starts from them", width)
        )
    rows = np.fromiter((model.keys.find(key) for key in keys), np.int64, len(keys))
    known = rows >= 0
    if not known.any():
        raise InputError(f"{path} has none of the corpus' items")
    inputs, outputs = random_start(len(keys), dim, seed)
    for start, name in ((inputs, "input"), (outputs, "output")):
        start[known] = _scaled(model.arrays[name][rows[known]])
    return inputs, outputs


def layers_start(
    hidden: tuple[int, ...], inputs: Floats, extra: Floats, seed: int
) -> tuple[Layer[Floats], ...]:
    """Layers through which the inputs of the start, pooled, come out nearly as they went in.

    inputs: float32[n, d], of some histories. extra: float32[n, f], what else the first layer takes.

    With ReLU layers: they are drawn as He et al. (2015), "Delving deep into rectifiers", section 2.2, and the
    last, linear one is the ridge regression of the inputs on what they give. Without: the identity, blind to
    the rest. With nothing to add to the inputs there need be no layer at all.
    """
    dim = inputs.shape[1]
    if not hidden:
        identity = np.vstack((np.eye(dim, dtype=np.float32), np.zeros((extra.shape[1], dim), np.float32)))
        return (Layer(identity, np.zeros(dim, np.float32)),) if extra.shape[1] else ()
    rng = np.random.default_rng(seed)
    size = np.float32(np.sqrt(np.mean(inputs**2, dtype=np.float64)) or 1)
    layers: list[Layer[Floats]] = []
    width = dim + extra.shape[1]
    for out in hidden:
        weight = rng.standard_normal((width, out), np.float32) * np.float32(np.sqrt(2 / width))
        layers.append(Layer(weight, np.zeros(out, np.float32)))
        width = out
    layers[0].weight[:dim] /= size  # so that they count as much as numbers around 1
    x = np.hstack((inputs, extra))
    for layer in layers:
        x = np.maximum(x @ layer.weight + layer.bias, 0)
    products = x.T @ x
    ridge = _RIDGE * np.trace(products) / width
    fitted = np.linalg.solve(products + ridge * np.eye(width), x.T @ inputs)
    return (*layers, Layer(fitted.astype(np.float32), np.zeros(dim, np.float32)))


def _scaled(vectors: NDArray[np.float32]) -> Floats:
    """The vectors, scaled to the root mean square that every start has."""
    size = np.sqrt(np.mean(np.square(vectors), dtype=np.float64))
    return vectors * np.float32(_SIZE / size if size > 0 else 1)

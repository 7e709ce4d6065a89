"""SASRec with a softmax over all items, by JAX: prints the measures, and the CPU seconds it learned, as JSON.

Kang and McAuley (2018), "Self-attentive sequential recommendation", 3: blocks of causal self-attention and a
feed-forward layer over a history's items and places; the loss is the cross-entropy over all items, by which
it was found to be ahead of its successors: Klenitskiy and Vasilev (2023), "Turning dross into gold loss". The
last item of some users is withheld, and the epoch is taken that ranks it best.
"""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from benchmarks.ranked import report
from e2v.corpus.artifact import open_corpus
from e2v.corpus.histories import Histories, user_histories

BATCH = 128
WITHHELD = 1_000
#: Epochs without a better one, after which it ends.
PATIENCE = 10
SHORTEST = 8
RANKED = 20

train, test, settings = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
corpus = open_corpus(train)
n_items, dim, longest = len(corpus.keys), settings["dim"], settings["length"]
random = np.random.default_rng(settings["seed"])

Params = dict[str, Any]


def initial_params() -> Params:
    """Of normal numbers, as far apart as the dimension wants; gains of 1."""

    def normal(*shape: int) -> jax.Array:
        return jnp.asarray(random.normal(0, shape[-1] ** -0.5, shape), jnp.float32)

    def norm() -> Params:
        return {"gain": jnp.ones(dim), "bias": jnp.zeros(dim)}

    blocks = [
        {
            **{name: normal(dim, dim) for name in ("query", "key", "value", "inner", "outer")},
            **{name: jnp.zeros(dim) for name in ("inner_bias", "outer_bias")},
            **{name: norm() for name in ("before_attention", "before_layer")},
        }
        for _ in range(settings["blocks"])
    ]
    return {
        "items": normal(n_items + 1, dim),
        "places": normal(longest, dim),
        "blocks": blocks,
        "last": norm(),
    }


def normalised(x: jax.Array, norm: Params) -> jax.Array:
    """Layer normalisation."""
    centred = x - x.mean(-1, keepdims=True)
    return centred / jnp.sqrt((centred**2).mean(-1, keepdims=True) + 1e-8) * norm["gain"] + norm["bias"]


def dropped(x: jax.Array, key: jax.Array | None) -> jax.Array:
    """A share of the numbers zero, the others larger by as much; all as they are where there is no key."""
    if key is None:
        return x
    kept = 1 - settings["dropout"]
    return jnp.where(jax.random.bernoulli(key, kept, x.shape), x / kept, 0)


def states(params: Params, items: jax.Array, key: jax.Array | None) -> jax.Array:
    """float32[b, l, dim] of int32[b, l], where n_items stands for nothing, in front."""
    keys = iter([None] * 99 if key is None else jax.random.split(key, 1 + 3 * settings["blocks"]))
    length = items.shape[1]
    there = items < n_items
    x = params["items"][items] * dim**0.5 + params["places"][longest - length :]
    x = dropped(x, next(keys)) * there[..., None]
    seen = jnp.tril(jnp.ones((length, length), bool)) & there[:, None, :]
    for block in params["blocks"]:
        asked = normalised(x, block["before_attention"])
        scores = (asked @ block["query"]) @ (x @ block["key"]).swapaxes(1, 2) / dim**0.5
        shares = dropped(jax.nn.softmax(jnp.where(seen, scores, -1e9), axis=-1), next(keys))
        x = normalised(asked + shares @ (x @ block["value"]), block["before_layer"])
        inner = dropped(jax.nn.relu(x @ block["inner"] + block["inner_bias"]), next(keys))
        x = x + dropped(inner @ block["outer"] + block["outer_bias"], next(keys))
        x = x * there[..., None]
    return normalised(x, params["last"])


def loss(params: Params, items: jax.Array, at: jax.Array, targets: jax.Array, key: jax.Array) -> jax.Array:
    """The mean cross-entropy of what came next; at: places in items.ravel(), -1 for none."""
    found = states(params, items, key).reshape(-1, dim)[at]
    scores = found @ params["items"][:n_items].T
    picked = jnp.take_along_axis(scores, targets[:, None], 1)[:, 0]
    lost = jax.nn.logsumexp(scores, axis=1) - picked
    return jnp.sum(jnp.where(at >= 0, lost, 0)) / jnp.sum(at >= 0)


optimiser = optax.adam(settings["lr"], b2=0.98)


@jax.jit
def step(params: Params, state: Any, batch: tuple[jax.Array, ...], key: jax.Array) -> tuple[Params, Any]:
    """One batch."""
    gradient = jax.grad(loss)(params, *batch, key)
    updates, state = optimiser.update(gradient, state)
    return optax.apply_updates(params, updates), state


@jax.jit
def last_scores(params: Params, items: jax.Array) -> jax.Array:
    """float32[b, n_items] of what may come after histories."""
    return states(params, items, None)[:, -1] @ params["items"][:n_items].T


def padded_length(length: int) -> int:
    """As few lengths as powers of two, so that few are compiled."""
    return min(max(SHORTEST, 1 << (length - 1).bit_length()), longest)


def batches(pieces: list[np.ndarray]) -> Iterator[tuple[np.ndarray, ...]]:
    """Of pieces of like length, in any order: items, places and targets."""
    by_length: dict[int, list[np.ndarray]] = {}
    for piece in (pieces[i] for i in random.permutation(len(pieces))):
        by_length.setdefault(padded_length(len(piece) - 1), []).append(piece)
    parts = [
        (length, each[i : i + BATCH])
        for length, each in by_length.items()
        for i in range(0, len(each), BATCH)
    ]
    for which in random.permutation(len(parts)):
        length, some = parts[which]
        items = padded([piece[:-1] for piece in some], length)
        targets = padded([piece[1:] for piece in some], length)
        at = np.flatnonzero(items < n_items).astype(np.int32)
        room = -(-len(at) // 512) * 512 - len(at)
        yield items, np.pad(at, (0, room), constant_values=-1), np.pad(targets.ravel()[at], (0, room))


def padded(rows: Sequence[np.ndarray], length: int) -> np.ndarray:
    """int32[BATCH, length] with each row's last items at its end."""
    items = np.full((BATCH, length), n_items, np.int32)
    for row, found in zip(items, rows, strict=False):
        if len(found):
            row[-len(found) :] = found[-length:]
    return items


def pieces_of(history: np.ndarray) -> list[np.ndarray]:
    """Pieces of as many steps as the model sees, each beginning where the one before ends."""
    ends = range(len(history), 1, -longest)
    return [history[max(end - longest - 1, 0) : end] for end in ends]


class SasRec:
    """A recommender, as `evaluate_ranking` asks it for scores."""

    keys = corpus.keys
    popularity = corpus.counts.astype(np.float32)

    def __init__(self, params: Params):
        self.params = params

    def scores(self, histories: Histories, _users: Sequence[str] = (), /) -> np.ndarray:
        """float32[users, items]."""
        rows = [histories[i] for i in range(len(histories))]
        parts = [
            last_scores(self.params, padded(rows[i : i + BATCH], longest))[: len(rows[i : i + BATCH])]
            for i in range(0, len(rows), BATCH)
        ]
        return np.concatenate([np.asarray(part) for part in parts])


def withheld_ndcg(params: Params, histories: list[np.ndarray]) -> float:
    """NDCG of the last item of each, among those that come before it nowhere."""
    total = 0.0
    for i in range(0, len(histories), BATCH):
        some = histories[i : i + BATCH]
        scores = np.array(last_scores(params, padded([each[:-1] for each in some], longest)))
        for row, history in zip(scores, some, strict=False):
            wanted = row[history[-1]]
            row[history[:-1]] = -np.inf
            rank = int((row > wanted).sum())
            total += 1 / np.log2(rank + 2) if rank < RANKED else 0.0
    return total / len(histories)


def learn() -> Params:
    """The epoch's parameters that rank what was withheld best."""
    histories = [each for each in user_histories(corpus)[1] if len(each) > 1]
    able = [i for i, each in enumerate(histories) if len(each) > 2]
    chosen = set(random.choice(able, min(WITHHELD, len(able) // 4), replace=False).tolist())
    asked = [histories[i] for i in sorted(chosen)]
    pieces = [
        piece for i, each in enumerate(histories) for piece in pieces_of(each[:-1] if i in chosen else each)
    ]
    params = best = initial_params()
    state, key = optimiser.init(params), jax.random.key(settings["seed"])
    highest, since = -1.0, 0
    for epoch in range(1, 1 + settings["epochs"]):
        for batch in batches(pieces):
            key, now = jax.random.split(key)
            params, state = step(params, state, batch, now)
        found = withheld_ndcg(params, asked)
        print(f"epoch {epoch}: NDCG@{RANKED} {found:.4f}, {time.process_time():.0f} CPU s", file=sys.stderr)
        highest, best, since = (found, params, 0) if found > highest else (highest, best, since + 1)
        if since == PATIENCE:
            break
    return best


learned = learn()
report(SasRec(learned), train, test, settings["threads"], time.process_time(), f"by JAX {version('jax')}")

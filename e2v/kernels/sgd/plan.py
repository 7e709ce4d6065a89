"""What a training run hands to the kernels, checked once."""

from dataclasses import dataclass
from queue import SimpleQueue
from typing import NamedTuple

import numpy as np

from e2v.kernels.sgd import replicas
from e2v.kernels.sgd.rows import LINE


class Sentences(NamedTuple):
    """What is trained on: sentence s is tokens[offsets[s] : offsets[s + 1]]; may be mapped from a file."""

    tokens: np.ndarray  #   i32[N]
    offsets: np.ndarray  #  i64[S + 1]
    keep: np.ndarray  #     f32[V]: the probability that an occurrence survives subsampling


class Subwords(NamedTuple):
    """Word w is the sum of weights[k] * inputs[rows[k]], k in offsets[w] : offsets[w + 1]."""

    offsets: np.ndarray  #           i64[V + 1]
    rows: np.ndarray  #              i32[Q]
    weights: np.ndarray  #           f32[Q]
    replicated: np.ndarray = ()  #   i64[]: the rows that units work on replicas of, those that are used most
    trained: np.ndarray = ()  #      i64[V]: so many of a word's parts are trained, the first; () if all are


class Matrices(NamedTuple):
    """What is trained, made by `allocate_rows`: V rows each, and columns from `dim` on zero.

    With subwords, inputs have a row for each part; with hierarchical softmax, outputs V - 1 for inner nodes.
    With either of them, `replica_rows` more rows follow. With frozen words, the first so many, `copy_rows`
    more outputs follow; neither an input nor an output row of theirs is ever written.
    """

    inputs: np.ndarray  #   f32[rows, stride]
    outputs: np.ndarray  #  f32[rows, stride]
    subwords: Subwords | None = None
    frozen: int = 0


class NegativeSampling(NamedTuple):
    """Noise words for each centre, shared by its context."""

    noise: np.ndarray  #  u64[V], an `alias_table`
    negative: int = 5


class HierarchicalSoftmax(NamedTuple):
    """The path of word w: nodes and labels[offsets[w] : offsets[w + 1]]."""

    offsets: np.ndarray  #  i64[V + 1]
    nodes: np.ndarray  #    i32[P]: inner nodes
    labels: np.ndarray  #   u8[P]: 1 - code


class Context(NamedTuple):
    """What predicts a centre: the words in its window, or the other items of its set."""

    window: int = 5  #            words on each side
    dynamic: bool = True  #       the reach is drawn uniformly from 1..window
    sets: bool = False  #         a sentence is a set (basket), and there is no window
    set_sample: int = 0  #        about so many partners for an item of a larger set (0: all)
    cbow: bool = False  #         the mean of the context predicts the centre, not each of its words
    cbow_divide: bool = True  #   each word gets the mean's gradient / their number (not: word2vec.c)


class Plan(NamedTuple):
    """What the kernels are told of a run: its matrices, tables and settings. Tables without use are empty.

    Kernels see the arrays as addresses (`simd.to_pointers`), hence the sizes beside them. The four modes are
    True or None: Numba leaves out what a function does only where an argument is not None, so that a kernel
    is compiled for each combination of modes, in half the time that one with all of them would take.
    """

    keep: np.ndarray  #              f32[V]
    inputs: np.ndarray  #            f32[rows, stride]
    outputs: np.ndarray  #           f32[rows, stride]
    noise: np.ndarray  #             u64[V], alias table
    path_offsets: np.ndarray  #      i64[V + 1]
    path_nodes: np.ndarray  #        i32[P]
    path_labels: np.ndarray  #       u8[P]
    part_offsets: np.ndarray  #      i64[V + 1]
    part_rows: np.ndarray  #         i32[2 * Q], row q at 2 * q (-1 - h: replica h), and
    part_weights: np.ndarray  #      f32[2 * Q], weight q at 2 * q + 1: the same memory, for locality
    part_norms: np.ndarray  #        f32[V]: 1 / (sum of a word's squared weights)
    replicated_parts: np.ndarray  #  i64[n_part_replicas]: their rows
    trained_parts: np.ndarray  #     i64[V], with frozen words
    vocabulary: int  #               V
    n_nodes: int  #                  V - 1 inner nodes with hierarchical softmax, of which
    n_node_replicas: int  #          so many are replicated: first_replicated_node and all after it
    first_replicated_node: int
    n_inputs: int  #                 rows of inputs, without replicas
    n_part_replicas: int
    n_frozen: int  #                 words whose rows stay as they are, the first
    stride: int  #                   floats in a row
    hierarchical: bool | None  #     paths, not noise
    composed: bool | None  #         an input vector is made of parts
    cbow: bool | None
    frozen: bool | None  #           some words are
    cbow_divide: bool
    set_sample: int
    window: int
    dynamic: bool
    negative: int


@dataclass(frozen=True)
class Trainer:
    """A plan and the sentences that it is for: what `train_unit` trains, from several threads at once."""

    tokens: np.ndarray  #                 i32[N]
    offsets: np.ndarray  #                i64[S + 1]
    plan: Plan
    sets: bool
    max_outputs: int  #                   output rows that a centre has at most
    max_parts: int  #                     parts that a word has at most
    free_replicas: SimpleQueue[int]  #    the numbers of the replicas that no unit is working on


def make_trainer(sentences, matrices, loss, context=Context(), threads=1):  # noqa: B008 - immutable
    """A `Trainer` for so many threads; ValueError where the arguments disagree.

    loss: NegativeSampling or HierarchicalSoftmax. Kernels do not check bounds, so all that they will follow
    is checked here.
    """
    vocabulary, subwords, frozen = len(sentences.keep), matrices.subwords, matrices.frozen
    hierarchical = isinstance(loss, HierarchicalSoftmax)
    _check_settings(loss, context)
    if frozen and hierarchical:
        raise ValueError("inner nodes are of no word, and cannot be frozen with it")
    if not hierarchical and len(loss.noise) != vocabulary:
        raise ValueError(f"noise is for {len(loss.noise)} words, keep for {vocabulary}")
    if matrices.inputs.shape[1] != matrices.outputs.shape[1]:
        raise ValueError("inputs and outputs must have the same stride")
    n_nodes = vocabulary - 1 if hierarchical else 0
    n_node_replicas = min(replicas.MAX_NODE_REPLICAS, n_nodes)
    n_part_replicas = len(subwords.replicated) if subwords else 0
    n_inputs = len(matrices.inputs) - replicas.replica_rows(n_part_replicas, threads)
    if n_inputs < vocabulary or (not hierarchical and len(matrices.outputs) < vocabulary):
        raise ValueError(f"inputs and outputs need a row for each of {vocabulary} words")
    plan = Plan(
        keep=_table(sentences.keep, np.float32),
        inputs=_matrix(matrices.inputs),
        outputs=_matrix(matrices.outputs),
        noise=_table(() if hierarchical else loss.noise, np.uint64),
        **_path_tables(loss if hierarchical else None, vocabulary, n_nodes),
        **_part_tables(subwords, vocabulary, n_inputs, frozen),
        vocabulary=vocabulary,
        n_nodes=n_nodes,
        n_node_replicas=n_node_replicas,
        first_replicated_node=n_nodes - n_node_replicas,
        n_inputs=n_inputs,
        n_part_replicas=n_part_replicas,
        n_frozen=int(frozen),
        stride=matrices.inputs.shape[1],
        hierarchical=hierarchical or None,
        composed=None if subwords is None else True,
        cbow=True if context.cbow else None,
        frozen=True if frozen else None,
        cbow_divide=bool(context.cbow_divide),
        set_sample=int(context.set_sample),
        window=int(context.window),
        dynamic=bool(context.dynamic),
        negative=1 if hierarchical else int(loss.negative),
    )
    tokens, offsets = _table(sentences.tokens, np.int32), _table(sentences.offsets, np.int64)
    _check_ids(tokens, vocabulary, "tokens")
    _check_offsets(offsets, len(tokens), "sentences")
    if len(matrices.outputs) < n_nodes + replicas.replica_rows(n_node_replicas, threads):
        raise ValueError(
            f"outputs need a row for each of {n_nodes} nodes, and replica_rows for {threads} threads"
        )
    max_outputs = int(np.diff(plan.path_offsets).max()) if hierarchical else plan.negative + 1
    if frozen and len(matrices.outputs) < vocabulary + replicas.copy_rows(max_outputs, threads):
        raise ValueError(f"outputs need copy_rows for {threads} threads")
    max_parts = int(np.diff(plan.part_offsets).max()) if subwords else 1
    free_replicas = SimpleQueue()
    for replica in range(threads):
        free_replicas.put(replica)
    return Trainer(tokens, offsets, plan, bool(context.sets), max_outputs, max_parts, free_replicas)


def _check_settings(loss, context):
    if isinstance(loss, NegativeSampling) and loss.negative < 1:
        raise ValueError("negative sampling needs at least 1 noise word")
    if context.set_sample == 1 or context.set_sample < 0:
        raise ValueError("a sample of a set is of at least 2 partners (0: all of them)")
    if context.window < 1:
        raise ValueError("a window reaches at least 1 word")


def _path_tables(paths, vocabulary, n_nodes):
    offsets, nodes, labels = paths or ((), (), ())
    if paths is not None:
        if len(offsets) != vocabulary + 1:
            raise ValueError(f"paths are for {len(offsets) - 1} words, keep for {vocabulary}")
        _check_offsets(offsets, min(len(nodes), len(labels)), "paths", least=1)
        _check_ids(nodes, n_nodes, "nodes of the paths")
    return {
        "path_offsets": _table(offsets, np.int64),
        "path_nodes": _table(nodes, np.int32),
        "path_labels": _table(labels, np.uint8),
    }


def _part_tables(parts, vocabulary, n_rows, frozen):
    if parts is None:
        offsets, pairs, norms, replicated, trained = (), np.empty((0, 2), np.int32), (), (), ()
    else:
        offsets, rows, weights, replicated, trained = parts
        replicated = np.asarray(replicated, np.int64)
        if len(offsets) != vocabulary + 1:
            raise ValueError(f"parts are for {len(offsets) - 1} words, keep for {vocabulary}")
        _check_offsets(offsets, min(len(rows), len(weights)), "parts", least=1)
        _check_ids(rows, n_rows, "rows of the parts")
        _check_ids(replicated, n_rows, "replicated parts")
        pairs = np.empty((len(rows), 2), np.int32)
        location = np.arange(n_rows, dtype=np.int32)
        location[replicated] = -1 - np.arange(len(replicated), dtype=np.int32)
        pairs[:, 0] = location[rows]
        pairs.view(np.float32)[:, 1] = weights
        squares = np.square(weights, dtype=np.float64)
        if not np.add.reduceat(squares, offsets[:-1]).min() > 0:
            raise ValueError("the weights of a word's parts must not all be zero")
        if frozen:
            trained, sizes = np.asarray(trained, np.int64), np.diff(offsets)
            if len(trained) != vocabulary or trained.min() < 0 or (trained > sizes).any():
                raise ValueError("of each word none to all of its parts are trained")
            number = np.arange(offsets[-1]) - np.repeat(offsets[:-1], sizes)
            squares[: offsets[-1]][number >= np.repeat(trained, sizes)] = 0
        sums = np.add.reduceat(squares, offsets[:-1])
        norms = 1 / np.where(sums > 0, sums, np.inf)
    return {
        "part_offsets": _table(offsets, np.int64),
        "part_rows": _table(pairs.reshape(-1), np.int32),
        "part_weights": _table(pairs.reshape(-1).view(np.float32), np.float32),
        "part_norms": _table(norms, np.float32),
        "replicated_parts": _table(replicated, np.int64),
        "trained_parts": _table(trained, np.int64),
    }


def _table(array, dtype):
    """A read-only contiguous view of array (a copy only where the types differ)."""
    view = np.ascontiguousarray(array, dtype).view(np.ndarray)[:]
    view.flags.writeable = False
    return view


def _matrix(array):
    if array.dtype != np.float32 or array.ndim != 2 or not array.flags.c_contiguous or array.shape[1] % LINE:
        raise ValueError(
            f"a matrix of rows must be a contiguous float32[n, stride], stride a multiple of {LINE}"
        )
    if array.ctypes.data % (4 * LINE):
        raise ValueError("rows must start on a cache line: make them with allocate_rows")
    return array


def _check_ids(ids, stop, what):
    """In pieces, as a mapped corpus may be larger than memory."""
    for start in range(0, len(ids), 1 << 20):
        piece = ids[start : start + (1 << 20)]
        if piece.min() < 0 or piece.max() >= stop:
            raise ValueError(f"the {what} hold ids outside of 0..{stop - 1}")


def _check_offsets(offsets, stop, what, least=0):
    if len(offsets) < 1 or offsets[0] < 0 or offsets[-1] > stop or np.any(np.diff(offsets) < least):
        raise ValueError(f"the offsets of the {what} are not in order")

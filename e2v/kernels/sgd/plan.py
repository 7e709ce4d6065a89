"""What a training run hands to the kernels, checked once."""

from dataclasses import dataclass
from queue import SimpleQueue
from typing import NamedTuple

import numpy as np

from e2v.kernels.sgd import replicas as copies
from e2v.kernels.sgd.rows import LINE


class Plan(NamedTuple):
    """What the kernels are told of a run: its matrices, tables and settings. Tables without use are empty.

    Always of the same types, so that one compiled kernel serves every combination of settings. Kernels see
    the arrays as addresses (`simd.bare`), hence the sizes beside them.
    """

    keep: np.ndarray  #          f32[V]
    inputs: np.ndarray  #        f32[rows, stride]
    outputs: np.ndarray  #       f32[rows, stride]
    noise: np.ndarray  #         u64[V], alias table
    path_offsets: np.ndarray  #  i64[V + 1]
    path_nodes: np.ndarray  #    i32[P]
    path_labels: np.ndarray  #   u8[P]
    part_offsets: np.ndarray  #  i64[V + 1]
    part_rows: np.ndarray  #     i32[2 * Q], row q at 2 * q (-1 - h: the copy of part_copies[h]), and
    part_weights: np.ndarray  #  f32[2 * Q], weight q at 2 * q + 1: the same memory, as they are read together
    part_norms: np.ndarray  #    f32[V]: 1 / (sum of a word's squared weights)
    part_copies: np.ndarray  #   i64[copied_parts]: the rows of the parts that have copies
    vocabulary: int  #           V
    nodes: int  #                V - 1 inner nodes with hierarchical softmax, of which
    copied_nodes: int  #         so many have copies: first_copied and all after it
    first_copied: int
    part_total: int  #           rows of inputs, without copies
    copied_parts: int
    stride: int  #               floats in a row
    hierarchical: bool  #        paths, not noise
    composed: bool  #            an input vector is made of parts
    cbow: bool
    cbow_divide: bool
    set_sample: int
    window: int
    dynamic: bool
    negative: int


@dataclass(frozen=True)
class Job:
    """A plan and the corpus that it is for: what the units of a run share."""

    tokens: np.ndarray  #        i32[N]
    offsets: np.ndarray  #       i64[S + 1]
    plan: Plan
    context_set: bool
    max_outputs: int  #          output rows that a centre has at most
    max_parts: int  #            parts that a word has at most
    lanes: SimpleQueue[int]  #   free places for a unit's copies of nodes


def make_job(
    *,
    tokens,
    offsets,
    keep,
    inputs,
    outputs,
    noise=None,
    paths=None,
    parts=None,
    part_copies=(),
    cbow=False,
    cbow_divide=True,
    context_set=False,
    set_sample=0,
    window=5,
    dynamic=True,
    negative=5,
    units=1,
):
    """A `Job` from the arrays and settings of the package's docstring; ValueError where they disagree.

    Kernels do not check bounds, so all that they will follow is checked here.
    """
    vocabulary = len(keep)
    if (noise is None) == (paths is None):
        raise ValueError("give either noise (negative sampling) or paths (hierarchical softmax)")
    if noise is not None and len(noise) != vocabulary:
        raise ValueError(f"noise is for {len(noise)} words, keep for {vocabulary}")
    if paths is None and negative < 1:
        raise ValueError("negative sampling needs at least 1 noise word")
    if set_sample == 1 or set_sample < 0:
        raise ValueError("a sample of a set is of at least 2 partners (0: all of them)")
    if window < 1:
        raise ValueError("a window reaches at least 1 word")
    if inputs.shape[1] != outputs.shape[1]:
        raise ValueError("inputs and outputs must have the same stride")
    nodes = vocabulary - 1 if paths is not None else 0
    copied_nodes = min(copies.COPIED_NODES, nodes)
    part_total = len(inputs) - copies.spare_rows(len(part_copies), units)
    if part_total < vocabulary or (paths is None and len(outputs) < vocabulary):
        raise ValueError(f"inputs and outputs need a row for each of {vocabulary} words")
    plan = Plan(
        keep=_table(keep, np.float32),
        inputs=_matrix(inputs),
        outputs=_matrix(outputs),
        noise=_table(() if noise is None else noise, np.uint64),
        **_path_tables(paths, vocabulary, nodes),
        **_part_tables(parts, vocabulary, part_total, part_copies),
        vocabulary=vocabulary,
        nodes=nodes,
        copied_nodes=copied_nodes,
        first_copied=nodes - copied_nodes,
        part_total=part_total,
        copied_parts=len(part_copies),
        stride=inputs.shape[1],
        hierarchical=paths is not None,
        composed=parts is not None,
        cbow=bool(cbow),
        cbow_divide=bool(cbow_divide),
        set_sample=int(set_sample),
        window=int(window),
        dynamic=bool(dynamic),
        negative=int(negative),
    )
    tokens, offsets = _table(tokens, np.int32), _table(offsets, np.int64)
    _check_ids(tokens, vocabulary, "tokens")
    _check_offsets(offsets, len(tokens), "sentences")
    if len(outputs) < nodes + copies.spare_rows(copied_nodes, units):
        raise ValueError(f"outputs need a row for each of {nodes} nodes, and spare_rows for {units} units")
    max_outputs = plan.negative + 1 if paths is None else int(np.diff(plan.path_offsets).max())
    lanes = SimpleQueue()
    for lane in range(units):
        lanes.put(lane)
    max_parts = 1 if parts is None else int(np.diff(plan.part_offsets).max())
    return Job(tokens, offsets, plan, bool(context_set), max_outputs, max_parts, lanes)


def _path_tables(paths, vocabulary, n_nodes):
    offsets, nodes, labels = ((), (), ()) if paths is None else paths
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


def _part_tables(parts, vocabulary, n_rows, part_copies):
    if parts is None:
        offsets, pairs, norms = (), np.empty((0, 2), np.int32), ()
    else:
        offsets, rows, weights = parts
        if len(offsets) != vocabulary + 1:
            raise ValueError(f"parts are for {len(offsets) - 1} words, keep for {vocabulary}")
        _check_offsets(offsets, min(len(rows), len(weights)), "parts", least=1)
        _check_ids(rows, n_rows, "rows of the parts")
        _check_ids(np.asarray(part_copies, np.int64), n_rows, "copied parts")
        pairs = np.empty((len(rows), 2), np.int32)
        place = np.arange(n_rows, dtype=np.int32)
        place[np.asarray(part_copies, np.int64)] = -1 - np.arange(len(part_copies), dtype=np.int32)
        pairs[:, 0] = place[rows]
        pairs.view(np.float32)[:, 1] = weights
        squares = np.add.reduceat(np.square(weights, dtype=np.float64), offsets[:-1])
        if not squares.min() > 0:
            raise ValueError("the weights of a word's parts must not all be zero")
        norms = 1 / squares
    return {
        "part_offsets": _table(offsets, np.int64),
        "part_rows": _table(pairs.reshape(-1), np.int32),
        "part_weights": _table(pairs.reshape(-1).view(np.float32), np.float32),
        "part_norms": _table(norms, np.float32),
        "part_copies": _table(part_copies, np.int64),
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

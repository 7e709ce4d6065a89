"""What a training run hands to the kernels, checked once."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from e2v.kernels.rows import LINE


class Plan(NamedTuple):
    """What the kernels are told of a run: its matrices, tables and settings. Tables without use are empty.

    Always of the same types, so that one compiled kernel serves every combination of settings. Kernels see the arrays
    as addresses (`simd.bare`), hence the sizes beside them.
    """

    keep: np.ndarray  #          f32[V]
    inputs: np.ndarray  #        f32[rows, stride]
    outputs: np.ndarray  #       f32[rows, stride]
    noise: np.ndarray  #         u64[V], alias table
    path_offsets: np.ndarray  #  i64[V + 1]
    path_nodes: np.ndarray  #    i32[P]
    path_labels: np.ndarray  #   u8[P]
    part_offsets: np.ndarray  #  i64[V + 1]
    part_rows: np.ndarray  #     i32[Q]
    part_weights: np.ndarray  #  f32[Q]
    vocabulary: int  #           V
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
    cbow=False,
    cbow_divide=True,
    context_set=False,
    set_sample=0,
    window=5,
    dynamic=True,
    negative=5,
):
    """A `Job` from the arrays and settings that the package's docstring lists. Raises ValueError where they disagree."""
    none = (np.empty(0, np.int64), np.empty(0, np.int32))
    path_offsets, path_nodes, path_labels = paths or (*none, np.empty(0, np.uint8))
    part_offsets, part_rows, part_weights = parts or (*none, np.empty(0, np.float32))
    plan = Plan(
        keep=_table(keep, np.float32),
        inputs=_matrix(inputs),
        outputs=_matrix(outputs),
        noise=_table(np.empty(0) if noise is None else noise, np.uint64),
        path_offsets=_table(path_offsets, np.int64),
        path_nodes=_table(path_nodes, np.int32),
        path_labels=_table(path_labels, np.uint8),
        part_offsets=_table(part_offsets, np.int64),
        part_rows=_table(part_rows, np.int32),
        part_weights=_table(part_weights, np.float32),
        vocabulary=len(keep),
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
    _check(plan, context_set)
    max_outputs = int(np.diff(path_offsets).max(initial=1)) if plan.hierarchical else plan.negative + 1
    job = Job(_table(tokens, np.int32), _table(offsets, np.int64), plan, bool(context_set), max_outputs)
    _check_ids(job.tokens, plan.vocabulary, "tokens")
    return job


def _table(array, dtype):
    """A read-only contiguous view of array (a copy only where the types differ)."""
    view = np.ascontiguousarray(array, dtype).view(np.ndarray)
    view = view[:]
    view.flags.writeable = False
    return view


def _matrix(array):
    if array.dtype != np.float32 or array.ndim != 2 or not array.flags.c_contiguous or array.shape[1] % LINE:
        raise ValueError(f"a matrix of rows must be a contiguous float32[n, stride], stride a multiple of {LINE}")
    if array.ctypes.data % (4 * LINE):
        raise ValueError("rows must start on a cache line: make them with allocate_rows")
    return array


def _check(plan, context_set):
    vocabulary = plan.vocabulary
    tables = [plan.noise, plan.path_offsets[1:], plan.part_offsets[1:]]
    if (len(plan.noise) > 0) == plan.hierarchical:
        raise ValueError("give either noise (negative sampling) or paths (hierarchical softmax)")
    if any(len(table) not in (0, vocabulary) for table in tables):
        raise ValueError("keep, noise, paths and parts must be of one vocabulary")
    if not plan.hierarchical and plan.negative < 1:
        raise ValueError("negative sampling needs at least 1 noise word")
    if plan.inputs.shape[1] != plan.outputs.shape[1]:
        raise ValueError("inputs and outputs must have the same stride")
    if plan.set_sample == 1 or plan.set_sample < 0:
        raise ValueError("a sample of a set is of at least 2 partners (0: all of them)")
    if plan.window < 1 and not context_set:
        raise ValueError("a window reaches at least 1 word")
    _check_ids(plan.path_nodes, len(plan.outputs), "nodes of the paths")
    _check_ids(plan.part_rows, len(plan.inputs), "rows of the parts")
    if not plan.composed and len(plan.inputs) < vocabulary:
        raise ValueError("inputs has fewer rows than the vocabulary has words")
    if not plan.hierarchical and len(plan.outputs) < vocabulary:
        raise ValueError("outputs has fewer rows than the vocabulary has words")


def _check_ids(ids, stop, what):
    """Kernels do not check bounds: an id out of range would write over other memory. In pieces, for a mapped corpus."""
    for start in range(0, len(ids), 1 << 20):
        piece = ids[start : start + (1 << 20)]
        if piece.min() < 0 or piece.max() >= stop:
            raise ValueError(f"the {what} hold ids outside of 0..{stop - 1}")

"""What a training run hands to the kernels, checked once."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from e2v.kernels.codegen.tiles import TILE_STRIDE
from e2v.kernels.sgd.parts import Parts, Subwords, new_parts
from e2v.kernels.sgd.tables import check_ids, check_offsets, matrix, table
from e2v.kernels.sgd.workspace import Sizes, Workspace, new_workspaces

#: Centres that share noise words, at most: `tiles.Shares` has room for so many.
MAX_CENTRES = TILE_STRIDE
#: Rows of inner nodes that are replicated, at most: the last, as a Huffman tree's root is made last.
MAX_NODE_REPLICAS = 255


class Sentences(NamedTuple):
    """What is trained on: sentence s is tokens[offsets[s] : offsets[s + 1]]; may be mapped from a file.

    In place of tokens there may be what has a length and gives such arrays, read-only, for slices.
    """

    tokens: np.ndarray  #   i32[N]
    offsets: np.ndarray  #  i64[S + 1]
    keep: np.ndarray  #     f32[V]: the probability that an occurrence survives subsampling


class Matrices(NamedTuple):
    """What is trained, made by `allocate_rows`: V rows each, and columns from `dim` on zero.

    With hierarchical softmax, outputs have V - 1 for inner nodes. frozen: so many words, the first, neither
    of whose rows is ever written.
    """

    inputs: np.ndarray  #   f32[rows, stride]
    outputs: np.ndarray  #  f32[rows, stride]
    subwords: Subwords | None = None
    frozen: int = 0


class NegativeSampling(NamedTuple):
    """Noise words for each centre, or each group of consecutive ones, shared by their contexts."""

    noise: np.ndarray  #  u64[V], an `alias_table`
    negative: int = 5
    centres: int = 1  #   in a group, MAX_CENTRES at most


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


class Tree(NamedTuple):
    """The path of word w is nodes[offsets[w] : offsets[w + 1]], with the labels beside."""

    offsets: np.ndarray  #  i64[V + 1]
    nodes: np.ndarray  #    i32[P]
    labels: np.ndarray  #   u8[P]
    first_replicated: int  # this node and all after it are replicated,
    replicas: int  #         so many


class Plan(NamedTuple):
    """What the kernels are told of a run: its matrices, tables and settings.

    Kernels see the arrays as addresses (`simd.to_pointers`), hence the sizes beside them. What a run may have
    or not is None where it has not, and True where there is no more to be said of it: Numba leaves out what
    a function does only where an argument is not None, so that a kernel is compiled for each combination, in
    half the time that one with all of them would take.
    """

    keep: np.ndarray  #        f32[V]
    inputs: np.ndarray  #      f32[rows, stride]
    outputs: np.ndarray  #     f32[rows, stride]
    stride: int  #             floats in a row
    vocabulary: int  #         V
    noise: np.ndarray | None  # u64[V], alias table
    tree: Tree | None  #       in place of noise
    parts: Parts | None  #     of which an input vector is made
    sets: bool | None  #       sets, not sentences
    cbow: bool | None
    shared: bool | None  #     several centres share their noise words
    frozen: bool | None  #     some words' rows stay as they are:
    n_frozen: int  #           so many, the first
    negative: int
    centres: int  #            in a step
    reach: int  #              words on each side of a centre that are kept in slots
    window: int
    dynamic: bool
    cbow_divide: bool
    set_sample: int


@dataclass(frozen=True)
class Trainer:
    """A plan, the sentences that it is for, and workspaces: what `train_unit` trains, a thread on each lane.

    tokens: i32[N]. offsets: i64[S + 1]. arena: u8[lanes, bytes], the memory of `spaces`.
    """

    tokens: np.ndarray
    offsets: np.ndarray
    plan: Plan
    spaces: Workspace
    arena: np.ndarray


def make_trainer(sentences, matrices, loss, context=Context(), threads=1, lr=0.025):  # noqa: B008 - immutable
    """A `Trainer` for so many threads; ValueError where the arguments disagree.

    loss: NegativeSampling or HierarchicalSoftmax. lr: the highest rate of its units; see `exchange_period`.
    Kernels do not check bounds, so all that they will follow is checked here, but the tokens: a corpus of
    many gigabytes is read once, when it is opened.
    """
    vocabulary, subwords, frozen = len(sentences.keep), matrices.subwords, matrices.frozen
    hierarchical = isinstance(loss, HierarchicalSoftmax)
    _check_settings(loss, context)
    if frozen and hierarchical:
        raise ValueError("inner nodes are of no word, and cannot be frozen with it")
    if not hierarchical and len(loss.noise) != vocabulary:
        raise ValueError(f"noise is for {len(loss.noise)} words, keep for {vocabulary}")
    inputs, outputs = matrix(matrices.inputs), matrix(matrices.outputs)
    if inputs.shape[1] != outputs.shape[1]:
        raise ValueError("inputs and outputs must have the same stride")
    n_outputs = vocabulary - 1 if hierarchical else vocabulary
    if len(inputs) < vocabulary or len(outputs) < n_outputs:
        raise ValueError(f"inputs and outputs need a row for each of {vocabulary} words")
    tokens, offsets = sentences.tokens, table(sentences.offsets, np.int64)
    if isinstance(tokens, np.ndarray):
        tokens = table(tokens, np.int32)
    longest = check_offsets(offsets, len(tokens), "sentences")
    in_slots = min(longest, context.set_sample + 1) if context.set_sample else longest
    plan = Plan(
        keep=table(sentences.keep, np.float32),
        inputs=inputs,
        outputs=outputs,
        stride=inputs.shape[1],
        vocabulary=vocabulary,
        noise=None if hierarchical else table(loss.noise, np.uint64),
        tree=_tree(loss, vocabulary) if hierarchical else None,
        parts=None if subwords is None else new_parts(subwords, vocabulary, inputs.shape[1], frozen),
        sets=True if context.sets else None,
        cbow=True if context.cbow else None,
        shared=True if not hierarchical and loss.centres > 1 else None,
        frozen=True if frozen else None,
        n_frozen=int(frozen),
        negative=1 if hierarchical else int(loss.negative),
        centres=1 if hierarchical else int(loss.centres),
        reach=in_slots if context.sets else int(context.window),
        window=int(context.window),
        dynamic=bool(context.dynamic),
        cbow_divide=bool(context.cbow_divide),
        set_sample=int(context.set_sample),
    )
    slots = in_slots if context.sets else 2 * plan.window + plan.centres
    sizes = Sizes(
        longest=longest,
        slots=slots + plan.centres,
        outputs=int(np.diff(plan.tree.offsets).max()) if hierarchical else plan.negative + plan.centres,
        parts=int(np.diff(subwords.offsets).max()) if subwords else 1,
    )
    return Trainer(tokens, offsets, plan, *new_workspaces(plan, sizes, threads, lr))


def _check_settings(loss, context):
    if isinstance(loss, NegativeSampling) and loss.negative < 1:
        raise ValueError("negative sampling needs at least 1 noise word")
    if isinstance(loss, NegativeSampling) and not 1 <= loss.centres <= MAX_CENTRES:
        raise ValueError(f"1 to {MAX_CENTRES} centres share their noise words")
    if context.set_sample == 1 or context.set_sample < 0:
        raise ValueError("a sample of a set is of at least 2 partners (0: all of them)")
    if context.window < 1:
        raise ValueError("a window reaches at least 1 word")


def _tree(paths, vocabulary):
    offsets, nodes, labels = paths
    if len(offsets) != vocabulary + 1:
        raise ValueError(f"paths are for {len(offsets) - 1} words, keep for {vocabulary}")
    check_offsets(offsets, min(len(nodes), len(labels)), "paths", least=1)
    check_ids(nodes, vocabulary - 1, "nodes of the paths")
    replicas = min(MAX_NODE_REPLICAS, vocabulary - 1)
    return Tree(
        offsets=table(offsets, np.int64),
        nodes=table(nodes, np.int32),
        labels=table(labels, np.uint8),
        first_replicated=vocabulary - 1 - replicas,
        replicas=replicas,
    )

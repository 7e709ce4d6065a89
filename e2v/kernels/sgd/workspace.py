"""What the units of a thread work on, most of it in the first-level cache."""

from typing import NamedTuple

import numpy as np

from e2v.kernels.codegen.tiles import TILE_STRIDE
from e2v.kernels.sgd.memory import LINE, allocate_lanes

#: Inputs in a block, at most: more of them (a wide window, a set) are worked as blocks one after another.
#: The sum of many steps along similar rows, each computed without the others, would overshoot.
MAX_INPUTS = 16
#: Uses of a replica between two exchanges, at most,
_LONGEST_PERIOD = 16
#: and of a row's replicas in all threads together, times the learning rate. Their sum overshoots likewise:
#: with twice as many hierarchical softmax over n-grams diverges, with eight times as many each of the two
#: may (benchmarks/lanes.py).
_MOST_APART = 3.2
#: Noise words drawn at once, about.
NOISE_BUFFER = 256

# What `Workspace.walk` holds, and where.
#: The unit's: its next sentence, and the one after its last; where its tokens begin, how many there are.
SENTENCE, LAST_SENTENCE, ORIGIN, TOKENS = range(4)
#: Of the sentence that was read last: its words, from where in `sentence` on; its next subset, of so many.
WORDS, AT, SUBSET, SUBSETS = range(4, 8)
#: The span that is walked over, and the next one: where in `sentence` they begin and end.
BEGIN, END, NEXT_BEGIN, NEXT_END = range(8, 12)
#: The first centre of the next step; the words that have been loaded and stored, and the slots after theirs.
FIRST, LOADED, LOAD_SLOT, STORED, STORE_SLOT = range(12, 17)
#: Where the outputs of the next step are, and how many.
OUTPUTS, N_OUTPUTS = range(17, 19)
#: Steps since the last whose loss was measured, and between two; the pairs that were measured, and all.
STEPS, LOSS_INTERVAL, MEASURED, PAIRS = range(19, 23)
_WALK = 23


class Workspace(NamedTuple):
    """The arrays of a lane are the rows of that number. Offsets count floats.

    The outputs of two steps are held, the current one's and the next one's: one from 0 on, the other from
    max_outputs on.
    """

    state: np.ndarray  #         u64[1]: the random stream
    noise_state: np.ndarray  #   u64[1]: that of the noise words, apart so that they can be drawn ahead
    noise: np.ndarray  #         u64[noise_size]: noise words, of which the last noise_left are unused
    noise_left: np.ndarray  #    i64[1]
    walk: np.ndarray  #          i64[_WALK]: how far the unit is
    rates: np.ndarray  #         f64[2]: the learning rate at the unit's first token, and after its last
    rate: np.ndarray  #          f32[3]: of the span, of the next one, of the sentence that was read last
    loss: np.ndarray  #          f64[1]: of the pairs that were measured
    sentence: np.ndarray  #      i32[2 * longest]: what subsampling leaves of a sentence, and of the next one
    work: np.ndarray  #          f32[3 * region]: the slots; as many partial sums; the slots as loaded
    slots: np.ndarray  #         i64[]: where in work the inputs of this step are
    held: np.ndarray  #          u8[slots]: whether the word in a slot is frozen
    rows: np.ndarray  #          i64[2 * max_outputs + TILE_STRIDE]: where the output rows start
    sources: np.ndarray  #       i64[2 * max_outputs]: the frozen row of which it is a copy, or -1
    multiplicity: np.ndarray  #  f32[2 * max_outputs + TILE_STRIDE]: how often the output counts
    labels: np.ndarray  #        f32[2 * max_outputs + TILE_STRIDE]: 1 or 0; where centres share outputs:
    columns: np.ndarray  #       i64[2 * max_outputs]: which of the outputs each centre of a group is
    counts: np.ndarray  #        f32[slots + 1]: see `tiles.Shares`
    positives: np.ndarray  #     f32[2 * TILE_STRIDE * (slots + 1)]: likewise
    reaches: np.ndarray  #       i64[centres]: how far the window of each centre of a group reaches
    bounds: np.ndarray  #        i64[centres + 1]: CBOW's mean i is of slots[bounds[i] : bounds[i + 1]]
    G: np.ndarray  #             f32[MAX_INPUTS * TILE_STRIDE]: a tile of coefficients
    rounding: np.ndarray  #      u32[LINE]: random streams, by which rows of parts are rounded
    parts: np.ndarray  #         i64[]: where the rows of a word's parts start
    node_replicas: np.ndarray  # f32[2 * replicas * stride]: those of inner nodes, and what they were
    part_replicas: np.ndarray  # u32[2 * replicas * words]: those of parts, likewise
    node_uses: np.ndarray  #     i64[replicas]: of each since its last exchange
    part_uses: np.ndarray  #     u8[replicas]
    copies: np.ndarray  #        f32[2 * max_outputs * stride]: those of frozen outputs
    places: np.ndarray  #        i64[3]: how far the replicas of nodes, of parts, and the copies are from the
    #                            matrix whose rows they stand for
    longest: int
    noise_size: int
    exchange_period: int  #      uses of a replica between two exchanges
    pitch: int  #                from a slot to the next
    region: int
    mean: int  #                 the first of the last `centres` slots, for CBOW's means
    max_outputs: int


#: What `Workspace.places` holds.
NODE_REPLICAS, PART_REPLICAS, COPIES = range(3)


def exchange_period(threads, lr):
    """Uses of a replica between two exchanges, where so many threads train at rates up to this one."""
    return int(max(1, min(_LONGEST_PERIOD, _MOST_APART / (threads * lr)))) if lr > 0 else _LONGEST_PERIOD


class Sizes(NamedTuple):
    """What a lane has room for: tokens of a sentence, slots, outputs of a step, parts of a word."""

    longest: int
    slots: int
    outputs: int
    parts: int


def new_workspaces(plan, sizes, lanes, lr):
    """A `Workspace` of so many lanes, for as many threads; also its arena. lr: the highest rate of a unit.

    Each lane is a run of whole cache lines, which nobody but its thread touches, from the first time on.
    """
    stride, centres, n_outputs = plan.stride, plan.centres, 2 * sizes.outputs + TILE_STRIDE
    noise_size = 1 if plan.noise is None else max(1, NOISE_BUFFER // plan.negative) * plan.negative
    pitch = stride
    region = sizes.slots * pitch
    nodes = 0 if plan.tree is None else plan.tree.replicas
    parts, words, trained = 0, 0, plan.inputs
    if plan.parts is not None:
        parts, words, trained = plan.parts.replicas, plan.parts.words, plan.parts.trained
    arrays = {
        "state": (np.uint64, 1),
        "noise_state": (np.uint64, 1),
        "noise": (np.uint64, noise_size),
        "noise_left": (np.int64, 1),
        "walk": (np.int64, _WALK),
        "rates": (np.float64, 2),
        "rate": (np.float32, 3),
        "loss": (np.float64, 1),
        "sentence": (np.int32, 2 * sizes.longest),
        "work": (np.float32, 3 * region),
        "slots": (np.int64, centres * (sizes.slots + 1)),
        "held": (np.uint8, sizes.slots),
        "rows": (np.int64, n_outputs),
        "sources": (np.int64, 2 * sizes.outputs),
        "multiplicity": (np.float32, n_outputs),
        "labels": (np.float32, n_outputs),
        "columns": (np.int64, 2 * sizes.outputs),
        "counts": (np.float32, sizes.slots + 1),
        "positives": (np.float32, 2 * TILE_STRIDE * (sizes.slots + 1)),
        "reaches": (np.int64, centres),
        "bounds": (np.int64, centres + 1),
        "G": (np.float32, MAX_INPUTS * TILE_STRIDE),
        "rounding": (np.uint32, LINE),
        "parts": (np.int64, sizes.parts),
        "node_replicas": (np.float32, 2 * nodes * stride),
        "part_replicas": (np.uint32, 2 * parts * words),
        "node_uses": (np.int64, nodes),
        "part_uses": (np.uint8, parts),
        "copies": (np.float32, 2 * sizes.outputs * stride if plan.frozen else 0),
        "places": (np.int64, 3),
    }
    arena, views = allocate_lanes(arrays, lanes)
    views["bounds"][:] = centres
    for place, name, matrix in (
        (NODE_REPLICAS, "node_replicas", plan.outputs),
        (PART_REPLICAS, "part_replicas", trained),
        (COPIES, "copies", plan.outputs),
    ):
        first = views[name].ctypes.data - matrix.ctypes.data
        views["places"][:, place] = (first + np.arange(lanes) * arena.strides[0]) // 4
    space = Workspace(
        **views,
        longest=sizes.longest,
        noise_size=noise_size,
        exchange_period=exchange_period(lanes, lr),
        pitch=pitch,
        region=region,
        mean=(sizes.slots - centres) * pitch,
        max_outputs=sizes.outputs,
    )
    return space, arena

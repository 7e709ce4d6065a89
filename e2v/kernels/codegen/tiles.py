"""The two small matrix products of every training step, emitted as LLVM IR for each width of tile.

A *block* has m input rows I and n output rows O, and one coefficient for each pair. Its columns are cut into
tiles, and a tile is stored as m rows of TILE_STRIDE floats of G. `coefficients` makes a tile from the logits
I O^T; `update` applies it. Emitting the IR, instead of compiling Numba loops, unrolls them for every width
and keeps the sums in registers.
"""

import functools
from typing import NamedTuple

import numpy as np
from llvmlite import ir
from numba.core import config, types
from numba.extending import intrinsic

from e2v.kernels.codegen import twins
from e2v.kernels.codegen.simd import (
    I32,
    I64,
    LANES,
    VECTOR,
    emit_fma,
    emit_load,
    emit_prefetch,
    emit_sigmoid,
    emit_splat,
    emit_store,
    unpack,
)

#: Floats between the rows of a tile of G.
TILE_STRIDE = 8
#: Output rows in a tile, at most: each needs two registers in `update`, and x86 without AVX-512 has but 16.
TILE_WIDTH = 8 if LANES == 16 else 6


class Block(NamedTuple):
    """The rows that a step works on. Kernels see the arrays as addresses; offsets count floats.

    Of an odd m, slots[first + m] is read as well, and a tile is filled to the next even row.
    """

    I: np.ndarray  #             float32[]: the input rows, row i from
    slots: np.ndarray  #         int64[]: slots[first + i] on, i < m
    first: int
    m: int
    O: np.ndarray  #             float32[]: the output rows, row j from
    rows: np.ndarray  #          int64[]: rows[j] on
    stride: int  #               floats in a row
    G: np.ndarray  #             float32[m * TILE_STRIDE]: a tile of coefficients
    multiplicity: np.ndarray  #  float32[]: of each output row, read by whole rows of a tile
    labels: np.ndarray  #        float32[]: likewise


class Shares(NamedTuple):
    """How often each input row of a block that several centres share is trained with each of them.

    The first outputs of the block are centres, TILE_STRIDE at most, and the rest noise. Of an odd m, one row
    more is read.
    """

    counts: np.ndarray  #     float32[]: how many centres input row i is trained with
    positives: np.ndarray  #  float32[]: how many of them are output j, at 2 * TILE_STRIDE * i + j; then zeros
    column: int  #            which of the block's outputs is the tile's first (TILE_STRIDE: or a later one)


class Tile(NamedTuple):
    """The output rows column..column + width of a block, and what `update` does with their sum G O.

    It is added to what stands `sums_from` floats after the input row, and stored `sums_to` floats after it,
    so that the input row can stay as it was until the last tile. upcoming: the first of `width` output rows
    to prefetch.
    """

    column: int
    width: int
    sums_from: int
    sums_to: int
    upcoming: int


def emit_loop(builder, start, stop, step, carried, body):
    """`for k in range(start, stop, step): carried = body(k, carried)`, at least once; returns carried."""
    before = builder.block
    block = builder.append_basic_block("loop")
    after = builder.append_basic_block("after")
    builder.branch(block)
    builder.position_at_end(block)
    k = builder.phi(I64)
    k.add_incoming(start, before)
    phis = []
    for value in carried:
        phi = builder.phi(value.type)
        phi.add_incoming(value, before)
        phis.append(phi)
    results = body(k, phis)
    following = builder.add(k, I64(step))
    k.add_incoming(following, builder.block)
    for phi, value in zip(phis, results, strict=True):
        phi.add_incoming(value, builder.block)
    builder.cbranch(builder.icmp_signed("<", following, stop), block, after)
    builder.position_at_end(after)
    return results


def _rows(builder, block, column, width):
    """The addresses O + rows[column + j], j < width."""
    offsets = (builder.load(builder.gep(block.rows, [builder.add(column, I64(j))])) for j in range(width))
    return [builder.gep(block.O, [offset]) for offset in offsets]


def emit_switch(builder, value, cases):
    """Run cases[v]() for the v that the i64 `value` has at run time."""
    end = builder.append_basic_block("end")
    switch = builder.switch(value, end)
    for v, emit in cases.items():
        block = builder.append_basic_block(f"case{v}")
        switch.add_case(I64(v), block)
        builder.position_at_end(block)
        emit()
        builder.branch(end)
    builder.position_at_end(end)


def _by_width(builder, width, emit):
    """Run emit(w) for the w in 1..TILE_WIDTH that the i64 `width` has at run time."""
    emit_switch(builder, width, {w: functools.partial(emit, w) for w in range(1, TILE_WIDTH + 1)})


def _emit_sums(builder, vectors):
    """One vector whose lane t is the sum of the lanes of vectors[t] (None: 0), LANES of them.

    Pairs are folded together, so that a reduction costs about three instructions a vector instead of nine.
    """
    mask_type = ir.VectorType(I32, LANES)

    def fold(a, b, low, high):
        if a is None and b is None:
            return None
        a, b = (ir.Constant(VECTOR, None) if v is None else v for v in (a, b))
        return builder.fadd(
            builder.shuffle_vector(a, b, ir.Constant(mask_type, low)),
            builder.shuffle_vector(a, b, ir.Constant(mask_type, high)),
        )

    masks, lanes = _fold_plan()
    vectors = [vectors[t] for t in lanes]
    for low, high in masks:
        vectors = [fold(a, b, low, high) for a, b in zip(vectors[::2], vectors[1::2], strict=True)]
    return vectors[0]


def _fold_plan():
    """The pairs of shuffles of each stage of `_emit_sums`, and which sum each leaf of its tree becomes.

    Halves of registers are put side by side first; the last two stages interleave within groups of four
    lanes, which are the shuffles that x86 does in one instruction.
    """
    masks = []
    size = LANES
    while size > 1:
        size //= 2
        if size >= 4:
            low = [block + t for block in range(0, 2 * LANES, 2 * size) for t in range(size)]
        else:
            low = [
                source + group + block + t
                for group in range(0, LANES, 4)
                for source in (0, LANES)
                for block in range(0, 4, 2 * size)
                for t in range(size)
            ]
        masks.append((low, [t + size for t in low]))
    # Trace each leaf through the stages: its lane in the result.
    trees = [[{leaf}] * LANES for leaf in range(LANES)]
    for low, high in masks:
        pairs = [a + b for a, b in zip(trees[::2], trees[1::2], strict=True)]
        trees = [[ab[s] | ab[t] for s, t in zip(low, high, strict=True)] for ab in pairs]
    lane_of = {leaf: lane for lane, (leaf,) in enumerate(trees[0])}
    return masks, [lane_of[leaf] for leaf in range(LANES)]


def _emit_logits(builder, block, outputs, finish):
    """Fill a tile of G with finish(a vector of logits, i, where its first one is from row i on).

    Two inputs are worked at a time.

    outputs: the addresses of the tile's output rows.
    """
    w = len(outputs)
    slots = builder.gep(block.slots, [block.first])

    def pair_of_inputs(i, _):
        starts = [builder.load(builder.gep(slots, [builder.add(i, I64(r))])) for r in range(2)]
        inputs = [builder.gep(block.I, [start]) for start in starts]

        def step(k, sums):
            xs = [emit_load(builder, p, k) for p in inputs]
            ys = [emit_load(builder, p, k) for p in outputs]
            pairs = ((x, y) for x in xs for y in ys)
            return [emit_fma(builder, x, y, s) for (x, y), s in zip(pairs, sums, strict=True)]

        zeros = [ir.Constant(VECTOR, None)] * (2 * w)
        sums = emit_loop(builder, I64(0), block.stride, LANES, zeros, step)
        lanes = [sums[r * w + j] if j < w else None for r in range(2) for j in range(TILE_STRIDE)]
        at = builder.mul(i, I64(TILE_STRIDE))
        for lane in range(0, 2 * TILE_STRIDE, LANES):
            if any(lanes[lane : lane + LANES]):
                total = finish(_emit_sums(builder, lanes[lane : lane + LANES]), i, lane)
                emit_store(builder, block.G, builder.add(at, I64(lane)), total)
        return []

    emit_loop(builder, I64(0), block.m, 2, [], pair_of_inputs)


def _emit_load_row(builder, pointer, index):
    """The lanes at pointer[index:]; TILE_STRIDE of them twice, where a vector holds two rows of a tile."""
    if LANES <= TILE_STRIDE:
        return emit_load(builder, pointer, index)
    half = ir.VectorType(ir.FloatType(), TILE_STRIDE)
    row = builder.load(builder.bitcast(builder.gep(pointer, [index]), half.as_pointer()), align=4)
    return builder.shuffle_vector(row, row, ir.Constant(ir.VectorType(I32, LANES), 2 * [*range(TILE_STRIDE)]))


@intrinsic
def dots(typingctx, block, column):
    """G[TILE_STRIDE * i + j] = the dot product of input row i and output row column + j, j < TILE_WIDTH."""

    def codegen(context, builder, signature, args):
        b = unpack(builder, block, args[0])
        _emit_logits(builder, b, _rows(builder, b, args[1], TILE_WIDTH), lambda logits, *_: logits)
        return context.get_dummy_value()

    return types.void(block, types.intp), codegen


@intrinsic
def coefficients(typingctx, block, tile, lr):
    """G[TILE_STRIDE * i + j] = lr * multiplicity[c] * (labels[c] - sigmoid(the logit)), c = column + j.

    lr: float32.
    """

    def codegen(context, builder, signature, args):
        b, t = unpack(builder, block, args[0]), unpack(builder, tile, args[1])
        rate = emit_splat(builder, args[2])

        def finish(logits, _, lane):
            at = builder.add(t.column, I64(lane % TILE_STRIDE))
            error = builder.fsub(_emit_load_row(builder, b.labels, at), emit_sigmoid(builder, logits))
            return builder.fmul(builder.fmul(rate, _emit_load_row(builder, b.multiplicity, at)), error)

        _by_width(
            builder, t.width, lambda w: _emit_logits(builder, b, _rows(builder, b, t.column, w), finish)
        )
        return context.get_dummy_value()

    return types.void(block, tile, types.float32), codegen


def _rows_of_lanes(builder, i, lane):
    """The one or two rows of a tile that a vector from lane `lane` of row i on is of."""
    first, last = lane // TILE_STRIDE, (lane + LANES - 1) // TILE_STRIDE
    return [builder.add(i, I64(row)) for row in range(first, last + 1)]


def _emit_counts(builder, counts, i, lane):
    """The count of the input row that each lane is of, from lane `lane` of row i on."""
    rows = _rows_of_lanes(builder, i, lane)
    vectors = [emit_splat(builder, builder.load(builder.gep(counts, [row]))) for row in rows]
    return vectors[0] if len(rows) == 1 else _emit_halves(builder, vectors)


def _emit_positives(builder, shares, i, lane):
    """What `shares` has at the place of each lane, from lane `lane` of row i on."""
    rows, column = _rows_of_lanes(builder, i, lane), builder.add(shares.column, I64(lane % TILE_STRIDE))
    starts = [builder.add(builder.mul(row, I64(2 * TILE_STRIDE)), column) for row in rows]
    vectors = [emit_load(builder, shares.positives, start) for start in starts]
    return vectors[0] if len(rows) == 1 else _emit_halves(builder, vectors)


def _emit_halves(builder, vectors):
    """The first halves of two vectors."""
    half = [*range(LANES // 2)]
    mask = half + [LANES + lane for lane in half]
    return builder.shuffle_vector(*vectors, ir.Constant(ir.VectorType(I32, LANES), mask))


@intrinsic
def shared_coefficients(typingctx, block, tile, shares, lr):
    """A tile of coefficients of outputs that several centres share.

    G[TILE_STRIDE * i + j] = lr * (p - (p + multiplicity[c] * (counts[i] - p)) * sigmoid(the logit)), with
    c = column + j, and p what `shares` has of input row i and this output. lr: float32.
    """

    def codegen(context, builder, signature, args):
        b, t = unpack(builder, block, args[0]), unpack(builder, tile, args[1])
        s = unpack(builder, shares, args[2])
        rate = emit_splat(builder, args[3])

        def finish(logits, i, lane):
            row = builder.add(b.first, i)
            positive = _emit_positives(builder, s, row, lane)
            others = builder.fsub(_emit_counts(builder, s.counts, row, lane), positive)
            at = builder.add(t.column, I64(lane % TILE_STRIDE))
            weight = emit_fma(builder, _emit_load_row(builder, b.multiplicity, at), others, positive)
            error = builder.fsub(positive, builder.fmul(weight, emit_sigmoid(builder, logits)))
            return builder.fmul(rate, error)

        _by_width(
            builder, t.width, lambda w: _emit_logits(builder, b, _rows(builder, b, t.column, w), finish)
        )
        return context.get_dummy_value()

    return types.void(block, tile, shares, types.float32), codegen


@intrinsic
def update(typingctx, block, tile):
    """For one tile, with the inputs and outputs as they were: I' = I + G O and O += G^T I; see `Tile`."""

    def codegen(context, builder, signature, args):
        b, t = unpack(builder, block, args[0]), unpack(builder, tile, args[1])
        slots = builder.gep(b.slots, [b.first])

        def emit_tile(w):
            outputs = _rows(builder, b, t.column, w)
            prefetched = _rows(builder, b, t.upcoming, w)

            def step(k, _):
                old = [emit_load(builder, p, k) for p in outputs]
                for p in prefetched:
                    emit_prefetch(builder, p, k, to_write=True)

                def one_input(i, new):
                    at = builder.add(builder.load(builder.gep(slots, [i])), k)
                    x = emit_load(builder, b.I, at)
                    row = builder.mul(i, I64(TILE_STRIDE))
                    g = [builder.load(builder.gep(b.G, [builder.add(row, I64(j))])) for j in range(w)]
                    g = [emit_splat(builder, value) for value in g]
                    total = emit_load(builder, b.I, builder.add(at, t.sums_from))
                    for j in range(w):
                        total = emit_fma(builder, g[j], old[j], total)
                    emit_store(builder, b.I, builder.add(at, t.sums_to), total)
                    return [emit_fma(builder, g[j], x, new[j]) for j in range(w)]

                new = emit_loop(builder, I64(0), b.m, 1, old, one_input)
                for p, value in zip(outputs, new, strict=True):
                    emit_store(builder, p, k, value)
                return []

            emit_loop(builder, I64(0), b.stride, LANES, [], step)

        _by_width(builder, t.width, emit_tile)
        return context.get_dummy_value()

    return types.void(block, tile), codegen


if config.DISABLE_JIT:
    TILE_WIDTH, dots, coefficients, update = twins.TILE_WIDTH, twins.dots, twins.coefficients, twins.update
    shared_coefficients = twins.shared_coefficients

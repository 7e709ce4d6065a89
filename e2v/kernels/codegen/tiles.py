"""The two small matrix products of every training step, emitted as LLVM IR for each width of tile.

A *block* has m input rows I and n output rows O, and one coefficient for each pair. Its columns are cut into
tiles, and a tile is stored as m rows of ROW floats of G. `coefficients` makes a tile of the logits I . O^T;
`update` applies it. Writing the IR out, instead of Numba loops, is what unrolls them for every width from one
text and keeps the sums in registers.
"""

import functools

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
)

#: Floats between the rows of a tile of G.
ROW = 8
#: Output rows in a tile, at most: each needs two registers in `update`, and x86 without AVX-512 has but 16.
COLUMNS = 8 if LANES == 16 else 6


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


def _rows(builder, O, rows, column, width):
    """The addresses O + rows[column + j], j < width."""
    offsets = (builder.load(builder.gep(rows, [builder.add(column, I64(j))])) for j in range(width))
    return [builder.gep(O, [offset]) for offset in offsets]


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
    """Run emit(w) for the w in 1..COLUMNS that the i64 `width` has at run time."""
    emit_switch(builder, width, {w: functools.partial(emit, w) for w in range(1, COLUMNS + 1)})


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
    # Follow each leaf through the stages to learn the lane it ends in.
    trees = [[{leaf}] * LANES for leaf in range(LANES)]
    for low, high in masks:
        pairs = [a + b for a, b in zip(trees[::2], trees[1::2], strict=True)]
        trees = [[ab[s] | ab[t] for s, t in zip(low, high, strict=True)] for ab in pairs]
    lane_of = {leaf: lane for lane, (leaf,) in enumerate(trees[0])}
    return masks, [lane_of[leaf] for leaf in range(LANES)]


def _emit_logits(builder, I, slots, m, outputs, stride, G, finish):
    """Fill a tile of G with finish(a vector of logits, the column of its first one), two inputs at a time."""
    w = len(outputs)

    def pair_of_inputs(i, _):
        starts = [builder.load(builder.gep(slots, [builder.add(i, I64(r))])) for r in range(2)]
        inputs = [builder.gep(I, [start]) for start in starts]

        def step(k, sums):
            xs = [emit_load(builder, p, k) for p in inputs]
            ys = [emit_load(builder, p, k) for p in outputs]
            pairs = ((x, y) for x in xs for y in ys)
            return [emit_fma(builder, x, y, s) for (x, y), s in zip(pairs, sums, strict=True)]

        sums = emit_loop(builder, I64(0), stride, LANES, [ir.Constant(VECTOR, None)] * (2 * w), step)
        lanes = [sums[r * w + j] if j < w else None for r in range(2) for j in range(ROW)]
        at = builder.mul(i, I64(ROW))
        for lane in range(0, 2 * ROW, LANES):
            if any(lanes[lane : lane + LANES]):
                total = finish(_emit_sums(builder, lanes[lane : lane + LANES]), I64(lane % ROW))
                emit_store(builder, G, builder.add(at, I64(lane)), total)
        return []

    emit_loop(builder, I64(0), m, 2, [], pair_of_inputs)


@intrinsic
def dots(typingctx, I, slots, first, m, O, rows, column, stride, G):
    """G[ROW * i + j] = the dot product of input slots[first + i] and output rows[column + j], j < COLUMNS.

    I, O, G: float32 pointers; slots, rows: int64 pointers, where each row starts. Of an odd m,
    slots[first + m] is read as well and the tile filled to the next even row.
    """

    def codegen(context, builder, signature, args):
        I, slots, first, m, O, rows, column, stride, G = args
        slots, outputs = builder.gep(slots, [first]), _rows(builder, O, rows, column, COLUMNS)
        _emit_logits(builder, I, slots, m, outputs, stride, G, lambda logits, _: logits)
        return context.get_dummy_value()

    n = types.intp
    return types.void(I, slots, n, n, O, rows, n, n, G), codegen


@intrinsic
def coefficients(typingctx, width, I, slots, first, m, O, rows, column, stride, G, multiplicity, labels, lr):
    """G[ROW * i + j] = lr * multiplicity[column + j] * (labels[column + j] - sigmoid(the logit)).

    As of `dots`, but j < width. multiplicity, labels: float32 pointers, read by whole rows of a tile.
    """

    def codegen(context, builder, signature, args):
        width, I, slots, first, m, O, rows, column, stride, G, multiplicity, labels, lr = args
        slots, rate = builder.gep(slots, [first]), emit_splat(builder, lr)

        def finish(logits, j):
            at = builder.add(column, j)
            error = builder.fsub(_emit_load_row(builder, labels, at), emit_sigmoid(builder, logits))
            return builder.fmul(builder.fmul(rate, _emit_load_row(builder, multiplicity, at)), error)

        def tile(w):
            _emit_logits(builder, I, slots, m, _rows(builder, O, rows, column, w), stride, G, finish)

        _by_width(builder, width, tile)
        return context.get_dummy_value()

    n = types.intp
    return types.void(n, I, slots, n, n, O, rows, n, n, G, multiplicity, labels, types.float32), codegen


def _emit_load_row(builder, pointer, index):
    """The lanes at pointer[index:]; ROW of them twice, where a vector holds two rows of a tile."""
    if LANES <= ROW:
        return emit_load(builder, pointer, index)
    half = ir.VectorType(ir.FloatType(), ROW)
    row = builder.load(builder.bitcast(builder.gep(pointer, [index]), half.as_pointer()), align=4)
    return builder.shuffle_vector(row, row, ir.Constant(ir.VectorType(I32, LANES), 2 * [*range(ROW)]))


@intrinsic
def update(typingctx, width, I, before, after, slots, first, m, O, rows, column, upcoming, stride, G):
    """For one tile, with the inputs and outputs as they were: I' = I + G O and O += G^T I.

    I is read at slots[first + i]; the sum G O is added to what stands `before` floats after that and goes
    `after` floats after it, so that I itself can stay as it was until the last tile. rows[upcoming:] of O
    are prefetched.
    """

    def codegen(context, builder, signature, args):
        width, I, before, after, slots, first, m, O, rows, column, upcoming, stride, G = args
        slots = builder.gep(slots, [first])

        def tile(w):
            outputs = _rows(builder, O, rows, column, w)
            prefetched = _rows(builder, O, rows, upcoming, w)

            def step(k, _):
                old = [emit_load(builder, p, k) for p in outputs]
                for p in prefetched:
                    emit_prefetch(builder, p, k, to_write=True)

                def one_input(i, new):
                    at = builder.add(builder.load(builder.gep(slots, [i])), k)
                    x = emit_load(builder, I, at)
                    row = builder.mul(i, I64(ROW))
                    g = [builder.load(builder.gep(G, [builder.add(row, I64(j))])) for j in range(w)]
                    g = [emit_splat(builder, value) for value in g]
                    total = emit_load(builder, I, builder.add(at, before))
                    for j in range(w):
                        total = emit_fma(builder, g[j], old[j], total)
                    emit_store(builder, I, builder.add(at, after), total)
                    return [emit_fma(builder, g[j], x, new[j]) for j in range(w)]

                new = emit_loop(builder, I64(0), m, 1, old, one_input)
                for p, value in zip(outputs, new, strict=True):
                    emit_store(builder, p, k, value)
                return []

            emit_loop(builder, I64(0), stride, LANES, [], step)

        _by_width(builder, width, tile)
        return context.get_dummy_value()

    n = types.intp
    return types.void(n, I, n, n, slots, n, n, O, rows, n, n, n, G), codegen


if config.DISABLE_JIT:
    COLUMNS, dots, coefficients, update = twins.COLUMNS, twins.dots, twins.coefficients, twins.update

"""Sums of rows of bfloat16, and changes scattered back to the rows, emitted as LLVM IR as the tiles are.

Rows are worked by cache lines, whose sums stay in registers: one vector at a time, each addition would wait
for the one before. How numbers lie in a line: `e2v.kernels.sgd.bfloat16`. Offsets in rows count words, those
in what is summed count floats.
"""

import functools
from typing import NamedTuple

import numpy as np
from llvmlite import ir
from numba.core import config, types
from numba.extending import intrinsic

from e2v.kernels.codegen import twins
from e2v.kernels.codegen.bfloat16 import emit_high, emit_low, emit_random, emit_round, emit_words
from e2v.kernels.codegen.simd import I64, LANES, VECTOR, emit_load, emit_splat, emit_store, unpack
from e2v.kernels.codegen.tiles import emit_loop, emit_switch

#: Words in a cache line.
LINE = 16
#: What random bits grow by from row to row: 2^16 / golden ratio in either half. The bits of two rows are less
#: alike than those of chance would be, so that in the sum of rows the errors of rounding cancel out.
ROW_STEP = 0x9E379E37


class Rows(NamedTuple):
    """Row i < n, n > 0, of a matrix of bfloat16, from starts[i] on."""

    matrix: np.ndarray  #  uint32[]
    starts: np.ndarray  #  int64[]
    n: int


class Change(NamedTuple):
    """share * (slots[now:] - slots[before:])."""

    share: float  #       float32
    slots: np.ndarray  #  float32[]
    now: int
    before: int


#: Where the vectors of words of a line begin, and how their halves are widened.
_VECTORS = range(0, LINE, LANES)
_WIDEN = (emit_low, emit_high)


def _by_halves(builder, halves, emit):
    """Run emit(n) for how many of a line's two halves have numbers, which `halves` is at run time."""
    emit_switch(builder, halves, {n: functools.partial(emit, n) for n in (1, 2)})


def _emit_row(builder, rows, i, line):
    """The address of a line of row i."""
    start = builder.load(builder.gep(rows.starts, [i]))
    return builder.gep(rows.matrix, [builder.add(start, line)])


@intrinsic
def gather(typingctx, rows, line, halves, target, at):
    """target[at + 2 * line:] = the sum of a cache line of `rows`, from word `line` on; 16 floats a half.

    target: float32 pointer.
    """

    def codegen(context, builder, signature, args):
        summed = unpack(builder, rows, args[0])
        _, line, halves, target, at = args
        target = builder.gep(target, [builder.add(at, builder.mul(line, I64(2)))])

        def emit(n):
            def add_row(i, sums):
                row = _emit_row(builder, summed, i, line)
                words = [emit_words(builder, row, I64(place)) for place in _VECTORS]
                numbers = [widen(builder, vector) for widen in _WIDEN[:n] for vector in words]
                return [builder.fadd(total, x) for total, x in zip(sums, numbers, strict=True)]

            zeros = [ir.Constant(VECTOR, None)] * (n * len(_VECTORS))
            sums = emit_loop(builder, I64(0), summed.n, 1, zeros, add_row)
            for number, total in zip(range(0, n * LINE, LANES), sums, strict=True):
                emit_store(builder, target, I64(number), total)

        _by_halves(builder, halves, emit)
        return context.get_dummy_value()

    return types.void(rows, types.intp, types.intp, target, types.intp), codegen


@intrinsic
def scatter(typingctx, rows, line, halves, change, streams):
    """Add a change to a cache line of each of `rows`, from word `line` on; of the change 16 floats a half.

    change: a Change. streams: uint32[16], a random stream for each word of a line, drawn from once; rows
    further on take the bits plus so many times ROW_STEP. A sum is rounded to the next bfloat16 above or
    below, by the bits: it is the sum in the mean.
    """

    def codegen(context, builder, signature, args):
        changed, moved = unpack(builder, rows, args[0]), unpack(builder, change, args[3])
        _, line, halves, _, streams = args
        first = builder.mul(line, I64(2))
        now = builder.gep(moved.slots, [builder.add(first, moved.now)])
        before = builder.gep(moved.slots, [builder.add(first, moved.before)])

        def emit(n):
            share = emit_splat(builder, moved.share)

            def change_of(number):
                there, was = (emit_load(builder, slots, I64(number)) for slots in (now, before))
                return builder.fmul(share, builder.fsub(there, was))

            changes = [[change_of(place + half * LINE) for half in range(n)] for place in _VECTORS]
            bits = [emit_random(builder, streams, I64(place)) for place in _VECTORS]
            step = ir.Constant(bits[0].type, [ROW_STEP] * LANES)

            def add_to_row(i, bits):
                row = _emit_row(builder, changed, i, line)
                for place, changes_here, random in zip(_VECTORS, changes, bits, strict=True):
                    words = emit_words(builder, row, I64(place))
                    numbers = [widen(builder, words) for widen in _WIDEN[:n]]
                    sums = [builder.fadd(x, y) for x, y in zip(numbers, changes_here, strict=True)]
                    emit_store(builder, row, I64(place), emit_round(builder, sums, random))
                return [builder.add(random, step) for random in bits]

            emit_loop(builder, I64(0), changed.n, 1, bits, add_to_row)

        _by_halves(builder, halves, emit)
        return context.get_dummy_value()

    return types.void(rows, types.intp, types.intp, change, streams), codegen


if config.DISABLE_JIT:
    gather, scatter = twins.gather, twins.scatter

"""Weighted sums of rows, and their changes scattered back to the rows, emitted as LLVM IR as the tiles are.

Rows are worked in pieces of up to PIECE_VECTORS vectors that stay in registers: one vector at a time, each
addition would wait for the one before, and a row would be read as often as it has vectors.
"""

from typing import NamedTuple

import numpy as np
from llvmlite import ir
from numba.core import config, types
from numba.extending import intrinsic

from e2v.kernels.codegen import twins
from e2v.kernels.codegen.simd import I64, LANES, VECTOR, emit_fma, emit_load, emit_splat, emit_store, unpack
from e2v.kernels.codegen.tiles import emit_loop, emit_switch

#: Vectors in a piece of a row, at most, and floats.
PIECE_VECTORS = 4
PIECE_FLOATS = PIECE_VECTORS * LANES


class WeightedRows(NamedTuple):
    """Row i < n of a matrix, from starts[i] on, with the weight weights[first + 2 * i]."""

    matrix: np.ndarray  #   float32[]
    starts: np.ndarray  #   int64[]
    weights: np.ndarray  #  float32[]
    first: int
    n: int


class Change(NamedTuple):
    """The difference slots[now:] - slots[before:]."""

    slots: np.ndarray  #  float32[]
    now: int
    before: int


def _by_vectors(builder, vectors, emit):
    """Run emit([offsets of the vectors]) for the number of vectors that `vectors` has at run time."""
    cases = {n: [I64(v * LANES) for v in range(n)] for n in range(1, PIECE_VECTORS + 1)}
    emit_switch(builder, vectors, {n: lambda offsets=offsets: emit(offsets) for n, offsets in cases.items()})


def _emit_part(builder, rows, i, k):
    """The address of element k of row i, and its weight."""
    start = builder.load(builder.gep(rows.starts, [i]))
    weight = builder.gep(rows.weights, [builder.add(rows.first, builder.mul(i, I64(2)))])
    return builder.gep(rows.matrix, [builder.add(start, k)]), builder.load(weight)


@intrinsic
def gather(typingctx, rows, k, vectors, target, at):
    """target[at:] = the weighted sum of the elements from k on of `rows`, WeightedRows; so many vectors.

    target: float32 pointer.
    """

    def codegen(context, builder, signature, args):
        parts = unpack(builder, rows, args[0])
        _, k, vectors, target, at = args
        target = builder.gep(target, [at])

        def piece(offsets):
            def add_part(i, sums):
                row, weight = _emit_part(builder, parts, i, k)
                weight = emit_splat(builder, weight)
                vectors = [emit_load(builder, row, offset) for offset in offsets]
                return [emit_fma(builder, weight, x, total) for x, total in zip(vectors, sums, strict=True)]

            zeros = [ir.Constant(VECTOR, None)] * len(offsets)
            sums = emit_loop(builder, I64(0), parts.n, 1, zeros, add_part)
            for offset, total in zip(offsets, sums, strict=True):
                emit_store(builder, target, offset, total)

        _by_vectors(builder, vectors, piece)
        return context.get_dummy_value()

    return types.void(rows, types.intp, types.intp, target, types.intp), codegen


@intrinsic
def scatter(typingctx, rows, k, vectors, norm, change):
    """Add norm * weight * change to the elements from k on of each of `rows`, WeightedRows; so many vectors.

    norm: float32. change: a Change.
    """

    def codegen(context, builder, signature, args):
        parts, difference = unpack(builder, rows, args[0]), unpack(builder, change, args[4])
        _, k, vectors, norm, _ = args
        now = builder.gep(difference.slots, [difference.now])
        before = builder.gep(difference.slots, [difference.before])

        def piece(offsets):
            changes = [
                builder.fsub(emit_load(builder, now, offset), emit_load(builder, before, offset))
                for offset in offsets
            ]

            def add_to_part(i, _):
                row, weight = _emit_part(builder, parts, i, k)
                share = emit_splat(builder, builder.fmul(norm, weight))
                for offset, moved in zip(offsets, changes, strict=True):
                    total = emit_fma(builder, share, moved, emit_load(builder, row, offset))
                    emit_store(builder, row, offset, total)
                return []

            emit_loop(builder, I64(0), parts.n, 1, [], add_to_part)

        _by_vectors(builder, vectors, piece)
        return context.get_dummy_value()

    return types.void(rows, types.intp, types.intp, types.float32, change), codegen


if config.DISABLE_JIT:
    gather, scatter = twins.gather, twins.scatter

"""Weighted sums of rows, and their changes handed back to the rows, emitted as LLVM IR as the tiles are.

Rows are worked in pieces of up to COLUMNS vectors that stay in registers: one vector at a time, each addition
would wait for the one before, and a row be read in as many places as it has vectors.
"""

from llvmlite import ir
from numba.core import config, types
from numba.extending import intrinsic

from e2v.kernels.codegen import twins
from e2v.kernels.codegen.simd import I64, LANES, VECTOR, emit_fma, emit_load, emit_splat, emit_store
from e2v.kernels.codegen.tiles import emit_loop, emit_switch

#: Vectors in a piece of a row, at most, and floats.
COLUMNS = 4
PIECE = COLUMNS * LANES


def _by_columns(builder, columns, emit):
    """Run emit([offsets of the vectors]) for the number of vectors that `columns` has at run time."""
    cases = {n: [I64(c * LANES) for c in range(n)] for n in range(1, COLUMNS + 1)}
    emit_switch(builder, columns, {n: lambda offsets=offsets: emit(offsets) for n, offsets in cases.items()})


def _emit_part(builder, matrix, starts, weights, i, k):
    """The address of element k of the row at starts[i], and its weight: every second number is one."""
    row = builder.gep(matrix, [builder.add(builder.load(builder.gep(starts, [i])), k)])
    return row, builder.load(builder.gep(weights, [builder.mul(i, I64(2))]))


@intrinsic
def gather(typingctx, columns, matrix, starts, weights, first, n, k, target, at):
    """target[at:] = the sum over i < n of weights[first + 2 * i] * matrix[starts[i] + k:], `columns` vectors.

    matrix, weights, target: float32 pointers; starts: an int64 pointer.
    """

    def codegen(context, builder, signature, args):
        columns, matrix, starts, weights, first, n, k, target, at = args
        weights = builder.gep(weights, [first])
        target = builder.gep(target, [at])

        def piece(offsets):
            def add_part(i, sums):
                row, weight = _emit_part(builder, matrix, starts, weights, i, k)
                weight = emit_splat(builder, weight)
                vectors = [emit_load(builder, row, offset) for offset in offsets]
                return [emit_fma(builder, weight, x, total) for x, total in zip(vectors, sums, strict=True)]

            zero = ir.Constant(VECTOR, None)
            for offset, total in zip(
                offsets, emit_loop(builder, I64(0), n, 1, [zero] * len(offsets), add_part), strict=True
            ):
                emit_store(builder, target, offset, total)

        _by_columns(builder, columns, piece)
        return context.get_dummy_value()

    i = types.intp
    return types.void(i, matrix, starts, weights, i, i, i, target, i), codegen


@intrinsic
def scatter(typingctx, columns, matrix, starts, weights, first, n, k, norm, work, now, before):
    """matrix[starts[i] + k:] += norm * weights[first + 2 * i] * (work[now:] - work[before:]), i < n.

    As of `gather`; norm: float32.
    """

    def codegen(context, builder, signature, args):
        columns, matrix, starts, weights, first, n, k, norm, work, now, before = args
        weights = builder.gep(weights, [first])
        now, before = builder.gep(work, [now]), builder.gep(work, [before])

        def piece(offsets):
            changes = [
                builder.fsub(emit_load(builder, now, offset), emit_load(builder, before, offset))
                for offset in offsets
            ]

            def add_to_part(i, _):
                row, weight = _emit_part(builder, matrix, starts, weights, i, k)
                share = emit_splat(builder, builder.fmul(norm, weight))
                for offset, change in zip(offsets, changes, strict=True):
                    emit_store(
                        builder,
                        row,
                        offset,
                        emit_fma(builder, share, change, emit_load(builder, row, offset)),
                    )
                return []

            emit_loop(builder, I64(0), n, 1, [], add_to_part)

        _by_columns(builder, columns, piece)
        return context.get_dummy_value()

    i = types.intp
    return types.void(i, matrix, starts, weights, i, i, i, types.float32, work, i, i), codegen


if config.DISABLE_JIT:
    gather, scatter = twins.gather, twins.scatter

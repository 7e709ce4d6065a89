"""Numbers of bfloat16 in words of 32 bits: widened to float32, and rounded back.

A word holds one number in its lower half, and one in its upper half (`e2v.kernels.sgd.bfloat16`).
"""

from llvmlite import ir
from numba.core import config
from numba.extending import intrinsic

from e2v.kernels.codegen import twins
from e2v.kernels.codegen.simd import I32, LANES, VECTOR, emit_load, emit_store, vector

_WORDS = ir.VectorType(I32, LANES)


def _all(value):
    return ir.Constant(_WORDS, [value] * LANES)


def emit_words(builder, pointer, index):
    """The words at pointer[index : index + LANES]."""
    return builder.bitcast(emit_load(builder, pointer, index), _WORDS)


def emit_low(builder, words):
    """The numbers in the lower halves."""
    return builder.bitcast(builder.shl(words, _all(16)), VECTOR)


def emit_high(builder, words):
    """The numbers in the upper halves."""
    return builder.bitcast(builder.and_(words, _all(0xFFFF0000)), VECTOR)


def _emit_join(builder, halves):
    """Words of the upper 16 bits of one vector, or two: of those of the lower and of the upper halves."""
    joined = builder.lshr(halves[0], _all(16))
    if len(halves) == 2:
        joined = builder.or_(joined, builder.and_(halves[1], _all(0xFFFF0000)))
    return builder.bitcast(joined, VECTOR)


def emit_round(builder, numbers, random):
    """One or two vectors of float32 rounded to words, up or down by random words, of which each takes a half.

    A number goes up if the 16 bits that it is to lose and the random ones make more than 16 bits, which is as
    likely as it is near.
    """
    bits = [builder.bitcast(x, _WORDS) for x in numbers]
    added = (builder.and_(random, _all(0xFFFF)), builder.lshr(random, _all(16)))[: len(bits)]
    return _emit_join(builder, [builder.add(x, r) for x, r in zip(bits, added, strict=True)])


def emit_random(builder, streams, index):
    """Random words of the streams at streams[index:], which go on by one draw.

    The generator is xorshift (Marsaglia, "Xorshift RNGs", 2003), of 32 bits.
    """
    x = emit_words(builder, streams, index)
    for shift, bits in ((builder.shl, 13), (builder.lshr, 17), (builder.shl, 5)):
        x = builder.xor(x, shift(x, _all(bits)))
    emit_store(builder, streams, index, builder.bitcast(x, VECTOR))
    return x


@intrinsic
def low(typingctx, words):
    """The numbers in the lower halves of words, both in a vector."""

    def codegen(context, builder, signature, args):
        return emit_low(builder, builder.bitcast(args[0], _WORDS))

    return vector(vector), codegen


@intrinsic
def high(typingctx, words):
    """The numbers in the upper halves of words."""

    def codegen(context, builder, signature, args):
        return emit_high(builder, builder.bitcast(args[0], _WORDS))

    return vector(vector), codegen


@intrinsic
def nearest(typingctx, low, high):
    """Words of two vectors of numbers, each rounded to the nearest, ties to even."""

    def codegen(context, builder, signature, args):
        rounded = []
        for number in args:
            bits = builder.bitcast(number, _WORDS)
            odd = builder.and_(builder.lshr(bits, _all(16)), _all(1))
            rounded.append(builder.add(bits, builder.add(odd, _all(0x7FFF))))
        return _emit_join(builder, rounded)

    return vector(vector, vector), codegen


if config.DISABLE_JIT:
    low, high, nearest = twins.low, twins.high, twins.nearest

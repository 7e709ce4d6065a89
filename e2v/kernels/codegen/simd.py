"""Vectors of float32 lanes for Numba, built on its public extension API.

LLVM's loop vectoriser gives up on loops over many rows that might alias, so the kernels are vectorised by
hand: LANES floats in a register. Sixteen where the CPU has AVX-512, eight with AVX,
four elsewhere; rows are padded to 16 floats, a cache line, everywhere. With Numba's JIT off, the names
that this module exports are the plain NumPy twins of `e2v.kernels.codegen.twins` instead.
"""

from llvmlite import binding, ir
from numba.core import cgutils, config, types
from numba.core.registry import cpu_target
from numba.extending import intrinsic, models, register_model

from e2v.kernels.codegen import twins


def _register_lanes():
    """Floats in the widest register of the CPU that Numba compiles for (its settings may name another CPU).

    LLVM is asked rather than the host's flags: which of them a named CPU implies is its knowledge.
    """
    probe = """define void @probe(<16 x float>* %p) {
        %x = load <16 x float>, <16 x float>* %p
        %y = fadd <16 x float> %x, %x
        store <16 x float> %y, <16 x float>* %p
        ret void
    }"""
    machine = cpu_target.target_context.codegen()._tm
    assembly = machine.emit_assembly(binding.parse_assembly(probe))
    return 16 if "zmm" in assembly else 8 if "ymm" in assembly else 4


LANES = _register_lanes()
VECTOR = ir.VectorType(ir.FloatType(), LANES)
F32, I32, I64 = ir.FloatType(), ir.IntType(32), ir.IntType(64)


class VectorType(types.Type):
    """Numba's type of LANES float32 in a register."""

    def __init__(self):
        super().__init__(name=f"float32x{LANES}")


vector = VectorType()


@register_model(VectorType)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, dmm, fe_type):
        super().__init__(dmm, fe_type, VECTOR)


@intrinsic
def to_pointers(typingctx, record):
    """A named tuple, and those in it, with the arrays replaced by the addresses of their first elements.

    Numba counts the references of every array at every call of a function, which the kernels would spend a
    third of their time on. Whoever calls a kernel keeps the arrays alive meanwhile. Matrices become flat.
    """

    def codegen(context, builder, signature, args):
        return _emit_pointers(context, builder, record, args[0], lambda array: array.data)

    return _pointers_type(record)(record), codegen


@intrinsic
def lane_pointers(typingctx, record, lane):
    """A named tuple with its matrices replaced by the addresses of their rows number `lane`."""

    def codegen(context, builder, signature, args):
        def row(array):
            first = builder.bitcast(array.data, ir.IntType(8).as_pointer())
            (size, *_) = cgutils.unpack_tuple(builder, array.strides)
            return builder.bitcast(builder.gep(first, [builder.mul(args[1], size)]), array.data.type)

        return _emit_pointers(context, builder, record, args[0], row)

    return _pointers_type(record)(record, types.intp), codegen


def _pointers_type(t):
    """The type that an array, or a named tuple of arrays, has as an address or a named tuple of them."""
    if isinstance(t, types.Array):
        return types.CPointer(t.dtype)
    if isinstance(t, types.BaseNamedTuple):
        return types.BaseTuple.from_types([_pointers_type(member) for member in t.types], t.instance_class)
    return t


def _emit_pointers(context, builder, t, value, address):
    """The value of type `_pointers_type(t)` for a value of type t; address: of an array."""
    if isinstance(t, types.Array):
        return address(context.make_array(t)(context, builder, value))
    if isinstance(t, types.BaseNamedTuple):
        members = zip(t.types, cgutils.unpack_tuple(builder, value), strict=True)
        values = [_emit_pointers(context, builder, *member, address) for member in members]
        return context.make_tuple(builder, _pointers_type(t), values)
    return value


def unpack(builder, record, value):
    """The named tuple of the LLVM values of the fields of `value`, a named tuple of type `record`."""
    return record.instance_class(*cgutils.unpack_tuple(builder, value))


def emit_load(builder, pointer, index):
    """The lanes at pointer[index : index + LANES]."""
    return builder.load(builder.bitcast(builder.gep(pointer, [index]), VECTOR.as_pointer()), align=4)


def emit_store(builder, pointer, index, value):
    """pointer[index : index + LANES] = value."""
    builder.store(value, builder.bitcast(builder.gep(pointer, [index]), VECTOR.as_pointer()), align=4)


def emit_splat(builder, x):
    """The scalar x in every lane."""
    one = builder.insert_element(ir.Constant(VECTOR, ir.Undefined), x, I32(0))
    return builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(I32, LANES), [0] * LANES))


def emit_fma(builder, x, y, z):
    """x * y + z: fused where the CPU can (llvm.fma would call the C library where it cannot)."""
    signature = ir.FunctionType(VECTOR, [VECTOR] * 3)
    function = cgutils.get_or_insert_function(builder.module, signature, f"llvm.fmuladd.v{LANES}f32")
    return builder.call(function, [x, y, z])


def emit_prefetch(builder, pointer, index, to_write=False):
    """Prefetch the cache line of pointer[index] into the second level: in the first it would evict the slots.

    to_write: with exclusive ownership, so that the write need not invalidate another core's copy first.
    """
    i8p = ir.IntType(8).as_pointer()
    signature = ir.FunctionType(ir.VoidType(), [i8p, I32, I32, I32])
    function = cgutils.get_or_insert_function(builder.module, signature, "llvm.prefetch.p0i8")
    builder.call(
        function, [builder.bitcast(builder.gep(pointer, [index]), i8p), I32(int(to_write)), I32(2), I32(1)]
    )


@intrinsic
def load(typingctx, pointer, i):
    """The lanes at pointer[i : i + LANES]."""

    def codegen(context, builder, signature, args):
        return emit_load(builder, *args)

    return vector(pointer, types.intp), codegen


@intrinsic
def store(typingctx, pointer, i, value):
    """pointer[i : i + LANES] = value."""

    def codegen(context, builder, signature, args):
        emit_store(builder, *args)
        return context.get_dummy_value()

    return types.void(pointer, types.intp, vector), codegen


@intrinsic
def splat(typingctx, x):
    """x in every lane."""

    def codegen(context, builder, signature, args):
        return emit_splat(builder, args[0])

    return vector(types.float32), codegen


@intrinsic
def fma(typingctx, x, y, z):
    """x * y + z, lane by lane."""

    def codegen(context, builder, signature, args):
        return emit_fma(builder, *args)

    return vector(vector, vector, vector), codegen


@intrinsic
def add(typingctx, x, y):
    """x + y, lane by lane."""

    def codegen(context, builder, signature, args):
        return builder.fadd(*args)

    return vector(vector, vector), codegen


@intrinsic
def sub(typingctx, x, y):
    """x - y, lane by lane."""

    def codegen(context, builder, signature, args):
        return builder.fsub(*args)

    return vector(vector, vector), codegen


@intrinsic
def prefetch(typingctx, pointer, i):
    """Prefetch the cache line that holds pointer[i]."""

    def codegen(context, builder, signature, args):
        emit_prefetch(builder, *args)
        return context.get_dummy_value()

    return types.void(pointer, types.intp), codegen


#: exp(r) for |r| <= ln(2) / 2 as a polynomial in r, highest power first (Cephes expf: relative error below
#: 2e-7).
_EXP = (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.5)
_LOG2_E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 0.693359375, -2.12194440e-4
#: Adding 1.5 * 2**23 rounds a float to an integer, which is then found in its lowest bits.
_ROUND = 12582912.0
#: Beyond this, exp would leave the range of float32.
_CLAMP = 80.0


def emit_sigmoid(builder, x):
    """1 / (1 + exp(-x)), lane by lane, with an error below 3e-7; x is clamped to [-80, 80]."""
    ints = ir.VectorType(I32, LANES)

    def c(value):
        return ir.Constant(VECTOR, [value] * LANES)

    def clamp(value, name, bound):
        function = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(VECTOR, [VECTOR] * 2), f"llvm.{name}num.v{LANES}f32"
        )
        return builder.call(function, [value, c(bound)])

    y = clamp(clamp(builder.fsub(c(-0.0), x), "max", -_CLAMP), "min", _CLAMP)
    shifted = emit_fma(builder, y, c(_LOG2_E), c(_ROUND))
    n = builder.fsub(shifted, c(_ROUND))
    r = emit_fma(builder, n, c(-_LN2_LOW), emit_fma(builder, n, c(-_LN2_HIGH), y))
    square = builder.fmul(r, r)
    # Estrin's scheme: a shorter chain of dependent operations than Horner's.
    terms = [emit_fma(builder, c(_EXP[i]), r, c(_EXP[i + 1])) for i in (0, 2, 4)]
    terms.append(builder.fadd(r, c(1.0)))
    p = terms[0]
    for term in terms[1:]:
        p = emit_fma(builder, p, square, term)
    exponent = builder.shl(builder.bitcast(shifted, ints), ir.Constant(ints, [23] * LANES))
    exp = builder.bitcast(builder.add(builder.bitcast(p, ints), exponent), VECTOR)
    return builder.fdiv(c(1.0), builder.fadd(exp, c(1.0)), flags=["arcp"])


if config.DISABLE_JIT:
    LANES, to_pointers, lane_pointers = twins.LANES, twins.to_pointers, twins.lane_pointers
    load, store = twins.load, twins.store
    prefetch, splat, fma, add, sub = twins.prefetch, twins.splat, twins.fma, twins.add, twins.sub

"""The training kernels: Numba and llvmlite only, nothing of e2v.

How they are called:

    inputs = allocate_rows(n_inputs, dim)    # f32[n, stride] zeros; stride is dim padded to a multiple of 16
    outputs = allocate_rows(n_outputs, dim)  # see Matrices for how many
    inputs[:, :dim] = ...                    # the padding stays zero
    trainer = make_trainer(
        Sentences(tokens, offsets, keep),
        Matrices(inputs, outputs),
        NegativeSampling(alias_table(weights), negative=5),  # or HierarchicalSoftmax(offsets, nodes, labels)
        Context(window=5),
        threads=1,
        lr=lr_start,
    )
    result = train_unit(trainer, range(first, last), seed, (lr_start, lr_end))

`train_unit` releases the GIL; threads call it on one trainer, each on a lane of its own, without locks. With
noise words or hierarchical softmax, windows or sets, subwords or none, skip-gram or CBOW, it is always one
walk that feeds one step (`block`).

From the bottom up: `codegen` makes LLVM code; `memory`, `bfloat16` and `workspace` are what a thread writes
to; `block` is the step; `rows`, `sampling`, `replicas` and `outputs` feed it; `sentences` and `contexts` say
who is trained with whom; `walk` goes over them; `parts`, `plan` and `unit` are the way in.
"""

from e2v.kernels.sgd.bfloat16 import (
    allocate_bfloat16,
    pack,
    unpack,
    words_in_row,
)
from e2v.kernels.sgd.memory import allocate_rows, padded
from e2v.kernels.sgd.parts import MAX_PART_REPLICAS, Subwords
from e2v.kernels.sgd.plan import (
    MAX_NODE_REPLICAS,
    Context,
    HierarchicalSoftmax,
    Matrices,
    NegativeSampling,
    Sentences,
    Trainer,
    make_trainer,
)
from e2v.kernels.sgd.sampling import alias_table
from e2v.kernels.sgd.unit import UnitResult, train_unit, train_units_in_turn

__all__ = [
    "MAX_NODE_REPLICAS",
    "MAX_PART_REPLICAS",
    "Context",
    "HierarchicalSoftmax",
    "Matrices",
    "NegativeSampling",
    "Sentences",
    "Subwords",
    "Trainer",
    "UnitResult",
    "alias_table",
    "allocate_bfloat16",
    "allocate_rows",
    "make_trainer",
    "pack",
    "padded",
    "train_unit",
    "train_units_in_turn",
    "unpack",
    "words_in_row",
]

"""The training kernels: Numba and llvmlite only, nothing of e2v.

How a trainer calls them:

    inputs = allocate_rows(n_inputs, dim)    # f32[n, stride] zeros; stride is dim padded to a multiple of 16
    outputs = allocate_rows(n_outputs, dim)  # V rows, or V - 1 (inner nodes) with hierarchical softmax; with
                                             # that, or parts: and behind them spare_rows for copies
    inputs[:, :dim] = ...                    # the padding stays zero
    job = make_job(
        tokens=tokens,        # i32[N]: all sentences end to end; may be read-only and memory-mapped
        offsets=offsets,      # i64[S + 1]: sentence s is tokens[offsets[s] : offsets[s + 1]]
        keep=keep,            # f32[V]: probability that an occurrence survives subsampling
        inputs=inputs,
        outputs=outputs,
        noise=alias_table(weights),  # u64[V] from weights f64[V]: negative sampling; or
        paths=None,           # (offsets i64[V + 1], nodes i32[], 1 - codes u8[]): hierarchical softmax
        parts=None,           # subwords: (offsets i64[V + 1], rows i32[], weights f32[])
        part_copies=(),       # i64[]: the rows that units work on copies of, those that are used most
        cbow=False,           # the mean of the context predicts the centre, not each of its words
        cbow_divide=True,     # each word gets the mean's gradient / their number (not: word2vec.c)
        context_set=False,    # a sentence is a set (basket): every ordered pair, no window
        set_sample=0,         # about so many partners for an item of a larger set (0: all)
        window=5,
        dynamic=True,         # a centre's reach is drawn uniformly from 1..window
        negative=5,           # noise words for each centre, shared by its context
        units=1,              # how many are trained at the same time, at most
    )
    result = train_unit(job, first, last, seed, lr_start, lr_end)  # sentences first..last once

`train_unit` releases the GIL; threads call it on one job, without locks. With noise words or hierarchical
softmax, windows or sets, subwords or none, skip-gram or CBOW, it is always the one step (`block`) that
trains.

From the bottom up: `simd`, `tiles` and `gather` make LLVM code (`twins`: the same in NumPy); `block` is the
step; `rows`, `sampling`, `copies` and `outputs` feed it; `steps`, `windows` and `sets` walk the sentences;
`job` and `unit` are the way in; `cache` compiles. `counting`, `parsing` and others serve the corpus and the
tower.
"""

from e2v.kernels.sgd.plan import Job, make_job
from e2v.kernels.sgd.replicas import COPIED_NODES, COPIED_PARTS, spare_rows
from e2v.kernels.sgd.rows import allocate_rows
from e2v.kernels.sgd.sampling import alias_table
from e2v.kernels.sgd.unit import UnitResult, train_unit

__all__ = [
    "COPIED_NODES",
    "COPIED_PARTS",
    "Job",
    "UnitResult",
    "alias_table",
    "allocate_rows",
    "make_job",
    "spare_rows",
    "train_unit",
]

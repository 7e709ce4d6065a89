"""The training kernels: Numba and llvmlite only, nothing of e2v.

How a trainer calls them (signatures are stable):

    inputs = allocate_rows(n_input_rows, dim)     # f32[n, stride] zeros, 64-byte aligned rows, stride = dim padded to 16
    outputs = allocate_rows(n_output_rows, dim)   # V rows (negative sampling) or V - 1 (inner nodes, hierarchical softmax)
    inputs[:, :dim] = ...                         # initialise; the padding columns stay zero
    job = make_job(
        tokens=tokens,              # i32[N]   token ids, all sentences end to end (read-only, memory-mapped is fine)
        offsets=offsets,            # i64[S+1] sentence s is tokens[offsets[s]:offsets[s+1]]
        keep=keep,                  # f32[V]   probability that an occurrence survives subsampling (>= 1: always)
        inputs=inputs, outputs=outputs,
        noise=alias_table(weights), # u64[V]   negative sampling: from weights f64[V]; or
        paths=None,                 # hierarchical softmax: (offsets i64[V+1], nodes i32[P], labels u8[P] = 1 - code)
        parts=None,                 # subwords: (offsets i64[V+1], rows i32[Q], weights f32[Q] summing to 1 in each word)
        cbow=False,                 # mean of the window predicts the centre, instead of each of its words
        cbow_divide=True,           # hand each context word the gradient divided by their number (False: word2vec.c)
        context_set=False,          # a sentence is a set (basket): every ordered pair, no window
        set_sample=0,               # sets above this size: each centre sees about this many random partners (0: no limit)
        window=5, dynamic=True,     # dynamic: reach drawn uniformly from 1..window for each centre
        negative=5,                 # noise words drawn for each centre, shared by its window
    )
    result = train_unit(job, first, last, seed, lr_start, lr_end)
        # sentences first..last once; seed: any uint64, the unit's own random stream; the rate goes linearly over
        # the unit's tokens. Releases the GIL. -> UnitResult(loss, loss_pairs, words, pairs)
        # loss / loss_pairs: float64 mean loss of the sampled (input, centre) pairs; words: tokens read; pairs: trained

`cache_notice()` is a sentence to show the user where compiled code cannot be cached, else None.
"""

from e2v.kernels.cache import cache_notice
from e2v.kernels.job import Job, make_job
from e2v.kernels.rows import allocate_rows
from e2v.kernels.sampling import alias_table
from e2v.kernels.unit import UnitResult, train_unit

__all__ = ["Job", "UnitResult", "alias_table", "allocate_rows", "cache_notice", "make_job", "train_unit"]

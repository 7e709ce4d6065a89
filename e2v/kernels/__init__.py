"""Numba kernels; nothing here imports anything else of e2v.

`codegen` makes LLVM code and keeps what is compiled; `sgd` trains; `text` works on bytes and token ids;
`linalg` on matrices.
"""

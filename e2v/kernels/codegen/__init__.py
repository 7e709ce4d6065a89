"""Machine code: SIMD operations and tiles as LLVM, their NumPy twins, and the cache of compiled kernels."""

"""Steps of Adagrad on some rows of a matrix, each with a gradient of its own."""

import numpy as np

from e2v.kernels.codegen.cache import kernel

_TINY = np.float32(1e-20)  # so that a gradient of 0 divides by something


@kernel
def adagrad_rows(matrix, squares, rows, gradients, lr, first, last):
    """squares[i] += g * g, then matrix[i] -= lr * g / sqrt(squares[i]), for i = rows[k] and g = gradients[k].

    For first <= k < last. matrix, squares: float32[n, d]. rows: integers[m], different ones. gradients:
    float32[m, d]. lr: float32. Duchi, Hazan and Singer (2011), "Adaptive subgradient methods", with the
    diagonal matrix of figure 1.
    """
    for k in range(first, last):
        numbers, sums, gradient = matrix[rows[k]], squares[rows[k]], gradients[k]
        for j in range(matrix.shape[1]):
            g = gradient[j]
            square = sums[j] + g * g
            sums[j] = square
            numbers[j] -= lr * g / np.sqrt(square + _TINY)

"""Steps of Adagrad on some rows of a matrix, each with a gradient of its own."""

import numpy as np

from e2v.kernels.codegen.cache import kernel

_TINY = np.float32(1e-20)  # so that a gradient of 0 divides by something


@kernel
def adagrad_rows(matrix, squares, rows, gradients, lr):
    """squares[i] += g * g, then matrix[i] -= lr * g / sqrt(squares[i]), for rows i and their gradients g.

    matrix, squares: float32[n, d]. rows: integers[m], different ones. gradients: float32[m, d]. lr: float32.
    Duchi, Hazan and Singer (2011), "Adaptive subgradient methods", with the diagonal matrix of figure 1.
    """
    for k in range(len(rows)):
        i = rows[k]
        for j in range(matrix.shape[1]):
            g = gradients[k, j]
            square = squares[i, j] + g * g
            squares[i, j] = square
            matrix[i, j] -= lr * g / np.sqrt(square + _TINY)

"""The exact softmax objective, slowly and in float64, straight from the definition.

Mikolov et al. 2013b (arXiv:1310.4546), equation 2: p(w | c) = exp(o_w . h) / sum_v exp(o_v . h), with
h the mean of the context's input vectors.
"""

from __future__ import annotations

import numpy as np

Example = tuple[list[int], int]  # context words, centre


def examples(sentences: list[list[int]], window: int | None, cbow: bool) -> list[Example]:
    """All examples of the sentences with a fixed window (None: the whole sentence is a set)."""
    found: list[Example] = []
    for sentence in sentences:
        for i, centre in enumerate(sentence):
            reach = len(sentence) if window is None else window
            around = [sentence[j] for j in range(len(sentence)) if j != i and abs(j - i) <= reach]
            if window is None:  # an item that a set repeats is no context of itself
                around = [word for word in around if word != centre]
            if cbow and around:
                found.append((around, centre))
            elif not cbow:
                found.extend(([context], centre) for context in around)
    return found


def loss(inputs: np.ndarray, outputs: np.ndarray, batch: list[Example]) -> float:
    total = 0.0
    for contexts, centre in batch:
        hidden = inputs[contexts].mean(axis=0)
        logits = outputs @ hidden
        total += float(np.log(np.exp(logits).sum()) - logits[centre])
    return total


def gradients(inputs: np.ndarray, outputs: np.ndarray, batch: list[Example]) -> tuple[np.ndarray, np.ndarray]:
    """d loss / d inputs and d loss / d outputs."""
    d_inputs, d_outputs = np.zeros_like(inputs), np.zeros_like(outputs)
    for contexts, centre in batch:
        hidden = inputs[contexts].mean(axis=0)
        error = np.exp(outputs @ hidden)
        error /= error.sum()
        error[centre] -= 1
        d_outputs += np.outer(error, hidden)
        for context in contexts:
            d_inputs[context] += error @ outputs / len(contexts)
    return d_inputs, d_outputs

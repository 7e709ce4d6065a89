"""Steps of word2vec.c, worked by hand: the kernel and its oracle must both make them.

The update is that of word2vec.c (Mikolov et al. 2013, the program published with arXiv:1310.4546). Of a
centre, for each word of its context in skip-gram, or once with neu1 the mean of the context in CBOW, with
neu1e = 0 at first:

    for each target, label:                 the centre, 1; each noise word, 0; for hierarchical softmax
        f = neu1 . syn1neg[target]          each node of the path, 1 - code
        g = (label - sigmoid(f)) * alpha
        neu1e += g * syn1neg[target]
        syn1neg[target] += g * neu1
    neu1 (each word of the context in CBOW) += neu1e

Everywhere alpha = 0.4 and L = ln 3 = 1.0986123: sigmoid(L) = 0.75, sigmoid(0) = 0.5 and sigmoid(-L) = 0.25.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from e2v.kernels import sgd as kernels
from tests.oracles import word2vec as oracle

ALPHA, L = 0.4, 1.0986123


@dataclass
class Step:
    """A sentence of different words, in a window of 1, and what it makes of the matrices."""

    sentence: list[int]
    inputs: list[list[float]]
    outputs: list[list[float]]
    inputs_after: list[list[float]]
    outputs_after: list[list[float]]
    noise: int | None = None  # the only noise word, of which one is drawn for each centre; or
    paths: list[list[tuple[int, int]]] | None = None  # for each word, (node, label)
    settings: dict[str, Any] = field(default_factory=dict)


# Words a, b, and the noise word n. First the centre a, with b as its context:
#     a: f = (1, 0) . (L, 1) = L,    g = (1 - 0.75) * 0.4 = 0.1,   neu1e = 0.1 (L, 1)
#        syn1neg[a] = (L, 1) + 0.1 (1, 0) = (L + 0.1, 1)
#     n: f = (1, 0) . (-L, L) = -L,  g = (0 - 0.25) * 0.4 = -0.1,  neu1e += -0.1 (-L, L): (0.2 L, 0.1 - 0.1 L)
#        syn1neg[n] = (-L, L) - 0.1 (1, 0) = (-L - 0.1, L)
#     syn0[b] = (1, 0) + neu1e = (1 + 0.2 L, 0.1 - 0.1 L)
# Then the centre b, with a as its context:
#     b: f = (0, 1) . (3, 0) = 0,           g = (1 - 0.5) * 0.4 = 0.2,    neu1e = 0.2 (3, 0)
#        syn1neg[b] = (3, 0) + 0.2 (0, 1) = (3, 0.2)
#     n: f = (0, 1) . (-L - 0.1, L) = L,    g = (0 - 0.75) * 0.4 = -0.3,  neu1e += -0.3 (-L - 0.1, L)
#        syn1neg[n] = (-L - 0.1, L) - 0.3 (0, 1) = (-L - 0.1, L - 0.3)
#     syn0[a] = (0, 1) + (0.6 + 0.3 L + 0.03, -0.3 L) = (0.63 + 0.3 L, 1 - 0.3 L)
SKIPGRAM = Step(
    sentence=[0, 1],
    inputs=[[0, 1], [1, 0], [5, 5]],
    outputs=[[L, 1], [3, 0], [-L, L]],
    noise=2,
    inputs_after=[[0.9595837, 0.6704163], [1.2197225, -0.0098612], [5, 5]],
    outputs_after=[[1.1986123, 1], [3, 0.2], [-1.1986123, 0.7986123]],
)

# The words b a c, of which a has the others as its context. The third dimension is made such that nothing is
# learned of b and c from a, as f = 40 for the centre and -40 for noise: sigmoid is 1 and 0.
#     neu1 = ((2, 0, 0) + (0, 2, 0)) / 2 = (1, 1, 0)
#     a: f = L,   g = 0.1,   neu1e = 0.1 (L, 0, 0)
#        syn1neg[a] = (L, 0, 0) + 0.1 (1, 1, 0) = (L + 0.1, 0.1, 0)
#     n: f = -L,  g = -0.1,  neu1e += -0.1 (-L, 0, -40): (0.2 L, 0, 4)
#        syn1neg[n] = (-L, 0, -40) - 0.1 (1, 1, 0) = (-L - 0.1, -0.1, -40)
#     syn0[b] = (2 + 0.2 L, 0, 4), syn0[c] = (0.2 L, 2, 4): word2vec.c hands back all of neu1e to each
_CBOW: dict[str, Any] = {
    "sentence": [1, 0, 2],
    "inputs": [[0, 0, 1], [2, 0, 0], [0, 2, 0], [5, 5, 5]],
    "outputs": [[L, 0, 0], [0, 0, 40], [0, 0, 40], [-L, 0, -40]],
    "noise": 3,
    "outputs_after": [[1.1986123, 0.1, 0], [0, 0, 40], [0, 0, 40], [-1.1986123, -0.1, -40]],
}
CBOW = Step(
    **_CBOW,
    inputs_after=[[0, 0, 1], [2.2197225, 0, 4], [0.2197225, 2, 4], [5, 5, 5]],
    settings={"cbow": True, "cbow_divide": False},
)
# The derivative by each of the two words is half of that by their mean (Irsoy et al. 2021, arXiv:2012.15332).
CBOW_DIVIDED = Step(
    **_CBOW,
    inputs_after=[[0, 0, 1], [2.1098612, 0, 2], [0.1098612, 2, 2], [5, 5, 5]],
    settings={"cbow": True},
)

# A tree whose root is node 1: a has the code 0, b 1 0, c 1 1. First the centre a, with b as its context:
#     1: f = (1, 0) . (L, -L) = L,           g = (1 - 0 - 0.75) * 0.4 = 0.1,   neu1e = 0.1 (L, -L)
#        syn1[1] = (L, -L) + 0.1 (1, 0) = (L + 0.1, -L)
#     syn0[b] = (1, 0) + neu1e = (1 + 0.1 L, -0.1 L)
# Then the centre b, with a as its context:
#     1: f = (0, 1) . (L + 0.1, -L) = -L,    g = (1 - 1 - 0.25) * 0.4 = -0.1,  neu1e = -0.1 (L + 0.1, -L)
#        syn1[1] = (L + 0.1, -L) - 0.1 (0, 1) = (L + 0.1, -L - 0.1)
#     0: f = (0, 1) . (3, 0) = 0,            g = (1 - 0 - 0.5) * 0.4 = 0.2,    neu1e += 0.2 (3, 0)
#        syn1[0] = (3, 0) + 0.2 (0, 1) = (3, 0.2)
#     syn0[a] = (0, 1) + neu1e = (0.59 - 0.1 L, 1 + 0.1 L)
HIERARCHICAL = Step(
    sentence=[0, 1],
    inputs=[[0, 1], [1, 0], [5, 5]],
    outputs=[[3, 0], [L, -L]],
    paths=[[(1, 1)], [(1, 0), (0, 1)], [(1, 0), (0, 0)]],
    inputs_after=[[0.4801388, 1.1098612], [1.1098612, -0.1098612], [5, 5]],
    outputs_after=[[3, 0.2], [1.1986123, -1.1986123]],
)

STEPS = {
    "skip-gram": SKIPGRAM,
    "CBOW of word2vec.c": CBOW,
    "CBOW": CBOW_DIVIDED,
    "hierarchical softmax": HIERARCHICAL,
}


def noise_table(step: Step) -> np.ndarray | None:
    if step.noise is None:
        return None
    return kernels.alias_table(np.eye(len(step.inputs))[step.noise])


def loss_of(step: Step) -> kernels.NegativeSampling | kernels.HierarchicalSoftmax:
    if step.paths is None:
        return kernels.NegativeSampling(noise_table(step), negative=1)
    nodes, labels = zip(*(pair for path in step.paths for pair in path), strict=True)
    offsets = np.cumsum([0, *map(len, step.paths)])
    return kernels.HierarchicalSoftmax(offsets, np.array(nodes, np.int32), np.array(labels, np.uint8))


def by_the_kernel(step: Step) -> tuple[np.ndarray, np.ndarray]:
    dim = len(step.inputs[0])
    inputs = kernels.allocate_rows(len(step.inputs), dim)
    outputs = kernels.allocate_rows(len(step.outputs), dim)
    inputs[:, :dim], outputs[: len(step.outputs), :dim] = step.inputs, step.outputs
    tokens, keep = np.array(step.sentence, np.int32), np.full(len(step.inputs), 2, np.float32)
    trainer = kernels.make_trainer(
        kernels.Sentences(tokens, np.array([0, len(tokens)]), keep),
        kernels.Matrices(inputs, outputs),
        loss_of(step),
        kernels.Context(window=1, **step.settings),
    )
    kernels.train_unit(trainer, range(1), 1, (ALPHA, ALPHA))
    return inputs[:, :dim], outputs[: len(step.outputs), :dim]


def by_the_oracle(step: Step) -> tuple[np.ndarray, np.ndarray]:
    model = oracle.Model(
        np.array(step.inputs, float),
        np.array(step.outputs, float),
        np.full(len(step.inputs), 2.0),
        noise=noise_table(step),
        paths=step.paths,
        window=1,
        negative=1,
        **step.settings,
    )
    oracle.train_unit(model, [step.sentence], 1, ALPHA, ALPHA, as_sets=False)
    return model.inputs, model.outputs


@pytest.mark.parametrize("trained", [by_the_kernel, by_the_oracle])
@pytest.mark.parametrize("name", STEPS)
def test_a_step_of_word2vec(name: str, trained: Any) -> None:
    inputs, outputs = trained(STEPS[name])
    np.testing.assert_allclose(inputs, STEPS[name].inputs_after, atol=1e-6)
    np.testing.assert_allclose(outputs, STEPS[name].outputs_after, atol=1e-6)

"""word2vec training, slowly and in float64, straight from the papers; draw by draw where draws are needed.

The step: Mikolov et al. 2013b (arXiv:1310.4546), equations 4 (negative sampling) and 3 (hierarchical
softmax). CBOW with the mean's true derivative: Irsoy et al. 2021 (arXiv:2012.15332). Sets: Barkan and
Koenigstein 2016 (arXiv:1603.04259). Subwords: Bojanowski et al. 2017 (arXiv:1607.04606). Random bits:
SplitMix64 (Steele, Lea and Flood 2014, figure 17). Noise: the alias method (Walker 1977).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

MASK = (1 << 64) - 1
MEASURED = 128  # one centre in so many has its loss measured
MOST_INPUTS = 16  # more inputs are trained in several steps


class SplitMix64:
    """A stream of 64 random bits at a time."""

    def __init__(self, seed: int) -> None:
        self.state = seed

    def bits(self) -> int:
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, bound: int) -> int:
        return (self.bits() >> 32) * bound >> 32

    def fraction(self) -> float:
        return (self.bits() >> 40) / 2**24


@dataclass
class Outputs:
    """What a centre is trained on: rows of the output matrix, each with a label, counting so many times."""

    rows: list[int]
    labels: np.ndarray
    multiplicity: np.ndarray


@dataclass
class Model:
    """Matrices, tables and settings; fields as of `e2v.kernels.make_job`, matrices without padding."""

    inputs: np.ndarray
    outputs: np.ndarray
    keep: np.ndarray
    noise: np.ndarray | None = None
    paths: list[list[tuple[int, int]]] | None = None  # for each word: (inner node, label)
    parts: list[list[tuple[int, float]]] | None = None  # for each word: (input row, weight)
    cbow: bool = False
    cbow_divide: bool = True
    set_sample: int = 0
    window: int = 5
    dynamic: bool = True
    negative: int = 5
    frozen: int = 0  # so many words have rows that stay, the first; and so have
    frozen_parts: frozenset[int] = frozenset()  # these rows of n-grams

    def parts_of(self, word: int) -> list[tuple[int, float]]:
        return [(word, 1.0)] if self.parts is None else self.parts[word]

    def vector(self, word: int) -> np.ndarray:
        return np.sum([weight * self.inputs[row] for row, weight in self.parts_of(word)], axis=0)

    def move(self, word: int, change: np.ndarray) -> None:
        """Move the word's vector by `change`, its parts as little as that takes (least squares)."""
        free = [(row, weight) for row, weight in self.parts_of(word) if not self.is_frozen(row)]
        squares = sum(weight**2 for _, weight in free)
        for row, weight in free:
            self.inputs[row] += weight / squares * change

    def is_frozen(self, row: int) -> bool:
        return row < self.frozen or row in self.frozen_parts

    def choose_outputs(self, noise: SplitMix64, centre: int) -> Outputs:
        if self.paths is not None:
            rows = [node for node, _ in self.paths[centre]]
            labels = np.array([label for _, label in self.paths[centre]], float)
            return Outputs(rows, labels, np.ones(len(rows)))
        assert self.noise is not None
        counts = {centre: 1}
        for _ in range(self.negative):
            word = draw_noise(noise, self.noise)
            if word != centre:
                counts[word] = counts.get(word, 0) + 1
        labels = np.array([float(word == centre) for word in counts])
        return Outputs(list(counts), labels, np.array(list(counts.values()), float))

    def draw_reach(self, random: SplitMix64) -> int:
        return self.window - random.below(self.window) if self.dynamic else self.window


def draw_noise(random: SplitMix64, table: np.ndarray) -> int:
    """Column `bits >> 32`; stay there or take its alias, by the lower 32 bits."""
    bits = random.bits()
    column = (bits >> 32) * len(table) >> 32
    threshold, alias = int(table[column]) >> 32, int(table[column]) & 0xFFFFFFFF
    return column if bits & 0xFFFFFFFF < threshold else alias


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def loss(inputs: np.ndarray, outputs: np.ndarray, labels: np.ndarray, multiplicity: np.ndarray) -> float:
    """-log of the probability of all labels, for all pairs of an input and an output row."""
    signs = np.where(labels > 0, 1.0, -1.0)
    return float(-(multiplicity * np.log(sigmoid(signs * (inputs @ outputs.T)))).sum())


def changes(
    inputs: np.ndarray, outputs: np.ndarray, labels: np.ndarray, multiplicity: np.ndarray, lr: float
) -> tuple[np.ndarray, np.ndarray]:
    """What a step of gradient descent on `loss` adds to the inputs and outputs."""
    g = lr * multiplicity * (labels - sigmoid(inputs @ outputs.T))
    return g @ outputs, g.T @ inputs


@dataclass
class Tally:
    """loss: of the `measured` pairs; pairs, centres: trained."""

    loss: float = 0.0
    measured: int = 0
    pairs: int = 0
    centres: int = 0


def train_rows(
    model: Model, rows: list[np.ndarray], chosen: Outputs, lr: float, measure: bool, tally: Tally
) -> None:
    """Train input vectors (changed in place) on the chosen outputs."""
    for first in range(0, len(rows), MOST_INPUTS):
        some = rows[first : first + MOST_INPUTS]
        inputs, outputs = np.stack(some), model.outputs[chosen.rows]
        if measure:
            tally.loss += loss(inputs, outputs, chosen.labels, chosen.multiplicity)
        d_inputs, d_outputs = changes(inputs, outputs, chosen.labels, chosen.multiplicity, lr)
        for row, change in zip(some, d_inputs, strict=True):
            np.add(row, change, out=row)
        for row, change in zip(chosen.rows, d_outputs, strict=True):
            if not row < model.frozen:
                model.outputs[row] += change
    tally.pairs += len(rows)
    tally.measured += len(rows) if measure else 0


def train_centre(model: Model, context: list[np.ndarray], chosen: Outputs, lr: float, tally: Tally) -> None:
    """Train the context's vectors (changed in place), or their mean."""
    measure = tally.centres % MEASURED == 0
    if model.cbow:
        mean = np.mean(context, axis=0)
        moved = mean.copy()
        train_rows(model, [moved], chosen, lr, measure, tally)
        for row in context:
            np.add(row, (moved - mean) / (len(context) if model.cbow_divide else 1), out=row)
    else:
        train_rows(model, context, chosen, lr, measure, tally)
    tally.centres += 1


@dataclass
class Slots:
    """Working copies of words' vectors; what has become of them is added to the words when they leave."""

    model: Model
    before: dict[int, np.ndarray] = field(default_factory=dict)
    now: dict[int, np.ndarray] = field(default_factory=dict)

    def enter(self, position: int, word: int) -> None:
        self.before[position] = self.model.vector(word)
        self.now[position] = self.before[position].copy()

    def restore_frozen(self, words: list[int]) -> None:
        for position, now in self.now.items():
            if words[position] < self.model.frozen:
                now[:] = self.before[position]

    def leave(self, position: int, word: int) -> None:
        self.model.move(word, self.now.pop(position) - self.before.pop(position))


def train_unit(
    model: Model, sentences: list[list[int]], seed: int, lr_start: float, lr_end: float, as_sets: bool
) -> Tally:
    """Train once on the sentences, the rate falling linearly over their tokens.

    The noise words have a random stream of their own.
    """
    random, tally = SplitMix64(seed), Tally()
    noise = SplitMix64(random.bits())
    total, before = sum(map(len, sentences)), 0
    for sentence in sentences:
        lr = lr_start + (lr_end - lr_start) * before / total
        before += len(sentence)
        kept = [word for word in sentence if float(model.keep[word]) > random.fraction()]
        if len(kept) >= 2:
            (train_set if as_sets else train_sentence)(model, kept, random, noise, lr, tally)
    return tally


def train_sentence(
    model: Model, words: list[int], random: SplitMix64, noise: SplitMix64, lr: float, tally: Tally
) -> None:
    slots = Slots(model)
    for centre, word in enumerate(words):
        for position in range(len(slots.before) and max(slots.before) + 1, len(words)):
            if position <= centre + model.window:
                slots.enter(position, words[position])
        reach = model.draw_reach(random)
        chosen = model.choose_outputs(noise, word)
        near = range(max(0, centre - reach), min(len(words), centre + reach + 1))
        train_centre(model, [slots.now[i] for i in near if i != centre], chosen, lr, tally)
        slots.restore_frozen(words)
        for position in sorted(slots.now):
            if position <= centre - model.window:
                slots.leave(position, words[position])
    for position in sorted(slots.now):
        slots.leave(position, words[position])


def train_set(
    model: Model, items: list[int], random: SplitMix64, noise: SplitMix64, lr: float, tally: Tally
) -> None:
    groups = [items]
    most = model.set_sample + 1
    if model.set_sample and len(items) > most:
        for i in range(len(items) - 1, 0, -1):
            j = random.below(i + 1)
            items[i], items[j] = items[j], items[i]
        n = -(-len(items) // most)
        groups = [items[len(items) * g // n : len(items) * (g + 1) // n] for g in range(n)]
    for group in groups:
        weight = model.set_sample / (len(group) - 1) if len(groups) > 1 else 1.0
        slots = Slots(model)
        for position, item in enumerate(group):
            slots.enter(position, item)
        for item in group:
            chosen = model.choose_outputs(noise, item)
            context = [slots.now[i] for i, other in enumerate(group) if other != item]
            if context:
                train_centre(model, context, chosen, weight * lr, tally)
                slots.restore_frozen(group)
        for position, item in enumerate(group):
            slots.leave(position, item)

"""word2vec training, slowly and in float64, straight from the papers; draw by draw where draws are needed.

The step: Mikolov et al. 2013b (arXiv:1310.4546), equations 4 (negative sampling) and 3 (hierarchical
softmax). CBOW with the mean's true derivative: Irsoy et al. 2021 (arXiv:2012.15332). Sets: Barkan and
Koenigstein 2016 (arXiv:1603.04259). Subwords: Bojanowski et al. 2017 (arXiv:1607.04606). Random bits:
SplitMix64 (Steele, Lea and Flood 2014, figure 17). Noise: the alias method (Walker 1977). Rows of n-grams
are of bfloat16, rounded at random (Gupta et al. 2015, arXiv:1502.02551).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from tests.oracles.bfloat16 import Streams, rounded_row

MASK = (1 << 64) - 1
#: One step in so many has its loss measured, at most; in short units so many steps, at least.
MOST_BETWEEN, LEAST_MEASURED = 128, 16
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
    coarse: int = 1 << 62  # this input row and all after it are of bfloat16
    cbow: bool = False
    cbow_divide: bool = True
    set_sample: int = 0
    window: int = 5
    dynamic: bool = True
    negative: int = 5
    centres: int = 1  # so many consecutive ones share their noise words, and are trained from one state
    frozen: int = 0  # so many words have rows that stay, the first; and so have
    frozen_parts: frozenset[int] = frozenset()  # these rows of n-grams

    def parts_of(self, word: int) -> list[tuple[int, float]]:
        return [(word, 1.0)] if self.parts is None else self.parts[word]

    def vector(self, word: int) -> np.ndarray:
        return np.sum([weight * self.inputs[row] for row, weight in self.parts_of(word)], axis=0)

    def move(self, word: int, change: np.ndarray, rounding: Streams) -> None:
        """Move the word's vector by `change`, its parts as little as that takes (least squares)."""
        free = [(row, weight) for row, weight in self.parts_of(word) if not self.is_frozen(row)]
        squares = sum(weight**2 for _, weight in free)
        coarse = [row for row, _ in free if row >= self.coarse]
        bits = rounding.draw(change.size) if coarse else []
        number = 0
        for row, weight in free:
            self.inputs[row] += weight / squares * change
            if row >= self.coarse:
                self.inputs[row] = rounded_row(self.inputs[row].tolist(), bits, number)
                number += 1

    def is_frozen(self, row: int) -> bool:
        return row < self.frozen or row in self.frozen_parts

    def choose_outputs(self, noise: SplitMix64, centre: int) -> Outputs:
        if self.paths is not None:
            rows = [node for node, _ in self.paths[centre]]
            labels = np.array([label for _, label in self.paths[centre]], float)
            return Outputs(rows, labels, np.ones(len(rows)))
        return self.outputs_among(self.draw_noise(noise), centre)

    def draw_noise(self, noise: SplitMix64) -> list[int]:
        assert self.noise is not None
        return [draw_noise(noise, self.noise) for _ in range(self.negative)]

    def outputs_among(self, noise_words: list[int], centre: int) -> Outputs:
        counts = {centre: 1}
        for word in noise_words:
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
    """loss: of the `measured` pairs; pairs: trained; steps: taken. Every so many steps one is measured."""

    every: int = 1
    first: int = 0
    loss: float = 0.0
    measured: int = 0
    pairs: int = 0
    steps: int = 0

    @property
    def measures(self) -> bool:
        """Whether the loss of the next step is measured."""
        return self.steps % self.every == self.first


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
    measure = tally.measures
    if model.cbow:
        mean = np.mean(context, axis=0)
        moved = mean.copy()
        train_rows(model, [moved], chosen, lr, measure, tally)
        for row in context:
            np.add(row, (moved - mean) / (len(context) if model.cbow_divide else 1), out=row)
    else:
        train_rows(model, context, chosen, lr, measure, tally)
    tally.steps += 1


@dataclass
class Group:
    """Centres trained together: of each the word, and its context, which of `inputs` it is."""

    inputs: list[np.ndarray]
    centres: list[int]
    contexts: list[list[int]]


def train_group(model: Model, group: Group, noise_words: list[int], lr: float, tally: Tally) -> None:
    """Train the inputs (changed in place) of a group: the sum of what its centres do, from one state."""
    if not any(group.contexts):
        return
    if model.cbow:
        together = [place for place, context in enumerate(group.contexts) if context]
        means = [np.mean([group.inputs[i] for i in group.contexts[place]], axis=0) for place in together]
        moved = [mean.copy() for mean in means]
        centres = [group.centres[place] for place in together]
        pairs = Group(moved, centres, [[i] for i in range(len(together))])
        train_pairs(model, pairs, noise_words, lr, tally)
        for place, mean, now in zip(together, means, moved, strict=True):
            context = group.contexts[place]
            for i in context:
                group.inputs[i] += (now - mean) / (len(context) if model.cbow_divide else 1)
    else:
        train_pairs(model, group, noise_words, lr, tally)
    tally.steps += 1


def train_pairs(model: Model, group: Group, noise_words: list[int], lr: float, tally: Tally) -> None:
    measure = tally.measures
    for first in range(0, len(group.inputs), MOST_INPUTS):
        input_changes = [np.zeros_like(row) for row in group.inputs]
        output_changes: dict[int, np.ndarray] = {}
        for word, context in zip(group.centres, group.contexts, strict=True):
            some = [i for i in context if first <= i < first + MOST_INPUTS]
            if not some:
                continue
            chosen = model.outputs_among(noise_words, word)
            inputs, outputs = np.stack([group.inputs[i] for i in some]), model.outputs[chosen.rows]
            if measure:
                tally.loss += loss(inputs, outputs, chosen.labels, chosen.multiplicity)
                tally.measured += len(some)
            tally.pairs += len(some)
            d_inputs, d_outputs = changes(inputs, outputs, chosen.labels, chosen.multiplicity, lr)
            for i, change in zip(some, d_inputs, strict=True):
                input_changes[i] += change
            for row, change in zip(chosen.rows, d_outputs, strict=True):
                output_changes[row] = output_changes.get(row, 0) + change
        for i, change in enumerate(input_changes):
            group.inputs[i] += change
        for row, change in output_changes.items():
            if not row < model.frozen:
                model.outputs[row] += change


@dataclass
class Slots:
    """Working copies of words' vectors; what has become of them is added to the words when they leave."""

    model: Model
    rounding: Streams
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
        self.model.move(word, self.now.pop(position) - self.before.pop(position), self.rounding)


def train_unit(
    model: Model, sentences: list[list[int]], seed: int, lr_start: float, lr_end: float, as_sets: bool
) -> Tally:
    """Train once on the sentences, the rate falling linearly over their tokens."""
    (tally,) = train_units_in_turn(model, [sentences], seed, lr_start, lr_end, as_sets)
    return tally


def train_units_in_turn(
    model: Model, units: list[list[list[int]]], seed: int, lr_start: float, lr_end: float, as_sets: bool
) -> list[Tally]:
    """Train once on each of some units, which have the seeds from `seed` on, a step of each in turn."""
    tallies = [Tally() for _ in units]
    going = [
        take_steps(model, sentences, seed + number, lr_start, lr_end, as_sets, tally)
        for number, (sentences, tally) in enumerate(zip(units, tallies, strict=True))
    ]
    while going:
        going = [steps for steps in going if next(steps, None)]
    return tallies


def take_steps(
    model: Model,
    sentences: list[list[int]],
    seed: int,
    lr_start: float,
    lr_end: float,
    as_sets: bool,
    tally: Tally,
) -> Iterator[bool]:
    """Train on the sentences, yielding True after each step; noise words have a stream of their own."""
    random, total, before = SplitMix64(seed), sum(map(len, sentences)), 0
    noise = SplitMix64(random.bits())
    rounding = Streams([random.bits() >> 32 | 1 for _ in range(16)] if model.parts else [])
    every = min(MOST_BETWEEN, max(1, total // model.centres // LEAST_MEASURED))
    tally.every, tally.first = every, (noise.state >> 1) % every
    for sentence in sentences:
        lr = lr_start + (lr_end - lr_start) * before / total
        before += len(sentence)
        kept = [word for word in sentence if float(model.keep[word]) > random.fraction()]
        if len(kept) >= 2:
            yield from (train_set if as_sets else train_sentence)(
                model, kept, random, noise, rounding, lr, tally
            )


def train_sentence(
    model: Model,
    words: list[int],
    random: SplitMix64,
    noise: SplitMix64,
    rounding: Streams,
    lr: float,
    tally: Tally,
) -> Iterator[bool]:
    slots = Slots(model, rounding)
    for first in range(0, len(words), model.centres):
        centres = range(first, min(first + model.centres, len(words)))
        for position in range(len(slots.before) and max(slots.before) + 1, len(words)):
            if position <= centres[-1] + model.window:
                slots.enter(position, words[position])
        windows = []
        for centre in centres:
            reach = model.draw_reach(random)
            windows.append(range(max(0, centre - reach), min(len(words), centre + reach + 1)))
        if model.centres == 1:
            chosen = model.choose_outputs(noise, words[first])
            train_centre(model, [slots.now[i] for i in windows[0] if i != first], chosen, lr, tally)
        else:
            begin, end = min(near[0] for near in windows), max(near[-1] for near in windows) + 1
            contexts = [
                [i - begin for i in near if i != centre]
                for near, centre in zip(windows, centres, strict=True)
            ]
            inputs = [slots.now[i] for i in range(begin, end)]
            group = Group(inputs, [words[centre] for centre in centres], contexts)
            train_group(model, group, model.draw_noise(noise), lr, tally)
        slots.restore_frozen(words)
        for position in sorted(slots.now):
            if position <= centres[-1] - model.window or centres[-1] == len(words) - 1:
                slots.leave(position, words[position])
        yield True


def train_set(
    model: Model,
    items: list[int],
    random: SplitMix64,
    noise: SplitMix64,
    rounding: Streams,
    lr: float,
    tally: Tally,
) -> Iterator[bool]:
    subsets = [items]
    most = model.set_sample + 1
    if model.set_sample and len(items) > most:
        for i in range(len(items) - 1, 0, -1):
            j = random.below(i + 1)
            items[i], items[j] = items[j], items[i]
        n = -(-len(items) // most)
        subsets = [items[len(items) * s // n : len(items) * (s + 1) // n] for s in range(n)]
    for subset in subsets:
        weight = model.set_sample / (len(subset) - 1) if len(subsets) > 1 else 1.0
        slots = Slots(model, rounding)
        for position, item in enumerate(subset):
            slots.enter(position, item)
        for first in range(0, len(subset), model.centres):
            centres = subset[first : first + model.centres]
            contexts = [[i for i, other in enumerate(subset) if other != item] for item in centres]
            if model.centres == 1:
                chosen = model.choose_outputs(noise, centres[0])
                if contexts[0]:
                    train_centre(model, [slots.now[i] for i in contexts[0]], chosen, weight * lr, tally)
            else:
                group = Group([slots.now[i] for i in range(len(subset))], centres, contexts)
                train_group(model, group, model.draw_noise(noise), weight * lr, tally)
            slots.restore_frozen(subset)
            if first + model.centres >= len(subset):
                for position, item in enumerate(subset):
                    slots.leave(position, item)
            yield True

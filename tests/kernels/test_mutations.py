"""The oracle notices: one-line mutations of the kernels, each of which its replay must refuse."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import e2v
from tests.forking import Forking

TESTS = Path(__file__).parents[1]
PACKAGE = Path(e2v.__file__).parent


@dataclass(frozen=True)
class Mutation:
    """`line` of a kernel's source becomes `mutant`; the replay of `case` must fail.

    program: that runs the case.
    """

    file: str
    line: str
    mutant: str
    case: str
    jit: bool = False
    program: str = "sgd.replay"


def reading(file: str, line: str, mutant: str, case: str) -> Mutation:
    """Of a kernel that reads text, or puts events in order."""
    return Mutation(file, line, mutant, case, program="text.reading")


MUTATIONS = {
    "noise drawn twice counts once": Mutation(
        "sgd/outputs.py",
        "space.multiplicity[at + same] += 1",
        "space.multiplicity[at + same] = 1",
        "skipgram",
    ),
    "noise that is the centre counts": Mutation(
        "sgd/outputs.py",
        "elif shared is not None or same > 0:",
        "elif same >= 0:",
        "skipgram-many-noise-words",
    ),
    "codes for labels": Mutation(
        "sgd/outputs.py",
        "= tree.labels[start + j]",
        "= 1 - tree.labels[start + j]",
        "skipgram-hierarchical",
    ),
    "the replicas of nodes overlap": Mutation(
        "sgd/replicas.py",
        "space.places[NODE_REPLICAS] + h * plan.stride",
        "space.places[NODE_REPLICAS]",
        "skipgram-hierarchical",
    ),
    "the replicas of parts are not merged": Mutation(
        "sgd/replicas.py",
        "for h in range(parts.replicas):\n            exchange",
        "for h in range(0):\n            exchange",
        "cbow-subwords",
    ),
    "repeated noise is looked for by one digit of the ids": Mutation(
        "sgd/outputs.py",
        "high |= np.int64(1) << ((word >> 6) & 63)",
        "high |= np.int64(1) << (word & 63)",
        "skipgram-large-vocabulary",
        True,
    ),
    "ids alike in their digits are one": Mutation(
        "sgd/outputs.py",
        "if space.rows[at + i] == row:\n                same = i",
        "if (space.rows[at + i] - row) % 4096 == 0:\n                same = i",
        "skipgram-large-vocabulary",
    ),
    "noise is drawn from a small vocabulary": Mutation(
        "sgd/sampling.py",
        "column = alias_column(ids[j], vocabulary)",
        "column = alias_column(ids[j], min(vocabulary, 4096))",
        "skipgram-large-vocabulary",
    ),
    "all threads work on the same replicas": Mutation(
        "sgd/workspace.py",
        "(first + np.arange(lanes) * arena.strides[0])",
        "(first + 0 * np.arange(lanes))",
        "cbow-hierarchical-subwords-two-threads",
    ),
    "all threads work on one lane": Mutation(
        "codegen/twins.py", "lambda array: array[lane]", "lambda array: array[0]", "skipgram-three-lanes"
    ),
    "lanes have the seed of the first": Mutation(
        "sgd/walk.py", "seeds[lane]", "seeds[0]", "skipgram-three-lanes"
    ),
    "a sentence is read over the one that is trained": Mutation(
        "sgd/sentences.py", "free = space.longest - walk[AT]", "free = walk[AT]", "skipgram"
    ),
    "the next sentence has the rate of this one": Mutation(
        "sgd/walk.py", "    space.rate[0] = space.rate[1]\n", "", "skipgram"
    ),
    "always the first step of a unit is measured": Mutation(
        "sgd/walk.py", "np.int64(space.noise_state[0] >> np.uint64(1)) % walk[LOSS_INTERVAL]", "0", "skipgram"
    ),
    "only the last tile reaches the inputs": Mutation(
        "sgd/block.py", "= 0 if t == 0 else space.region", "= 0", "skipgram-many-noise-words"
    ),
    "a wide window in one step": Mutation(
        "sgd/workspace.py", "MAX_INPUTS = 16", "MAX_INPUTS = 32", "skipgram-wide-window"
    ),
    "loss of the wrong label": Mutation(
        "sgd/block.py", "if block.labels[column + j] > 0:", "if block.labels[column + j] <= 0:", "skipgram"
    ),
    "a slot overwrites the row": Mutation(
        "sgd/rows.py", "add(load(plan.inputs, row + k), change)", "load(work, slot + k)", "skipgram"
    ),
    "every part moves by the weighted change": Mutation(
        "sgd/rows.py",
        "Change(weight_of(parts, token, MOVE_SHARED),",
        "Change(weight_of(parts, token, SHARED),",
        "skipgram-subwords",
    ),
    "the mean's change is not divided": Mutation(
        "sgd/steps.py", "splat(share if plan.cbow_divide else np.float32(1))", "splat(np.float32(1))", "cbow"
    ),
    "the mean's change divided all the same": Mutation(
        "sgd/steps.py",
        "splat(share if plan.cbow_divide else np.float32(1))",
        "splat(share)",
        "cbow-undivided",
    ),
    "the centre is in its own window": Mutation(
        "sgd/contexts.py", "m += np.int64(i != centre)", "m += np.int64(1)", "skipgram"
    ),
    "the window is not drawn": Mutation(
        "sgd/contexts.py",
        "if plan.dynamic else plan.window",
        "if not plan.dynamic else plan.window",
        "skipgram",
    ),
    "words are stored one centre early": Mutation(
        "sgd/walk.py", "group[1] - plan.reach)", "group[1] - plan.reach + 1)", "skipgram"
    ),
    "copies of frozen outputs are trained on": Mutation(
        "sgd/block.py", "if frozen is not None:", "if frozen is not None and first == 0:", "skipgram-frozen"
    ),
    "frozen words move within the window": Mutation(
        "sgd/steps.py", "if space.held[slots[i] // space.pitch]:", "if False:", "cbow-subwords-frozen"
    ),
    "noise that is a centre of the group is left out for all of it": Mutation(
        "sgd/outputs.py", "elif shared is not None or same > 0:", "elif same >= n_centres:", "skipgram-shared"
    ),
    "a centre of a group counts as noise": Mutation(
        "sgd/outputs.py",
        "space.multiplicity[at + column] = 0",
        "space.multiplicity[at + column] = 1",
        "set-shared",
    ),
    "a group's repeated centre is its first": Mutation(
        "sgd/outputs.py", "column = i\n", "column = 0\n", "set-shared"
    ),
    "a repeated centre takes the column after it": Mutation(
        "sgd/outputs.py",
        "space.columns[at + c - group[0]] = column",
        "space.columns[at + c - group[0]] = n",
        "skipgram-shared",
    ),
    "the next group's centres are this one's": Mutation(
        "sgd/contexts.py",
        "reach, column = space.reaches[centre - group[0]], space.columns[outputs + centre - group[0]]",
        "reach, column = space.reaches[centre - group[0]], space.columns[centre - group[0]]",
        "skipgram-shared-by-many",
    ),
    "an input met twice counts once": Mutation(
        "sgd/shares.py",
        "space.counts[i] += np.float32(1)",
        "space.counts[i] = np.float32(1)",
        "skipgram-shared",
    ),
    "the second tile has the first one's centres": Mutation(
        "sgd/block.py", "min(done, TILE_STRIDE))", "0)", "skipgram-shared-by-many"
    ),
    "a group's loss has its centres for noise": Mutation(
        "sgd/block.py", "positive * softplus(-logit)", "positive * softplus(logit)", "skipgram-shared"
    ),
    "a group's windows all reach as far as the last": Mutation(
        "sgd/contexts.py",
        "reach, column = space.reaches[centre - group[0]],",
        "reach, column = space.reaches[group[1] - 1 - group[0]],",
        "skipgram-shared",
    ),
    "a mean has the context of the one before": Mutation(
        "sgd/steps.py",
        "space.bounds[i + 1] = space.bounds[i] + m",
        "space.bounds[i + 1] = plan.centres + m",
        "cbow-shared-undivided",
    ),
    "a mean is trained with all centres before it": Mutation(
        "sgd/steps.py", "        clear_share(space, i)\n", "", "cbow-shared-undivided"
    ),
    "the learning rate stands still": Mutation(
        "sgd/sentences.py", "(space.rates[1] - space.rates[0]) * done", "0.0", "skipgram"
    ),
    "subsampling keeps what it should drop": Mutation(
        "sgd/sampling.py", "np.int64(keep[token] > np", "np.int64(keep[token] < np", "skipgram"
    ),
    "a sampled set weighs less": Mutation(
        "sgd/sentences.py",
        "    if subsets > 1:\n        rate",
        "    if subsets > 9:\n        rate",
        "set-sampled",
    ),
    "an item is its own partner": Mutation(
        "sgd/contexts.py", "m += np.int64(words[i] != words[centre])", "m += np.int64(i != centre)", "set"
    ),
    "new inputs update the outputs": Mutation(
        "codegen/tiles.py",
        "emit_fma(builder, g[j], x, new[j])",
        "emit_fma(builder, g[j], total, new[j])",
        "skipgram",
        True,
    ),
    "the first tile's labels for all": Mutation(
        "codegen/tiles.py",
        "_emit_load_row(builder, b.labels, at)",
        "_emit_load_row(builder, b.labels, I64(lane % TILE_STRIDE))",
        "skipgram-many-noise-words",
        True,
    ),
    "parts are rounded down": Mutation(
        "codegen/bfloat16.py", "builder.add(x, r) for x, r", "x for x, r", "skipgram-subwords", True
    ),
    "all parts of a word are rounded by the same bits": Mutation(
        "codegen/twins.py", "i * 0x9E379E37 & 0xFFFFFFFF", "0", "skipgram-subwords"
    ),
    "words are rounded by the same bits": Mutation(
        "codegen/twins.py", "        bits ^= shift(", "        bits = bits ^ shift(", "cbow-subwords"
    ),
    "parts that stay are left out": Mutation(
        "sgd/rows.py",
        "add(load(space.work, slot + k), load(parts.kept, start + k))",
        "load(space.work, slot + k)",
        "cbow-subwords-frozen",
    ),
    "a word's parts are all replicas": Mutation(
        "sgd/rows.py", "for i in range(replicated, n):", "for i in range(n):", "skipgram-subwords"
    ),
    "a rough sigmoid": Mutation(
        "codegen/simd.py",
        "_LN2_LOW = 0.693359375, -2.12194440e-4",
        "_LN2_LOW = 0.6934, 0.0",
        "skipgram",
        True,
    ),
    "a line feed between quotes is not counted": reading(
        "text/fields.py",
        "                        here += byte == _FEED",
        "                        here += 0",
        "rows",
    ),
    "an escaped line feed is not counted": reading(
        "text/fields.py", "here += text[position] == _FEED", "here += 0", "rows"
    ),
    "the line after the last belongs to an open quote": reading(
        "text/fields.py", "here -= text[stop - 1] == _FEED", "here -= 0", "rows"
    ),
    "text after a quote is let pass": reading(
        "text/fields.py",
        "            else:\n                fault = np.uint8(AFTER_QUOTE)",
        "            else:\n                position += 1",
        "rows",
    ),
    "a fault keeps its fields": reading(
        "text/fields.py", "            if fault == 0:\n", "            if fault >= 0:\n", "rows"
    ),
    "a row ends where the chunk does": reading(
        "text/fields.py", "if position == stop and not ended:", "if position == stop and ended:", "rows"
    ),
    "two quotes are one that closes": reading(
        "text/fields.py",
        "position + 1 < stop and text[position + 1] == quote:",
        "position + 1 > stop:",
        "rows",
    ),
    "quotes stay doubled": reading("text/fields.py", "if quoted[i] != 2:", "if quoted[i] >= 0:", "rows"),
    "the second character of a delimiter is not looked at": reading(
        "text/fields.py", "and text[position + 1] == second\n", "and text[position + 1] != _FEED\n", "rows"
    ),
    "blank lines are rows": reading(
        "text/fields.py", "if fault != 0 or not blank:", "if fault != 0 or blank or not blank:", "rows"
    ),
    "trailing blanks stay": reading(
        "text/field_values.py",
        "if is_blank(text[stop - 1]):",
        "if stop < start:",
        "rows",
    ),
    "all that begins with a digit is a number of a table of floats": reading(
        "text/field_values.py", "if digits == end and digits > first:", "if digits > first:", "ids"
    ),
    "null is an id": reading("text/field_values.py", "or _is_word(text, start, stop, _NULL)", "", "ids"),
    "missing words only in lower case": reading(
        "text/field_values.py",
        "text[start + same] | _LOWER == word[same]",
        "text[start + same] == word[same]",
        "ids",
    ),
    "a plus is no sign": reading(
        "text/field_values.py",
        "position += negative or text[position] == _PLUS",
        "position += negative",
        "numbers",
    ),
    "a comma is always a point": reading(
        "text/field_values.py", "(comma and byte == _COMMA)", "(byte == _COMMA)", "numbers"
    ),
    "two points": reading("text/field_values.py", "elif not point and (byte", "elif (byte", "numbers"),
    "large numbers are rounded twice": reading(
        "text/field_values.py",
        "if mantissa > _EXACT or power < -22 or power > 22:",
        "if power < -22 or power > 22:",
        "numbers",
    ),
    "an exponent without digits": reading(
        "text/field_values.py",
        "        if position == stop:\n            return OTHER",
        "        if stop < 0:\n            return OTHER",
        "numbers",
    ),
    "every fourth year is a leap year": reading(
        "text/field_values.py",
        "year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)",
        "year % 4 == 0",
        "times",
    ),
    "a leap day begins in February": reading(
        "text/field_values.py", "(month > 2 and leap) + day", "(month >= 2 and leap) + day", "times"
    ),
    "east is west": reading(
        "text/field_values.py", "time - offset if east else time + offset", "time + offset", "times"
    ),
    "a fraction of any length": reading(
        "text/field_values.py", "if digits not in (3, 6):", "if digits > 9:", "times"
    ),
    "of equal times the later event comes first": reading(
        "linalg/ordering.py", "values[part[right]] < values", "values[part[right]] <= values", "order"
    ),
    "insertion that is not stable": reading(
        "linalg/ordering.py", "values[part[j - 1]] > value:", "values[part[j - 1]] >= value:", "order"
    ),
    "runs are not merged to the end": reading(
        "linalg/ordering.py",
        "for first in range(0, size - run, 2 * run):",
        "for first in range(0, size - 2 * run, 2 * run):",
        "order",
    ),
    "an empty name is every field": reading(
        "text/fields.py", "same = stops[i] - starts[i] == word.shape[0]", "same = True", "equal"
    ),
}


@pytest.fixture(scope="module")
def interpreting() -> Iterator[Forking]:
    """A process that compiles nothing."""
    with Forking(["numba"], NUMBA_DISABLE_JIT="1") as forking:
        yield forking


@pytest.mark.parametrize("name", MUTATIONS)
def test_the_oracle_refuses(name: str, interpreting: Forking, tmp_path: Path) -> None:
    mutation = MUTATIONS[name]
    shutil.copytree(
        PACKAGE / "kernels",
        tmp_path / "e2v" / "kernels",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    (tmp_path / "e2v" / "__init__.py").touch()
    shutil.copy(PACKAGE / "notices.py", tmp_path / "e2v")  # the one thing that kernels import
    (tmp_path / "tests").symlink_to(TESTS)
    source = tmp_path / "e2v" / "kernels" / mutation.file
    text = source.read_text()
    assert text.count(mutation.line) == 1
    source.write_text(text.replace(mutation.line, mutation.mutant))
    arguments = f"tests.kernels.{mutation.program}", [mutation.case], tmp_path
    if mutation.jit:
        with Forking([], NUMBA_CACHE_DIR=str(tmp_path)) as compiling:
            done = compiling.run(*arguments)
    else:
        done = interpreting.run(*arguments)
    refused = done.stdout.startswith(mutation.case) or "AssertionError" in done.stderr
    assert done.code == 1, done.stdout
    assert refused, done.stderr

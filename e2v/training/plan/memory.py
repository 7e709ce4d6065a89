"""The memory of a run at its peak, step by step: what the arrays take that each step has.

Sizes of arrays are those of the code that makes them; what has no array to go by (blocks of text under way,
what the allocator keeps) is measured, and stands here as constants. All in bytes, beside the process itself.
"""

from __future__ import annotations

from e2v.corpus.text.build import AHEAD, BLOCK, MOST_THREADS
from e2v.kernels.sgd import padded
from e2v.training.plan.size import RunSize, TextSize
from e2v.training.word2vec.memory import matrix_bytes, thread_bytes
from e2v.training.word2vec.model import BLOCK_BYTES
from e2v.training.word2vec.settings import Word2VecSettings

_FLOAT = 4
#: Of a key in a lexicon: its head, its start and its count, 8 bytes each.
_KEY = 24
#: Of a place for a key: two slots of 8 bytes.
_PLACE = 16
#: Blocks of text that a thread has under way: the text, and ids that wait for their turn.
_BLOCKS_A_THREAD = 4
#: Copies of the lexicon's keys while the vocabulary is chosen, and what the allocator keeps of them.
_LEXICON_COPIES = 5
#: What the allocator keeps of the blocks once they are read.
_KEPT = 45_000_000
#: Bytes of a key that is sorted by its letters, for the order of those that are equally frequent.
_SORTED = 200
#: What stays with the process for each key or n-gram, once it is sorted.
_KEPT_OF_A_KEY = 150
#: Of a word's path in a Huffman tree: node, code and label; 1.15 nodes for each doubling of the vocabulary,
#: as in English text.
_NODE, _NODES_A_DOUBLING = 6, 1.15


def reading_bytes(text: TextSize, threads: int) -> int:
    """While text is read: blocks ahead and under way, and a lexicon for each thread."""
    threads = min(threads, MOST_THREADS)
    # Most of the different words of a text are rare, and each is in the lexicon of one or two threads.
    types = text.types if threads == 1 else round(text.types * 1.35 / threads)
    lexicon = _lexicon_bytes(types, round(text.type_bytes * types / max(1, text.types)))
    blocks = min(text.bytes, BLOCK * (AHEAD + _BLOCKS_A_THREAD * threads))
    return blocks + min(_KEPT, 2 * text.bytes) // 3 + 3 * threads * lexicon


def encoding_bytes(size: RunSize, text: TextSize) -> int:
    """While the vocabulary is chosen and the corpus is written, and then read for the first time."""
    lexicon = _LEXICON_COPIES * _lexicon_bytes(text.types, text.type_bytes)
    kept = min(_KEPT, 2 * text.bytes)
    return kept + lexicon + max(size.corpus_bytes, _SORTED * size.keys)


def training_bytes(size: RunSize, config: Word2VecSettings) -> int:
    """While the matrices are trained: the corpus, which is mapped, the matrices and the tables."""
    matrices = matrix_bytes(size.keys, size.ngrams, config)
    matrices += thread_bytes(size.keys, size.ngrams, size.longest, config)
    tables = _FLOAT * size.keys  # how likely a word is kept
    if config.loss == "negative-sampling":
        tables += 8 * size.keys
    elif config.loss == "hierarchical-softmax":
        tables += _NODE * path_nodes(size.keys) + 8 * size.keys
    if config.subword is not None:
        # The n-grams of words, once more in the order of kernels; offsets, weights, records; the dictionary.
        tables += 8 * size.parts + 40 * size.keys + size.ngram_bytes + (8 + _KEPT_OF_A_KEY) * size.ngrams
    return size.corpus_bytes + matrices + tables + (_kept_of(size, size.text) if size.text else 0)


def preparing_bytes(size: RunSize, config: Word2VecSettings) -> int:
    """While that is made: what is needed for the moment comes on top."""
    moment = 0
    if config.loss == "hierarchical-softmax":
        moment = 24 * path_nodes(size.keys) + 100 * size.keys
    if config.subword is not None:  # words, keys to sort by and their order, int64, for each part
        moment += 24 * size.parts
    return training_bytes(size, config) + moment + size.start_bytes


def writing_bytes(size: RunSize, config: Word2VecSettings) -> int:
    """While the model is written: a block of a matrix is checked, and words are composed of their parts."""
    row: int = _FLOAT * padded(config.dim)
    block = min(BLOCK_BYTES, row * size.keys)
    return training_bytes(size, config) + block * (1 if config.subword is None else 3)


def _kept_of(size: RunSize, text: TextSize) -> int:
    """What the allocator keeps of the lexicons, and of sorting the keys."""
    return 2 * _lexicon_bytes(text.types, text.type_bytes) + _KEPT_OF_A_KEY * size.keys


def path_nodes(keys: int) -> int:
    """Inner nodes on the paths of all words together, in a Huffman tree."""
    return round(keys * _NODES_A_DOUBLING * keys.bit_length())


def _lexicon_bytes(keys: int, key_bytes: int) -> int:
    """Of a `Lexicon`, as far as it is filled."""
    places: int = 1 << max(16, (keys - 1).bit_length())
    return int(_PLACE * places + _KEY * keys + key_bytes)

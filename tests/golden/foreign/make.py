"""Write the golden files of other programs that are not there yet: `python -m tests.golden.foreign.make`.

Each was written by the program itself, of the version in its entry, so that tests read what it writes where
it is not installed. Needs the [interop] extra. A file that is there is never written again.
"""

from __future__ import annotations

import importlib
import json
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent
KEYS = ["the", "日本", "naïve", "of", "a"]
COUNTS = [50, 40, 30, 20, 10]
#: Values that binary fractions of any size hold exactly.
VECTORS = (np.arange(15, dtype=np.float32).reshape(5, 3) - 7) / 8
TEXT = "the naïve cat of the 日本 house is a cat of the house " * 40


def gensim_keyed_vectors(path: Path) -> None:
    """gensim 4.4.0: KeyedVectors.save, arrays within the pickle."""
    _keyed_vectors().save(str(path))


def gensim_keyed_vectors_apart(path: Path) -> None:
    """gensim 4.4.0: KeyedVectors.save with the vectors in a file of their own."""
    _keyed_vectors().save(str(path), separately=["vectors"])


def gensim_keyed_vectors_protocol_5(path: Path) -> None:
    """gensim 4.4.0: as the first, with pickle's protocol 5."""
    _keyed_vectors().save(str(path), pickle_protocol=5)


def gensim_word2vec(path: Path) -> None:
    """gensim 4.4.0: Word2Vec.save."""
    from gensim.models import Word2Vec

    sentences = [TEXT.split()]
    model = Word2Vec(sentences, vector_size=3, min_count=1, epochs=1, workers=1, seed=1)
    model.save(str(path))
    _note_answers(path, model.wv.index_to_key, model.wv.__getitem__, model.wv.get_vecattr)


def gensim_fasttext(path: Path) -> None:
    """gensim 4.4.0: FastText.save, which leaves out the words' own vectors."""
    from gensim.models import FastText

    settings = {"vector_size": 3, "min_count": 1, "epochs": 1, "workers": 1, "seed": 1}
    model = FastText([TEXT.split()], bucket=50, min_n=2, max_n=3, **settings)
    model.save(str(path))
    _note_answers(path, model.wv.index_to_key, model.wv.__getitem__, model.wv.get_vecattr)


def gensim_word2vec_format(path: Path) -> None:
    """gensim 4.4.0: save_word2vec_format, text."""
    _keyed_vectors().save_word2vec_format(str(path))


def gensim_word2vec_format_binary(path: Path) -> None:
    """gensim 4.4.0: save_word2vec_format, binary."""
    _keyed_vectors().save_word2vec_format(str(path), binary=True)


def fasttext_model(path: Path) -> None:
    """fasttext-wheel 0.9.2: save_model of an unsupervised model with n-grams."""
    fasttext = importlib.import_module("fasttext")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "text").write_text(TEXT + "\n")
        settings = {"dim": 3, "minCount": 1, "bucket": 50, "minn": 2, "maxn": 3, "epoch": 1, "thread": 1}
        model = fasttext.train_unsupervised(f"{folder}/text", verbose=0, **settings)
    model.save_model(str(path))
    counts = dict(zip(*model.get_words(include_freq=True), strict=True))
    _note_answers(path, model.words, model.get_word_vector, lambda key, _: counts[key])


def model2vec_folder(path: Path) -> None:
    """model2vec 0.10.0: StaticModel.save_pretrained, with weights and a mapping of tokens to rows."""
    from model2vec import StaticModel
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import WhitespaceSplit

    tokenizer = Tokenizer(WordLevel({key: row for row, key in enumerate(KEYS)}, unk_token="of"))
    tokenizer.pre_tokenizer = WhitespaceSplit()
    weights, mapping = np.array([1, 2, 4, 0.5, 1], np.float32), np.array([0, 1, 1, 2, 4])
    StaticModel(VECTORS, tokenizer, weights=weights, token_mapping=mapping).save_pretrained(path)
    (path / "README.md").unlink()


def numpy_array(path: Path) -> None:
    """numpy 2.4.6: save, float64 in Fortran's order."""
    path.mkdir()
    np.save(path / "vectors.npy", np.asfortranarray(VECTORS.astype(np.float64)))
    (path / "vocabulary.txt").write_text("".join(f"{key}\r\n" for key in KEYS), newline="")


def arrow_table(path: Path) -> None:
    """pyarrow 26.0.1: write_table, lists of a fixed size of float64."""
    import pyarrow
    from pyarrow import parquet

    vectors = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(VECTORS.reshape(-1).astype(np.float64)), 3)
    columns = {"id": np.arange(5), "text": pyarrow.array(KEYS, pyarrow.large_string()), "embedding": vectors}
    parquet.write_table(pyarrow.table(columns), path)


def sqlite_vec_table(path: Path) -> None:
    """sqlite-vec 0.1.9: a table of its own, with text keys."""
    with closing(_sqlite_vec(path)) as database:
        columns = "word text primary key, embedding float[3], chunk_size=8"
        database.execute(f"CREATE VIRTUAL TABLE words USING vec0({columns})")
        rows = [(key, vector.tobytes()) for key, vector in zip(KEYS, VECTORS, strict=True)]
        database.executemany("INSERT INTO words(word, embedding) VALUES (?, ?)", rows)


def sqlite_vec_table_of_int8(path: Path) -> None:
    """sqlite-vec 0.1.9: 20 rows of int8, of which one was deleted, with keys beside the vectors."""
    with closing(_sqlite_vec(path)) as database:
        columns = (
            "+rank integer, +word text, kind integer, embedding int8[3] distance_metric=cosine, chunk_size=8"
        )
        database.execute(f'CREATE VIRTUAL TABLE "the words" USING vec0({columns})')
        for row in range(20):
            vector = np.array([row, -row, 7], np.int8).tobytes()
            values = (row + 100, row, f"word {row}", 1, vector)
            columns = "rowid, rank, word, kind, embedding"
            database.execute(f'INSERT INTO "the words"({columns}) VALUES (?, ?, ?, ?, vec_int8(?))', values)
        database.execute('DELETE FROM "the words" WHERE rowid = 105')


def _sqlite_vec(path: Path) -> Any:
    """A new database that knows sqlite-vec; Python's own sqlite3 loads extensions in some builds only."""
    import apsw
    import sqlite_vec

    database = apsw.Connection(str(path))
    database.enable_load_extension(True)
    database.load_extension(sqlite_vec.loadable_path())
    database.execute("PRAGMA page_size = 512")
    return database


def _note_answers(
    path: Path,
    keys: list[str],
    vector: Callable[[str], np.ndarray],
    attribute: Callable[[str, str], int],
) -> None:
    """Write down, beside a model, what the program itself says of each key."""
    answers = [[key, vector(key).tolist(), int(attribute(key, "count"))] for key in keys]
    text = ",\n".join(json.dumps(answer, ensure_ascii=False) for answer in answers)
    path.with_name(f"{path.name}.json").write_text(f"[{text}]\n", encoding="utf-8")


def _keyed_vectors() -> object:
    from gensim.models import KeyedVectors

    vectors = KeyedVectors(3)
    vectors.add_vectors(KEYS, VECTORS)
    for key, count in zip(KEYS, COUNTS, strict=True):
        vectors.set_vecattr(key, "count", count)
    return vectors


GOLDEN: dict[str, Callable[[Path], None]] = {
    "gensim.kv": gensim_keyed_vectors,
    "gensim-apart.kv": gensim_keyed_vectors_apart,
    "gensim-5.kv": gensim_keyed_vectors_protocol_5,
    "gensim-word2vec.model": gensim_word2vec,
    "gensim-fasttext.model": gensim_fasttext,
    "gensim.txt": gensim_word2vec_format,
    "gensim.bin": gensim_word2vec_format_binary,
    "fasttext.bin": fasttext_model,
    "model2vec": model2vec_folder,
    "numpy": numpy_array,
    "arrow.parquet": arrow_table,
    "sqlite-vec.db": sqlite_vec_table,
    "sqlite-vec-int8.db": sqlite_vec_table_of_int8,
}

if __name__ == "__main__":
    for name, make in GOLDEN.items():
        if not (FOLDER / name).exists():
            make(FOLDER / name)

"""What settings, values and commands are called in other programs, and here.

They are not accepted, since a second spelling is one more thing to know, but whoever writes one is told the
right one. Sources: the usage texts of word2vec.c, fastText 0.9 and GloVe 1.2, and the signatures of gensim
4.3's Word2Vec and implicit 0.7's AlternatingLeastSquares. Imported only once something is misspelled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias


class Means(NamedTuple):
    """A setting of e2v; in its value `{}` is the value that was given."""

    setting: str
    value: str = "{}"


#: A setting; or one for each value; or, where there is none, what to do instead.
Meaning: TypeAlias = Means | Mapping[str, "Means | str"] | str

_DIM, _EPOCHS, _LR, _THREADS = Means("dim"), Means("epochs"), Means("lr"), Means("threads")
_NUMBER = Means("number")
_ON = ("1", "true")
#: Text has no option of its own.
TEXT = "text is named without an option: e2v train FILE"
_REPLACED = "an existing file is replaced as soon as the new one is complete"
_ARCH = {"0": Means("arch", "cbow"), "1": Means("arch", "skipgram")}

#: Spelling, in small letters without dashes and underscores -> what it means.
OPTIONS: Mapping[str, Meaning] = {
    "size": _DIM, "vectorsize": _DIM, "vecsize": _DIM, "factors": _DIM, "dimension": _DIM, "dimensions": _DIM,
    "embeddingdim": _DIM, "embeddingsize": _DIM, "components": _DIM, "ncomponents": _DIM, "layer1size": _DIM,
    "epoch": _EPOCHS, "iter": _EPOCHS, "iterations": _EPOCHS, "maxiter": _EPOCHS, "niter": _EPOCHS,
    "alpha": _LR, "learningrate": _LR, "eta": _LR,
    "minalpha": "the learning rate falls to a ten thousandth of --lr",
    "lrupdaterate": "the learning rate falls with every unit of work",
    "thread": _THREADS, "workers": _THREADS, "nthreads": _THREADS, "numthreads": _THREADS,
    "njobs": _THREADS, "jobs": _THREADS,
    "ws": Means("window"), "windowsize": Means("window"), "contextsize": Means("window"),
    "shrinkwindows": {"0": Means("window_mode", "fixed"), "1": Means("window_mode", "dynamic")},
    "neg": Means("negative"), "negatives": Means("negative"), "negativesamples": Means("negative"),
    "nsexponent": Means("noise_exponent"),
    "t": Means("sample"), "subsample": Means("sample"), "threshold": Means("sample"),
    "mincount": Means("min_count"), "vocabmincount": Means("min_count"), "minfreq": Means("min_count"),
    "discard": Means("min_count"), "mindf": Means("min_count"),
    "maxvocabsize": Means("max_vocab"), "maxfinalvocab": Means("max_vocab"), "vocabsize": Means("max_vocab"),
    "cbow": {"0": Means("arch", "skipgram"), "1": Means("arch", "cbow")},
    "sg": _ARCH, "skipgram": Means("arch", "skipgram"), "architecture": Means("arch"),
    "hs": {"0": Means("loss", "negative-sampling"), "1": Means("loss", "hierarchical-softmax")},
    "cbowmean": {"0": Means("cbow_gradient", "full"), "1": Means("cbow_gradient", "divided")},
    "minn": Means("subword", "{}:6"), "maxn": Means("subword", "3:{}"),
    "ngrams": Means("subword", "3:6"), "bucket": Means("buckets"),
    "wordngrams": "e2v phrases makes one word of several before training",
    "classes": "e2v export --to npy has the vectors for any program that clusters",
    "regularization": "nothing is regularized: --epochs and --dim are what matters",
    "pretrainedvectors": Means("init"),
    "train": TEXT, "input": TEXT, "corpusfile": TEXT, "sentences": TEXT,
    "out": Means("output"), "savefile": Means("output"), "outfile": Means("output"),
    "readvocab": Means("counts"), "vocabfile": Means("counts"), "savevocab": Means("save_counts"),
    "binary": "e2v export MODEL --to word2vec-binary writes such a file",
    "saveoutput": "output vectors are always kept: --vectors output",
    "pretrained": Means("init"), "initialize": Means("init"), "warmstart": Means("init"),
    "maxtime": Means("time_budget"), "time": Means("time_budget"), "autotuneduration": Means("time_budget"),
    "randomseed": Means("seed"), "randomstate": Means("seed"),
    "lower": Means("lowercase", ""), "casefold": Means("lowercase", ""),
    "stopwords": Means("stop"), "phraseseparator": Means("joiner"), "connectorwords": Means("stop"),
    "topn": _NUMBER, "topk": _NUMBER, "top": _NUMBER, "k": _NUMBER, "limit": _NUMBER, "num": _NUMBER,
    "n": _NUMBER, "neighbors": _NUMBER, "neighbours": _NUMBER, "count": _NUMBER,
    "positive": Means("plus"), "add": Means("plus"), "subtract": Means("minus"),
    "restrictvocab": Means("restrict"),
    "uid": Means("user"), "userid": Means("user"), "usercol": Means("user"),
    "iid": Means("item"), "itemid": Means("item"), "itemcol": Means("item"),
    "timestamp": Means("time"), "timecol": Means("time"), "ratingcol": Means("rating"),
    "sep": Means("delimiter"), "separator": Means("delimiter"), "charset": Means("encoding"),
    "filteritems": Means("not_"), "exclude": Means("not_"), "blocklist": Means("not_"),
    "filteralreadylikeditems": "what a user has seen is left out unless --include-seen is given",
    "json": Means("format", "json"), "tsv": Means("format", "tsv"), "csv": Means("format"),
    "silent": Means("quiet", ""), "debug": Means("verbose", ""), "loglevel": Means("verbose", ""),
    "log": Means("log_file"), "logfile": Means("log_file"), "noprogress": Means("progress", "none"),
    "force": _REPLACED, "overwrite": _REPLACED,
}  # fmt: skip

#: In these commands a spelling means something else.
OPTIONS_OF: Mapping[str, Mapping[str, Meaning]] = {
    "similar": {"negative": Means("minus"), "threshold": "-n N, or awk '$3 > .5' on the rows"},
    "train": {"model": {"cbow": Means("arch", "cbow"), "skipgram": Means("arch", "skipgram")}},
    "phrases": {"t": Means("threshold")},
    "recommend": {"user": Means("for_"), "userid": Means("for_"), "uid": Means("for_")},
    "export": {"format": Means("to"), "binary": Means("to", "word2vec-binary"), "type": Means("to")},
    "import": {"format": Means("from_"), "binary": Means("from_", "word2vec-binary")},
    "index": {"m": Means("links"), "efconstruction": Means("ef"), "efsearch": Means("ef")},
}

#: Spellings of values, in small letters -> the value.
VALUES: Mapping[str, str] = {
    "ns": "negative-sampling", "neg": "negative-sampling", "sgns": "negative-sampling",
    "negative": "negative-sampling", "hs": "hierarchical-softmax", "hierarchical": "hierarchical-softmax",
    "sg": "skipgram", "skip-gram": "skipgram", "skip": "skipgram", "bow": "cbow",
    "space": "whitespace", "spaces": "whitespace", "words": "word", "char": "character", "chars": "character",
    "set": "set", "bag": "set", "brute": "exact", "flat": "exact", "graph": "hnsw", "ann": "hnsw",
    "text": "tsv", "jsonl": "json", "ndjson": "json", "tab": "tsv", "plain": "table",
    "w2v": "word2vec", "vec": "word2vec", "txt": "word2vec", "bin": "word2vec-binary",
    "word2vec-text": "word2vec", "numpy": "npy", "tensorboard": "projector", "sqlite3": "sqlite",
    "kv": "gensim", "ft": "fasttext",
    "off": "none", "quiet": "none", "on": "bar", "mul": "3cosmul", "add": "3cosadd",
    "fp16": "float16", "half": "float16", "fp32": "float32", "single": "float32",
    "error": "fail", "raise": "fail", "ignore": "skip", "drop": "skip",
    "pop": "popularity", "itemknn": "item-knn", "knn": "item-knn", "gfcf": "gf-cf",
    "leave-one-out": "last-out", "loo": "last-out", "last": "last-out",
}  # fmt: skip

_SIMILAR, _TRAIN, _KEYS = "e2v similar KEY", "e2v train INPUT", "e2v keys FILE"
_EVAL = "e2v eval MODEL --analogies FILE"

#: Names of commands elsewhere -> what to write.
COMMANDS: Mapping[str, str] = {
    "neighbors": _SIMILAR, "neighbours": _SIMILAR, "nn": _SIMILAR, "nearest": _SIMILAR, "distance": _SIMILAR,
    "knn": _SIMILAR, "mostsimilar": _SIMILAR, "similars": _SIMILAR, "find": _SIMILAR, "search": _SIMILAR,
    "query": _SIMILAR, "ask": _SIMILAR, "similarbyword": _SIMILAR,
    "similarbykey": _SIMILAR, "similarbyvector": _SIMILAR, "getnearestneighbors": _SIMILAR,
    "mostsimilarcosmul": "e2v similar KEY --method 3cosmul",
    "wv": "a model is asked itself: e2v similar KEY",
    "alsobought": _SIMILAR, "similaritems": _SIMILAR, "like": _SIMILAR,
    "analogies": "e2v analogy A B C", "wordanalogy": "e2v analogy A B C",
    "getanalogies": "e2v analogy A B C",
    "doesntmatch": "e2v odd KEY KEY KEY", "outlier": "e2v odd KEY KEY KEY",
    "cosine": "e2v similarity A B", "nsimilarity": "e2v similarity A B",
    "version": "e2v --version", "help": "e2v --help, or e2v COMMAND --help", "man": "e2v --help",
    "word2vec": _TRAIN, "fit": _TRAIN, "learn": _TRAIN, "skipgram": "e2v train INPUT --arch skipgram",
    "trainunsupervised": _TRAIN,
    "cbow": "e2v train INPUT --arch cbow", "fasttext": "e2v train INPUT --subword 3:6", "glove": _TRAIN,
    "item2vec": "e2v train CORPUS --preset items",
    "als": "e2v svd CORPUS, or e2v tower CORPUS",
    "supervised": "vectors are learned without labels: e2v train INPUT",
    "quantize": "e2v export MODEL --dtype int8",
    "printwordvectors": "e2v lookup KEY", "printsentencevectors": "e2v embed TEXT",
    "sentencevector": "e2v embed TEXT", "getsentencevector": "e2v embed TEXT", "sif": "e2v embed TEXT",
    "vector": "e2v lookup KEY",
    "getvector": "e2v lookup KEY", "wordvec": "e2v lookup KEY", "getwordvector": "e2v lookup KEY",
    "vectors": "e2v lookup KEY", "get": "e2v lookup KEY", "printngrams": "e2v lookup KEY",
    "word2phrase": "e2v phrases INPUT", "phrase": "e2v phrases INPUT", "bigrams": "e2v phrases INPUT",
    "vocabcount": "e2v vocab INPUT", "build": "e2v vocab INPUT", "count": "e2v vocab INPUT",
    "encode": "e2v vocab INPUT", "tokenize": "e2v vocab INPUT", "prepare": "e2v vocab INPUT",
    "corpus": "e2v vocab INPUT",
    "log": "e2v events LOG", "ratings": "e2v events LOG", "load": "e2v import FILE",
    "keyedvectors": "e2v import FILE",
    "loadword2vecformat": "e2v import FILE", "loadmodel": "e2v import FILE",
    "loadfacebookmodel": "e2v import FILE", "loadfacebookvectors": "e2v import FILE",
    "words": _KEYS, "getwords": _KEYS, "vocabulary": _KEYS, "indextokey": _KEYS, "keytoindex": _KEYS,
    "index2word": _KEYS, "list": _KEYS,
    "convert": "e2v export MODEL --to FORMAT",
    "save": "e2v export MODEL --to FORMAT",
    "savemodel": "e2v export MODEL --to FORMAT", "saveword2vecformat": "e2v export MODEL --to word2vec",
    "dump": "e2v export MODEL --to FORMAT",
    "accuracy": _EVAL, "computeaccuracy": _EVAL, "test": _EVAL, "evaluate": _EVAL,
    "evaluatewordanalogies": _EVAL, "evaluatewordpairs": "e2v eval MODEL --similarity FILE",
    "score": _EVAL,
    "benchmark": _EVAL,
    "autotune": "e2v tune CORPUS", "optimize": "e2v tune CORPUS", "hyperparameters": "e2v tune CORPUS",
    "gridsearch": "e2v tune CORPUS", "automl": "e2v auto LOG",
    "predict": "e2v recommend ITEM, or e2v similar KEY --predict", "rank": "e2v recommend ITEM",
    "recommendations": "e2v recommend ITEM", "suggest": "e2v recommend ITEM",
    "show": "e2v info FILE", "inspect": "e2v info FILE", "describe": "e2v info FILE",
    "check": "e2v verify FILE",
    "validate": "e2v verify FILE", "tutorial": "e2v demo", "example": "e2v demo", "tour": "e2v demo",
}  # fmt: skip


def bare(spelling: str) -> str:
    """A spelling without what differs between programs: dashes, underscores and capitals."""
    return spelling.replace("-", "").replace("_", "").lower()


def meaning(spelling: str, value: str | None = None, command: str = "") -> Means | str | None:
    """What an option of another program means here: a setting and its value, or advice; None if unknown.

    value: that was given with it, which decides what some of them mean.
    """
    name = bare(spelling)
    found = OPTIONS_OF.get(command, {}).get(name) or OPTIONS.get(name)
    if isinstance(found, Mapping):
        chosen = "1" if value is None or value.lower() in _ON else value.lower()
        found = found.get(chosen) or next(iter(found.values()))
    if isinstance(found, Means) and value is not None:
        return Means(found.setting, found.value.replace("{}", value))
    return found


def as_keyword(meant: Means, given: Any) -> str:
    """How a setting is written in Python, with its value unless that is long: arch='skipgram'.

    given: the value that was given with the other name.
    """
    value = repr(given if meant.value == str(given) else meant.value)
    shown = meant.value and "{}" not in meant.value and len(value) <= 40 and "\n" not in value
    return f"{meant.setting}={value}" if shown else meant.setting


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The name that a word is most likely meant as: another program's word for it, or one like it."""
    from difflib import get_close_matches

    known = {name.lower(): name for name in names}
    if (translated := VALUES.get(word.lower())) in known:
        return known[translated]
    plain = {bare(name): name for name in known.values()}
    if bare(word) in plain:
        return plain[bare(word)]
    if alike := get_close_matches(bare(word), plain, 1, 0.65):
        return plain[alike[0]]
    small = word.lower().lstrip("-")
    begun = [
        name
        for name in known.values()
        if min(len(small), len(name)) > 2 and (name.startswith(small) or small.startswith(name))
    ]
    return begun[0] if len(begun) == 1 else None

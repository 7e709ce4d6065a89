"""gensim's skip-gram with a window as wide as the longest set. Prints the seconds of training as JSON.

The two matrices are written as a model, to be evaluated as any other.
"""

import json
import sys
import time

import gensim
from gensim.models import Word2Vec

from e2v.corpus.artifact import open_corpus
from e2v.corpus.histories import histories_of
from e2v.store import ArtifactWriter, Keys

train, output, settings = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
corpus = open_corpus(train)
names = list(corpus.keys)
sets = [[names[item] for item in items] for items in histories_of(corpus)]
model = Word2Vec(
    vector_size=settings["dim"],
    window=max(map(len, sets)),
    shrink_windows=False,
    sg=1,
    negative=settings["negative"],
    ns_exponent=settings["noise_exponent"],
    sample=0,
    min_count=1,
    workers=settings["threads"],
    alpha=settings["lr"],
    min_alpha=settings["lr"] * 1e-4,
    seed=settings["seed"],
)
model.build_vocab(sets)
start = time.perf_counter()
model.train(sets, total_examples=model.corpus_count, epochs=settings["epochs"])
seconds = time.perf_counter() - start
keys = Keys.from_strings(model.wv.index_to_key)
with ArtifactWriter(output, "model", {}) as writer:
    writer.add_keys("keys", keys)
    writer.add("counts", model.wv.expandos["count"])
    writer.add("input", model.wv.vectors)
    writer.add("output", model.syn1neg)
print(json.dumps({"seconds": seconds, "version": gensim.__version__}))

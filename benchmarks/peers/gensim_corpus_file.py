"""gensim's fastest way: the corpus_file mode. Prints the seconds of the training call as JSON."""

import json
import sys
import time

import gensim
from gensim.models import Word2Vec

text, output, settings = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
hierarchical = settings["loss"] == "hierarchical-softmax"
model = Word2Vec(
    vector_size=settings["dim"],
    window=settings["window"],
    negative=0 if hierarchical else settings["negative"],
    hs=int(hierarchical),
    sg=int(settings["arch"] == "skipgram"),
    sample=settings["sample"],
    min_count=settings["min_count"],
    workers=settings["threads"],
    alpha=settings["lr"],
    min_alpha=settings["lr"] * 1e-4,
)
model.build_vocab(corpus_file=text)
start = time.perf_counter()
model.train(
    corpus_file=text,
    total_examples=model.corpus_count,
    total_words=model.corpus_total_words,
    epochs=settings["epochs"],
)
seconds = time.perf_counter() - start
model.wv.save_word2vec_format(output, binary=True)
print(json.dumps({"seconds": seconds, "version": gensim.__version__}))

"""itembed, which learns from sets. Prints the seconds of the training call as JSON.

In an epoch each item of a set meets one other of it, drawn at random; noise is uniform; there is one thread.
The two matrices are written as a model, to be evaluated as any other.
"""

import json
import sys
import time

import itembed
import numpy as np

from e2v.corpus.artifact import open_corpus
from e2v.corpus.histories import histories_of
from e2v.store import ArtifactWriter

train, output, settings = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
corpus = open_corpus(train)
sets = histories_of(corpus)
sets = sets.take(np.flatnonzero(sets.sizes > 1))  # it takes no sets of one
np.random.seed(settings["seed"])
inputs, outputs = (
    itembed.initialize_syn(len(corpus.keys), settings["dim"], method) for method in ("uniform", "zero")
)
task = itembed.UnsupervisedTask(
    sets.items.astype(np.int32),
    sets.offsets.astype(np.int32),
    inputs,
    outputs,
    num_negative=settings["negative"],
)
start = time.perf_counter()
itembed.train(task, num_epoch=settings["epochs"], initial_learning_rate=settings["lr"])
seconds = time.perf_counter() - start
with ArtifactWriter(output, "model", {}) as writer:
    writer.add_keys("keys", corpus.keys)
    writer.add("counts", corpus.counts)
    writer.add("input", inputs)
    writer.add("output", outputs)
print(json.dumps({"seconds": seconds, "version": itembed.__version__}))

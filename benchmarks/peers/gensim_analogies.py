"""gensim's evaluation of analogies, with the whole vocabulary. Prints accuracy and version as JSON."""

import json
import sys

import gensim
from gensim.models import KeyedVectors

path, questions = sys.argv[1:]
vectors = KeyedVectors.load_word2vec_format(path, binary=True)
accuracy, _ = vectors.evaluate_word_analogies(questions, restrict_vocab=len(vectors))
print(json.dumps({"accuracy": accuracy, "version": gensim.__version__}))

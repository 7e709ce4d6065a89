"""gensim's loader of word2vec's formats. Prints its version as JSON."""

import json
import sys

import gensim
from gensim.models import KeyedVectors

path, form = sys.argv[1:]
KeyedVectors.load_word2vec_format(path, binary=form == "binary")
print(json.dumps({"version": gensim.__version__}))

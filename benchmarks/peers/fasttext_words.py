"""fastText without n-grams, so that it learns what word2vec learns. Prints the seconds of training as JSON.

train_unsupervised reads the dictionary and trains in one call. Its progress on stderr tells when the
dictionary is complete ("Number of words"); the seconds from there on are taken.
"""

import json
import os
import sys
import threading
import time
from importlib.metadata import version
from pathlib import Path

import fasttext

text, output, settings = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
reading, writing = os.pipe()
os.dup2(writing, 2)  # the library prints from C++
os.close(writing)
begun = [time.perf_counter()]


def watch() -> None:
    """Note when the dictionary is complete."""
    seen = b""
    while chunk := os.read(reading, 1 << 16):
        if b"Number of words" not in seen and b"Number of words" in seen + chunk:
            begun.append(time.perf_counter())
        seen += chunk


threading.Thread(target=watch, daemon=True).start()
hierarchical = settings["loss"] == "hierarchical-softmax"
model = fasttext.train_unsupervised(
    text,
    model=settings["arch"],
    loss="hs" if hierarchical else "ns",
    dim=settings["dim"],
    ws=settings["window"],
    neg=settings["negative"],
    t=settings["sample"],
    minCount=settings["min_count"],
    epoch=settings["epochs"],
    lr=settings["lr"],
    thread=settings["threads"],
    minn=0,
    maxn=0,
    verbose=2,
)
seconds = time.perf_counter() - begun[-1]
words = [word for word in model.get_words() if word != "</s>"]
with Path(output).open("wb") as file:
    file.write(b"%d %d\n" % (len(words), settings["dim"]))
    for word in words:
        file.write(word.encode() + b" " + model.get_word_vector(word).tobytes() + b"\n")
print(json.dumps({"seconds": seconds, "version": version("fasttext-wheel")}))

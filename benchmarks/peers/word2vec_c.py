"""word2vec.c, the binary that the PyPI package word2vec builds. Prints the seconds of training as JSON.

The program says nothing of times, but prints the vocabulary size when training begins and its progress
until it ends: the seconds between those two are taken.
"""

import json
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

text, output, settings = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
hierarchical = settings["loss"] == "hierarchical-softmax"
options = {
    "train": text,
    "output": output,
    "size": settings["dim"],
    "window": settings["window"],
    "sample": settings["sample"],
    "hs": int(hierarchical),
    "negative": 0 if hierarchical else settings["negative"],
    "threads": settings["threads"],
    "iter": settings["epochs"],
    "min-count": settings["min_count"],
    "alpha": settings["lr"],
    "cbow": int(settings["arch"] == "cbow"),
    "binary": 1,
    "debug": 2,
}
command = [
    str(Path(sys.executable).parent / "word2vec"),
    *(str(x) for k, v in options.items() for x in ("-" + k, v)),
]
process = subprocess.Popen(command, stdout=subprocess.PIPE)
assert process.stdout is not None
seen = b""
began = ended = time.perf_counter()
while chunk := process.stdout.read1(1 << 16):
    if b"Words in train file" not in seen:
        began = time.perf_counter()
    seen += chunk
    ended = time.perf_counter()
if process.wait() != 0:
    sys.exit(f"{command[0]} failed: exit {process.returncode}")
print(json.dumps({"seconds": ended - began, "version": version("word2vec")}))

"""The same commands with one thread write the same bytes, whatever the environment and the folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.forking import environment

COMMANDS = """\
vocab text -o text.e2v --min-count 1 --save-counts counts
phrases text -o phrases.e2v --min-count 1 --threshold 1
events log.csv --time at -o log.e2v --min-count 1
split log.e2v -o split.e2v --held-out held-out --by last-out
train text.e2v -o skipgram.e2v --dim 5
train text.e2v -o cbow.e2v --dim 5 --arch cbow --subword 2:3 --buckets 64
train text.e2v -o tree.e2v --dim 5 --loss hierarchical-softmax
train log.e2v -o sets.e2v --dim 5 --context set
svd log.e2v -o svd.e2v --dim 3
tower log.e2v -o tower.e2v --dim 4 --epochs 2
users tower.e2v log.e2v -o users.e2v
index tower.e2v -o index.e2v
map skipgram.e2v -o map.html --projection pca
export skipgram.e2v --to parquet -o vectors.parquet
export skipgram.e2v --to npy -o arrays
import vectors.parquet -o imported.e2v
"""

PROGRAM = """
import sys
from tests.commands import command_line
for line in sys.stdin:
    command_line(line + (" --threads 1" if line.split()[0] in {"train", "svd", "tower", "vocab"} else ""))
"""

ELSEWHERE = {
    "PYTHONHASHSEED": "7", "LC_ALL": "C", "LANG": "tr_TR.UTF-8", "TZ": "Asia/Kathmandu", "COLUMNS": "40",
    "OPENBLAS_NUM_THREADS": "2", "MKL_NUM_THREADS": "2", "OMP_NUM_THREADS": "2",
}  # fmt: skip


def files(folder: Path, variables: dict[str, str]) -> dict[str, bytes]:
    """What all commands write in a folder, which is made."""
    folder.mkdir()
    words = [f"w{i % 7} ü{i % 5} x{i % 3} w{i * i % 11}" for i in range(400)]
    (folder / "text").write_text("\n".join(words) + "\n", "utf-8")
    events = [f"u{i % 20},i{i * i % 13},2024-{i % 12 + 1:02}-01T{i % 24:02}:00:00" for i in range(300)]
    (folder / "log.csv").write_text("\n".join(["user,item,at", *events]) + "\n")
    subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=COMMANDS.encode(), cwd=folder, check=True, stdout=subprocess.DEVNULL,
        env=environment() | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))} | variables,
    )  # fmt: skip
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_no_byte_depends_on_the_environment(tmp_path: Path) -> None:
    here = files(tmp_path / "here", {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8"})
    there = files(tmp_path / "Größe 2", ELSEWHERE)
    assert len(here) > 18 and here.keys() == there.keys()
    assert [name for name in here if here[name] != there[name]] == []

"""`e2v vocab`: text in; a corpus out."""

from __future__ import annotations

from dataclasses import dataclass

from e2v.cli.shared.declared import Given
from e2v.cli.shared.options import Making, output
from e2v.cli.shared.outputs import file_output, unchanged
from e2v.cli.shared.progress import ProgressDisplay
from e2v.cli.shared.summaries import summarise_vocab
from e2v.corpus.text.settings import VocabSettings
from e2v.settings import argument


@dataclass(frozen=True, kw_only=True)
class Files(Making):
    """What is read and written."""

    inputs: tuple[str, ...] = argument(
        ...,
        "Text: files, globs, or - for stdin; plain, gzip, bzip2, xz or zstandard, known by content.",
        metavar="INPUT",
    )
    output: str | None = output("vocab")


def command(files: Files, given: Given[VocabSettings]) -> None:
    """Count the words of text, and encode them with the vocabulary they make.

    A line is a sentence, and a word what stands between blanks, unless --tokenizer says otherwise: `word`
    finds words and numbers of any script, leaves out punctuation, keeps don't and 3.14 whole and splits
    well-known; `character` takes every character that is not blank. Bytes that are not UTF-8 are kept.

    Words are ordered by count, equally frequent ones by their bytes. --counts and --vocab give the
    vocabulary instead: keys, ids and counts are then those of the list or the file. With --vocab, text is cut
    into words as it was for that file, unless --tokenizer or --lowercase are given.

    The text is read once, and memory grows with the number of different words only.

    With --shards 8 the corpus is in eight files, corpus-1-of-8.e2v and so on, each with all words and counts
    and a part of the sentences: `e2v train corpus-*.e2v` takes them as one. All of them appear, or none, and
    until they do the corpus is on the disk twice.

    With --engine ray, too, the files are dealt to workers of a cluster, each whole, which count and encode
    them; the shards have the bytes of those that are made here. See docs/scale.md.

    A log of events, such as ratings, orders or visits, is for `e2v events`.

    Examples:
        e2v vocab text.txt -o corpus.e2v
        e2v vocab 'books/*.txt.gz' --tokenizer word --lowercase --min-count 10
        e2v vocab 'part-*.txt' -o corpus.e2v --shards 8 --engine ray --address auto
    """
    from e2v.jobs.vocab import vocab

    to = file_output(files.output, "vocab", "a corpus")
    if counts := given.get("save_counts"):
        given["save_counts"] = file_output(str(counts), None, "a list of counts").path
    with ProgressDisplay() as progress:
        made = vocab(files.inputs, to, given, if_changed=files.if_changed, report=progress)
    if made is None:
        unchanged("vocab", to)
    else:
        summarise_vocab(made)

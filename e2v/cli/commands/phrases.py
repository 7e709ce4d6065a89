"""`e2v phrases`: words that belong together become one."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from e2v.cli.shared.declared import Given
from e2v.cli.shared.messages import say_result
from e2v.cli.shared.options import Making, Rows, output
from e2v.cli.shared.outputs import STDOUT, file_output, unchanged
from e2v.cli.shared.progress import ProgressDisplay
from e2v.cli.shared.summaries import reporter
from e2v.corpus.text.settings import PhraseSettings
from e2v.notices import counted
from e2v.settings import argument, resolve, setting


@dataclass(frozen=True, kw_only=True)
class Files(Making, Rows):
    """What is read and written."""

    inputs: tuple[str, ...] = argument(
        ..., "Text, or a corpus.e2v made with --min-count 1; - is stdin.", metavar="INPUT"
    )
    output: str | None = output()
    as_text: bool = setting(False, "Write text rather than a corpus; it may go to - (stdout).")


def command(files: Files, given: Given[PhraseSettings]) -> None:
    """Find pairs of words that stand together more often than by chance, such as new york, and join them.

    Without --output, print the phrases, best first. Columns: phrase, count, score.

    Text comes out line by line as it came in, blank lines and long ones too, with a space between words: read
    it with the tokenizer `whitespace`. Of a corpus only the sentences are known.

    Examples:
        e2v phrases text.txt -o phrased.e2v
        e2v phrases text.txt --as-text -o - | e2v train - -o model.e2v
        e2v phrases text.txt | head -n 20
    """
    from e2v.jobs.phrases import phrases

    to = None if files.output in (None, STDOUT) else file_output(files.output, None, "a corpus")
    settings = resolve(PhraseSettings, given)
    with ProgressDisplay() as progress:
        made = phrases(
            files.inputs,
            sys.stdout.buffer if files.output == STDOUT else to,
            settings,
            given,
            text=files.as_text,
            if_changed=files.if_changed,
            report=reporter(progress),
        )
    if made is None:
        assert to
        unchanged("phrases", to)
    elif files.output is not None:
        words = f"{counted(len(made.phrases), 'phrase')} joined in {counted(made.passes, 'pass')}"
        facts = {"phrases": len(made.phrases), "passes": made.passes}
        say_result("phrases", made.output, [words], facts)
    else:
        with files.printed(["phrase", "count", "score"]) as rows:
            for row in made.phrases:
                rows.row(*row)

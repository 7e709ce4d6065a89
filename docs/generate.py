"""Write docs/cli.md and docs/e2v.1 from the commands' own declarations, or say that they are out of date.

    python docs/generate.py            write them
    python docs/generate.py --check    exit 1 if they differ

It reads the settings that make each command's --help, rather than the printed help, whose layout changes
with the version of typer and the width of the terminal.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path

from manpage import man_page

from e2v.cli.app import COMMANDS
from e2v.cli.shared.declared import settings_of
from e2v.cli.shared.help import argument_usage, default_of, described, grouped, option_usage, usage_of
from e2v.cli.shared.messages import MessageSettings
from e2v.settings import Setting, declared

HERE = Path(__file__).parent

#: What holds for every command, in paragraphs that begin with what they are about.
KEEPS = """\
**Streams.** Results go to stdout and nothing else does; progress, warnings and errors go to stderr. `-` is
stdin or stdout where a file is expected (on a terminal what is typed, until Ctrl-D), and where queries are
expected it reads them from stdin, one a line, and answers each as it comes. On a terminal that is a prompt,
at which no line ends the command; its history is kept in `$XDG_STATE_HOME/e2v`, else `~/.local/state/e2v`.
Where `-` cannot be, it is refused with a reason, and a file called `-` is `./-`. A closed pipe (`e2v ... |
head`) ends the command quietly, but hides no verdict: `eval`, `plan` and `verify` go on to their exit codes.
What a closed stdout (`>&-`) is given is lost, as with `/dev/null`. A stderr that nobody reads, or that is
closed or full, stops nothing and changes no exit code.

**What is said.** A note, a warning or an error begins with `e2v: `. The summary of a command that made
something begins with the name of the output, and ends with the time of the whole command and its parts:
`12.4 s: starting 0.5, reading 1.1 (88.3 MB/s), compiling 6.0, training 4.4 (8.01 M words/s), writing 0.4`.
It is in words unless `--progress json` asks for JSON: then every line on stderr is an object, `{"note":
...}`, `{"warning": ...}`, progress, and last the result, with `total_seconds` and `parts`, or `{"error":
..., "hint": ..., "exit_code": ...}`. With `--quiet`, or `--progress none`, the screen has errors and
warnings only, such as lines that could not be read; notes and the summary, with what the settings left out
and which columns were guessed, are not shown. `--log-file` has all of that in any case, each line with the
time and its offset from UTC: `2026-03-29T01:28:27+01:00 e2v: ...`, or with `--progress json` an object each,
`{"time": "2026-03-29T01:28:27+01:00", "note": ...}`. Control characters, and bytes that are not UTF-8, are
shown as `\\x1b`. A terminal has lines broken between words, a log or a pipe has one line each.

**What goes on.** A terminal has one line for what is under way: a bar with the time left, or, where it is
not known how much there is to do, the time that has passed. It is gone when the command ends. Where the
terminal is narrow the figures beside it go first, then the bar gets shorter. A terminal that cannot draw a
line anew (`TERM=dumb`) has a line of words after 2 seconds, and one every 10 then; a log has one after 10
seconds, and one a minute then; with `--progress json` a record after 2 seconds, and one every 10 then:
`{"task": "reading", "seconds": 4.0, "done": ..., "total": ..., "bytes_per_second": ...,
"seconds_left": ...}`. The first run on a machine compiles for its CPU, and says so: its task is
`compiling`.

**Made already.** With `--if-changed` a command that makes something leaves an output alone that says, in
its provenance, that this version made it of inputs with the same content and with the same settings; then
it counts as made now, so that `make` is content. Files of other programs do not say what they were made of.

**Formats.** Commands that print rows draw a table on a terminal and write tab-separated values into a
pipe; `--format table|tsv|csv|json` decides otherwise. The columns are the same in all of them. TSV has no
header line without `--header`; tabs, newlines, carriage returns and backslashes within a field are written
`\\t`, `\\n`, `\\r` and `\\\\`. CSV has a header line, quotes as in RFC 4180, and lines that end with a line
feed. Keys that are not UTF-8 come out as the bytes that went in. Keys are written as they are, also one such
as `=1+1`, which a spreadsheet takes for a formula: import columns of keys as text.

**Outputs appear whole or not at all.** A file is written beside its final name and moved there when it
is complete; whatever was there before survives any failure. Before anything is read, it is tried
whether an output can be written. No output may be one of the inputs, through links of whatever kind,
or another output. An output that was not named (`model.e2v` of `train`) replaces only what the same
command made, and an `.e2v` file only one of its own kind, or an empty file: never a corpus a model, nor
anybody's text. Files of other formats replace whatever has their name, but no `.e2v` file.

**One run at a time.** Two runs do not write the same output: the second is told who does, and exits
with 1. The lock is the system's, on a small file beside the output that is gone at the end; that of a
run which was killed holds nobody up, and the next run that writes in the same folder removes what that
one has left there (`.e2v-OUTPUT.*`), and among temporary files (`e2v-scratch-*`). Where the file system
has no locks (some network file systems), runs are not kept apart and nothing is removed.

**Signals.** Ctrl-C, SIGTERM and SIGHUP end a command and leave nothing behind, but for the checkpoint
of `train` and `tower`; `nohup` is heeded.

**The model.** Commands that ask a model take `-m FILE`, else the file that `$E2V_MODEL` names, else
`model.e2v` in this folder."""

EXIT_CODES = {
    0: "done",
    1: "could not: an input is missing, empty, damaged or not ours, or an output cannot be written",
    2: "usage: an unknown option, or options that contradict each other",
    3: "a key is not in the vocabulary",
    4: "a quality gate failed, or a planned run would not keep its limits",
    75: "interrupted, a checkpoint is saved",
    130: "interrupted, nothing is saved",
}

HEAD = (
    f"""\
# The command line

<!-- Generated by docs/generate.py from the declarations of settings: edit those, then run `make docs`. -->

`e2v --help` lists the commands; `e2v COMMAND -h` shows what one does, its usual options and examples, and
`e2v COMMAND --help` what stands here. `e2v --version` prints the version; with `-v` also the versions of
Python and of packages, the CPU and its features, BLAS, threads, the folder of compiled code, and which extras
are there.

## Completion and the man page

`e2v --install-completion` teaches the shell that it is called from, of bash, zsh, fish and PowerShell, to
complete commands, options and their values at the tab key: `e2v export --to <TAB>` lists the formats, where
a model or a corpus is wanted only .e2v files and folders come up, and `e2v similar ki<TAB>` goes on with the
most frequent keys of the model. `e2v --show-completion` prints what it would install.

`man e2v` shows this page. pip puts it under `share/man` of the environment, where man looks if that
environment's `bin` is on the PATH; else `man -M ENVIRONMENT/share/man e2v` does.

## What every command keeps

{KEEPS}

| exit code | meaning |
|---|---|
"""
    + "".join(f"| {code} | {meaning} |\n" for code, meaning in EXIT_CODES.items())
    + """
An error is one line on stderr: what, where, and what to try. Options and commands as other programs call
them (`--size`, `-minCount`, `neighbors`) are not taken, but answered with what they are called here; and an
option that is given two values is refused.

## Commands
"""
)


def main() -> None:
    """Write the pages, or check them with --check."""
    functions = {
        name: import_module(f"e2v.cli.commands.{module}").command for name, module in COMMANDS.items()
    }
    pages = {"cli.md": render(functions), "e2v.1": man_page(functions, KEEPS, EXIT_CODES)}
    for name, page in pages.items():
        target = HERE / name
        if sys.argv[1:] != ["--check"]:
            target.write_text(page, encoding="utf-8")
        elif not target.exists() or target.read_text(encoding="utf-8") != page:
            sys.exit(f"{name} is out of date: run `make docs`")


def render(functions: Mapping[str, Callable[..., None]]) -> str:
    """The whole of cli.md."""
    lines = [HEAD, "| command | |", "|---|---|"]
    for name, function in functions.items():
        lines.append(f"| [{name}](#e2v-{name}) | {described(function).summary} |")
    lines += ["", "Every command has these options, too:", *table(declared(MessageSettings).values())]
    for name, function in functions.items():
        lines += ["", *describe(name, function)]
    return "\n".join(lines) + "\n"


def describe(name: str, function: Callable[..., None]) -> Iterator[str]:
    """The section of one command."""
    settings = settings_of(function).values()
    arguments = [one for one in settings if one.positional]
    everywhere = declared(MessageSettings)
    options = [one for one in settings if not one.positional and one.name not in everywhere]
    yield f"## e2v {name}"
    yield ""
    yield "```"
    yield usage_of(name, function)
    yield "```"
    told = described(function)
    yield from ("", told.summary)
    if told.prose:
        yield from ("", told.prose)
    yield from ("", "```sh", *told.examples, "```")
    if arguments:
        yield from ("", "| argument | meaning |", "|---|---|")
        for one in arguments:
            yield f"| {code(argument_usage(one))} | {one.help} |"
    for group, some in grouped(options).items():
        if group:
            yield from ("", f"**{group}**")
        if some:
            yield from table(some)


def table(options: Iterable[Setting]) -> Iterator[str]:
    """A row for each option."""
    yield from ("", "| option | default | meaning |", "|---|---|---|")
    for one in options:
        variable = f" Or set `${one.environment}`." if one.environment else ""
        told = default_of(one)
        yield f"| {code(option_usage(one))} | {code(told) if told else ''} | {one.help}{variable} |"


def code(text: str) -> str:
    """`text` as code within a table's cell."""
    return "`" + text.replace("|", "\\|") + "`"


if __name__ == "__main__":
    main()

"""The documentation says what the program does: every command and option, and links that lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from e2v.cli.app import COMMANDS
from e2v.cli.shared.declared import settings_of

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").glob("*.md")),
]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_command_reference_is_up_to_date():
    check = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate.py", "--check"], capture_output=True, text=True
    )
    assert check.returncode == 0, check.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_help_and_the_reference_have_every_option_and_its_default(name: str, run):
    everywhere, *sections = read("docs/cli.md").split("\n## e2v ")
    (section,) = (each for each in sections if each.startswith(f"{name}\n"))
    shown = run(name, "--help", env={"COLUMNS": "200", "TERM": "dumb", "NO_COLOR": "1"}).stdout
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", shown)) - {"--help"}
    assert options <= set(re.findall(r"--[a-z][a-z-]*", everywhere + section))
    for one in settings_of(import_module(f"e2v.cli.commands.{COMMANDS[name]}").command).values():
        if not one.positional:
            assert one.option in options
            silent = one.default is None or one.default is False or one.default == ()
            if not silent and one.shown is None and one.kind is not float:
                assert f"[default: {one.default}]" in " ".join(shown.split())


def test_the_readme_lists_every_command_and_no_other():
    listed = re.findall(r"^\| `e2v ([a-z]+)", read("README.md"), flags=re.MULTILINE)
    assert sorted(listed) == sorted(COMMANDS)


def test_the_readme_promises_two_commands():
    promised = re.findall(r"^pip install .* && .*$", read("README.md"), flags=re.MULTILINE)
    assert promised == ["pip install . && e2v demo", "pip install '.[test]' && pytest"]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does_in_one_sentence(name: str):
    summary = (
        (import_module(f"e2v.cli.commands.{COMMANDS[name]}").command.__doc__ or "").strip().split("\n\n")[0]
    )
    assert summary.endswith("."), "a summary, then a blank line"
    assert len(summary) <= 120


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives a page's headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"https?://", target):
            continue
        path, _, anchor = target.partition("#")
        destination = (page.parent / path).resolve() if path else page
        assert destination.exists(), target
        assert not anchor or anchor in anchors(destination), target


def test_the_index_has_every_page():
    listed = set(re.findall(r"\]\(([\w-]+\.md)\)", read("docs/README.md")))
    assert listed == {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_blocks_of_code_name_options_that_exist(page: Path):
    known = set(re.findall(r"--[a-z][a-z-]*", read("docs/cli.md")))
    blocks = re.findall(
        r"^```(?:sh|console|make)\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    for line in "\n".join(blocks).replace("\\\n", " ").splitlines():
        for command in re.split(r"[|;&]", line):
            if re.match(r"\s*(\$ )?(e2v|\$\(E2V\)) ", command):
                assert set(re.findall(r"(?<=\s)--[a-z][a-z-]*", command)) <= known, command

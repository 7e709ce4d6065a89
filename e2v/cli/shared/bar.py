"""One line of progress, as wide as there is room: a bar with the time left, or else a spinner with the time
passed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

_LONGEST_BAR, _SHORTEST_BAR = 40, 5
#: Notes stand beside a bar of at least this length.
_BAR_BESIDE_NOTES = 16
#: A note has room for a longer one, so that what stands beside it does not jump.
_NOTE_STEP = 4
_DONE, _REST = "━", "─"


def bar_line(name: str, share: float, time: str, notes: Sequence[str], width: int) -> Text:
    """A step of which `share`, 0 to 1, is done.

    Where it is narrow the notes go first, the last of them before the others; then the bar gets shorter, and
    is left out; then the percentage goes; the time and the name go last.
    """
    from rich.text import Text

    width -= 1  # a terminal goes to the next line when its last column is written
    percent = f"{min(share, 1):4.0%}"
    words = [name, percent, *([time] if time else [])]
    if len("  ".join(words)) > width:
        words.remove(percent)
    room = width - len("  ".join(words)) - 2
    beside = []
    for note in notes:
        needed = -(-len(note) // _NOTE_STEP) * _NOTE_STEP + 2
        if room - needed < _BAR_BESIDE_NOTES:
            break
        room -= needed
        beside.append(note)
    length = min(_LONGEST_BAR, room)
    if length < _SHORTEST_BAR or percent not in words:
        return Text("  ".join(words)[:width])
    done = round(min(share, 1) * length)
    bar = ((_DONE * done, "green"), (_REST * (length - done), "bright_black"))
    return Text.assemble(f"{name}  ", *bar, "  " + "  ".join([*words[1:], *beside]))


def spinner_line(names: Sequence[str], time: str, notes: Sequence[str], width: int, frame: int) -> Text:
    """A step whose end is not known.

    names: what it is called, in many words and in few. Where it is narrow the notes go first, the last before
    the others; then the name gets short, and is cut.
    """
    from rich.spinner import Spinner
    from rich.text import Text

    width -= 1
    frames = Spinner("dots").frames
    spinner = frames[frame % len(frames)]
    words = [f"{spinner} {names[0]}", *notes, time]
    while len(words) > 2 and len("  ".join(words)) > width:
        words.pop(-2)
    for name in names[1:]:
        if len("  ".join(words)) > width:
            words[0] = f"{spinner} {name}"
    if (excess := len("  ".join(words)) - width) > 0:
        words[0] = words[0][: max(3, len(words[0]) - excess)]
    return Text("  ".join(words)[:width])

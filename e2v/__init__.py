"""e2v turns sequences and sets of things into vectors, and answers questions with them.

    import e2v

    model = e2v.train("text.txt", dim=200)
    model.similar("king", n=5)

docs/python.md has the rest. Nothing is imported before it is used.
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing it takes time, in which an interrupted command has no handler yet
if TYPE_CHECKING:
    from typing import Any

    from e2v.api.comparing import compare_models
    from e2v.api.making import (
        compare,
        embed,
        events,
        export,
        import_,
        index,
        split,
        svd,
        tower,
        train,
        users,
        vocab,
    )
    from e2v.api.models import Corpus, Model, evaluate, load
    from e2v.api.planning import plan
    from e2v.api.recommending import Recommendation, Recommender, recommender
    from e2v.api.tuning import auto, tune
    from e2v.api.versions import align, diff, merge
    from e2v.errors import E2VError
    from e2v.progress import Progress
    from e2v.vectors import Answer

__version__ = "0.1.0"

#: Public name -> the module that has it.
_HOMES = {
    **dict.fromkeys(
        (
            "compare",
            "embed",
            "events",
            "export",
            "import_",
            "index",
            "split",
            "svd",
            "tower",
            "train",
            "users",
            "vocab",
        ),
        "e2v.api.making",
    ),
    "compare_models": "e2v.api.comparing",
    **dict.fromkeys(("Corpus", "Model", "evaluate", "load"), "e2v.api.models"),
    **dict.fromkeys(("Recommendation", "Recommender", "recommender"), "e2v.api.recommending"),
    **dict.fromkeys(("align", "diff", "merge"), "e2v.api.versions"),
    "plan": "e2v.api.planning",
    **dict.fromkeys(("auto", "tune"), "e2v.api.tuning"),
    "E2VError": "e2v.errors",
    "Progress": "e2v.progress",
    "Answer": "e2v.vectors",
}

__all__ = [
    "Answer",
    "Corpus",
    "E2VError",
    "Model",
    "Progress",
    "Recommendation",
    "Recommender",
    "align",
    "auto",
    "compare",
    "compare_models",
    "diff",
    "embed",
    "evaluate",
    "events",
    "export",
    "import_",
    "index",
    "load",
    "merge",
    "plan",
    "recommender",
    "split",
    "svd",
    "tower",
    "train",
    "tune",
    "users",
    "vocab",
]


class _MissingName:
    """The message about a name that e2v does not have; what it is called here is looked up once it is read.

    Python asks for modules in the same way, and reads nothing: `from e2v import settings`.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __str__(self) -> str:
        from e2v.api.elsewhere import attribute

        return f"module 'e2v' has no attribute '{self._name}'{attribute(self._name, __all__)}"

    def __repr__(self) -> str:
        return repr(str(self))


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first used."""
    if name in _HOMES:
        from importlib import import_module

        found = globals()[name] = getattr(import_module(_HOMES[name]), name)
        return found
    raise AttributeError(_MissingName(name))


def __dir__() -> list[str]:
    return [*__all__, "__version__"]

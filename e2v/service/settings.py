"""Where it is served, and how much may be asked at once."""

from __future__ import annotations

from dataclasses import dataclass

from e2v.settings import setting

_LIMITS = "Limits"


@dataclass(frozen=True, kw_only=True)
class ServeSettings:
    """Where to listen, and the limits beyond which a request is refused."""

    host: str = setting(
        "127.0.0.1",
        "Address, or name, to listen at. Whoever can reach it may ask: there is no authentication.",
        metavar="ADDRESS",
    )
    port: int = setting(8000, "Port to listen at; 0 is any that is free.", least=0, most=65_535)
    max_body: int = setting(1 << 20, "Bytes of a request's body.", least=1, group=_LIMITS)
    max_questions: int = setting(1000, "Questions of a request.", least=1, group=_LIMITS)
    max_keys: int = setting(1000, "Keys, or items, of a question.", least=1, group=_LIMITS)
    max_answers: int = setting(1000, "Answers to a question.", least=1, group=_LIMITS)
    max_waiting: int = setting(
        256,
        "Requests that are not answered yet; with more, new ones are told to come again.",
        least=1,
        group=_LIMITS,
    )

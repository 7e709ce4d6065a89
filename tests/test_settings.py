"""What a declaration of a setting makes of values: on the command line, in Python and in a provenance."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from e2v import notices
from e2v.cli.shared import messages
from e2v.errors import Advice, InputError, SettingError
from e2v.settings import argument, declared, option_name, recorded, resolve, setting


def _length(given: str | float) -> float:
    """`12m`, or a number of metres."""
    try:
        return float(str(given).removesuffix("m"))
    except ValueError:
        raise ValueError("takes a length such as 12m") from None


@dataclass(frozen=True, kw_only=True)
class Boat:
    """Settings of every sort."""

    name: str = argument(..., "What it is called.")
    sails: int = setting(2, "How many.", least=0, most=1000)
    load: float = setting(0.5, "Share of what it can carry.", above=0, below=1)
    draught: float = setting(1.0, "How deep it goes.", least=0)
    speed: float = setting(5.0, "In knots.", most=30)
    rig: Literal["sloop", "ketch"] = setting("sloop", "How the sails are set.")
    mizzen: int = setting(1, "Sails behind.", only_with={"rig": "ketch"})
    motor: Path | None = setting(None, "The file of its engine.", environment="E2V_TEST_MOTOR")
    fuel: float = setting(0.0, "In litres.", only_with={"motor": ...})
    oars: int | None = setting(None, "How many.", only_with={"motor": None})
    races: bool = setting(False, "Whether it races.")
    class_: str | None = setting(None, "Its class.", only_with={"races": True})
    length: float = setting(9.0, "Its length.", parse=_length)
    crew: tuple[str, ...] = setting((), "Who is on it.")
    berths: tuple[int, ...] = setting((), "Sleepers in each cabin.", least=1)
    harbour: str = setting("Kiel", "Where it lies.", recorded=False)
    log: list[str] = setting(list, "What happened.", recorded=False)
    built: str = "not a setting"

    @staticmethod
    def dependent(chosen: Mapping[str, Any]) -> dict[str, Any]:
        """A ketch has a second mast."""
        return {"sails": 3} if chosen.get("rig") == "ketch" else {}

    def check(self) -> None:
        """What no range can say."""
        if self.races and self.load > 0.9:
            raise SettingError("{races} needs a {load} below {}", 0.9, hint="leave {load} as it is")


def boat(base: Mapping[str, Any] | None = None, **given: Any) -> Boat:
    return resolve(Boat, {"name": "Möwe", **given}, base)


def refused(base: Mapping[str, Any] | None = None, **given: Any) -> SettingError:
    with pytest.raises(SettingError) as caught:
        boat(base, **given)
    assert caught.value.exit_code == 2
    return caught.value


@pytest.fixture(autouse=True)
def no_motor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("E2V_TEST_MOTOR", raising=False)


def test_what_is_declared() -> None:
    settings = declared(Boat)
    assert list(settings) == [
        "name", "sails", "load", "draught", "speed", "rig", "mizzen", "motor", "fuel", "oars", "races",
        "class_", "length", "crew", "berths", "harbour", "log",
    ]  # fmt: skip
    kinds = {
        name: settings[name].kind for name in ("name", "sails", "load", "motor", "oars", "races", "crew")
    }
    assert kinds == {
        "name": str, "sails": int, "load": float, "motor": Path, "oars": int, "races": bool, "crew": str,
    }  # fmt: skip
    assert [name for name, one in settings.items() if one.repeated] == ["crew", "berths"]
    assert [name for name, one in settings.items() if one.required] == ["name"]
    assert [name for name, one in settings.items() if one.positional] == ["name"]
    assert settings["rig"].choices == ("sloop", "ketch") and settings["sails"].choices == ()
    assert settings["class_"].option == "--class" and option_name("noise_exponent") == "--noise-exponent"
    assert settings["sails"].default == 2 and settings["log"].default is None


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("sails", "3", 3), ("sails", 3, 3), ("sails", 3.0, 3), ("sails", 0, 0), ("sails", "1000", 1000),
        ("load", ".25", 0.25), ("load", "1e-3", 1e-3),
        ("draught", 0, 0.0), ("speed", -3, -3.0), ("speed", "30", 30.0),
        ("rig", "ketch", "ketch"),
        ("motor", "a/b", Path("a/b")), ("motor", Path("a/b"), Path("a/b")),
        ("races", True, True),
        ("length", "12m", 12.0), ("length", 12, 12.0),
        ("crew", ["ann", "bob"], ("ann", "bob")), ("crew", "ann", ("ann",)), ("crew", (), ()),
        ("berths", ["2", "4"], (2, 4)), ("berths", 3, (3,)),
    ],
)  # fmt: skip
def test_values(name: str, given: object, value: object) -> None:
    found = getattr(boat(**{name: given}), name)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("sails", -1, "sails must be between 0 and 1,000, not -1"),
        ("sails", "1001", "sails must be between 0 and 1,000, not 1001"),
        ("oars", "1e300", "oars must be a whole number, not 1e300"),
        ("oars", "-0.0", "oars must be a whole number, not -0.0; write 0"),
        ("oars", 2**63, "oars must be at most 9,223,372,036,854,775,807, not 9223372036854775808"),
        ("sails", "x", "sails must be a whole number, not x"),
        ("sails", "2.5", "sails must be a whole number, not 2.5"),
        ("sails", 2.5, "sails must be a whole number, not 2.5"),
        ("sails", True, "sails must be a whole number, not True"),
        ("sails", [3], "sails must be a whole number, not [3]"),
        ("load", 0, "load must be above 0 and below 1, not 0.0"),
        ("load", "1", "load must be above 0 and below 1, not 1.0"),
        ("load", "nan", "load must be a number, not nan"),
        ("load", "much", "load must be a number, not much"),
        ("draught", -0.1, "draught must be at least 0, not -0.1"),
        ("speed", 31, "speed must be at most 30, not 31.0"),
        ("rig", "yawl", "rig must be one of sloop, ketch, not yawl"),
        ("races", "yes", "races must be true or false, not yes"),
        ("harbour", 3, "harbour must be text, not 3"),
        ("motor", 3, "motor must be the path of a file, not 3"),
        ("motor", "", "motor names no file; name one, or leave it out"),
        ("length", "long", "length takes a length such as 12m, not long"),
        ("berths", ["2", "0"], "berths must be at least 1, not 0"),
    ],
)
def test_values_that_cannot_be(name: str, given: object, message: str) -> None:
    assert str(refused(**{name: given})) == message


def test_what_a_value_holds_in_braces_is_no_setting() -> None:
    error = refused(rig="{sails} {}")
    assert str(error) == "rig must be one of sloop, ketch, not {sails} {}"
    assert str(error.spelled(option_name)) == "--rig must be one of sloop, ketch, not {sails} {}"


def test_given_goes_before_the_base_and_that_before_defaults() -> None:
    base = {"sails": 4, "load": 0.2}
    found = boat(base, sails=5, speed=None)
    assert (found.sails, found.load, found.speed) == (5, 0.2, 5.0)
    assert base == {"sails": 4, "load": 0.2}


def test_a_default_that_depends_on_others() -> None:
    assert boat(rig="ketch").sails == 3
    assert boat({"rig": "ketch"}).sails == 3
    assert boat(rig="ketch", sails=7).sails == boat({"sails": 7}, rig="ketch").sails == 7


def test_a_default_that_is_made_anew() -> None:
    assert boat().log == [] and boat().log is not boat().log


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"mizzen": 2}, "mizzen applies to rig ketch only; give rig ketch, or leave it out"),
        (
            {"mizzen": 1},
            "mizzen applies to rig ketch only; give rig ketch, or leave it out",
        ),  # the default, but given
        ({"fuel": 9}, "fuel applies to a run with motor only; leave it out"),
        ({"oars": 2, "motor": "m"}, "oars does not go with motor; leave one of them out"),
        ({"class_": "laser"}, "class_ applies to a run with races only; leave it out"),
    ],
)
def test_what_does_not_apply_is_refused(given: dict[str, object], message: str) -> None:
    assert str(refused(**given)) == message


@pytest.mark.parametrize(
    "given",
    [
        {"mizzen": 2, "rig": "ketch"}, {"fuel": 9, "motor": Path("m")}, {"oars": 2},
        {"class_": "laser", "races": True},
    ],
)  # fmt: skip
def test_what_applies_is_taken(given: dict[str, object]) -> None:
    assert all(getattr(boat(**given), name) == value for name, value in given.items())


def test_a_base_may_hold_what_does_not_apply() -> None:
    found = boat({"mizzen": 2, "fuel": 9.0})
    assert (found.mizzen, found.fuel) == (2, 9.0)
    assert boat({"mizzen": 2}, rig="ketch").mizzen == 2
    assert boat({"rig": "ketch"}, mizzen=2).mizzen == 2


def test_what_no_range_can_say() -> None:
    error = refused(races=True, load=0.95)
    assert str(error) == "races needs a load below 0.9; leave load as it is"
    assert boat(load=0.95).load == 0.95


def test_the_environment_has_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert boat().motor is None
    monkeypatch.setenv("E2V_TEST_MOTOR", "diesel")
    assert boat().motor == Path("diesel")
    assert boat(motor="petrol").motor == Path("petrol")
    assert boat({"motor": Path("base")}).motor == Path("base")
    monkeypatch.setenv("E2V_TEST_MOTOR", "")
    assert boat().motor is None


def test_what_shapes_the_result_is_recorded() -> None:
    assert recorded(boat()) == {
        "sails": 2, "load": 0.5, "draught": 1.0, "speed": 5.0, "rig": "sloop", "races": False,
        "length": 9.0, "crew": [], "berths": [],
    }  # fmt: skip
    ketch = recorded(boat(rig="ketch", motor="m", fuel=3, crew=["ann"], berths=[2], harbour="Rostock"))
    assert ketch == {
        "sails": 3, "load": 0.5, "draught": 1.0, "speed": 5.0, "rig": "ketch", "mizzen": 1, "motor": "m",
        "fuel": 3.0, "races": False, "length": 9.0, "crew": ["ann"], "berths": [2],
    }  # fmt: skip
    assert "mizzen" not in recorded(boat({"mizzen": 2}))


def test_an_error_is_spelled_for_whoever_reads_it() -> None:
    error = SettingError(
        "{noise_exponent} and {class_} take {}, not {}", "this", "{that}", hint="see {noise_exponent}"
    )
    assert str(error) == "noise_exponent and class_ take this, not {that}; see noise_exponent"
    assert error.spelled(option_name) is error
    assert error.message == "--noise-exponent and --class take this, not {that}"
    assert error.hint == "see --noise-exponent"
    assert str(error) == f"{error.message}; {error.hint}"
    assert str(error.spelled(str.upper)).startswith("NOISE_EXPONENT and CLASS_ take")
    assert SettingError("no setting at all").spelled(option_name).hint is None


@pytest.mark.parametrize("given", [{"sail": 3}, {"built": "1990"}])
def test_what_is_no_setting_is_an_error(given: dict[str, object]) -> None:
    with pytest.raises((SettingError, TypeError), match=next(iter(given))):
        boat(**given)


def test_what_must_be_given() -> None:
    with pytest.raises((SettingError, TypeError), match="name"):
        resolve(Boat, {})


def test_advice_is_spelled_wherever_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """With data in braces left as they are, and advice within advice."""
    inner = Advice("{min_count} of '{}'", "{dim}")
    advice = Advice("{}: {}", "a {}", inner)
    wanted = "a {}: --min-count of '{dim}'"
    assert advice == "a {}: min_count of '{dim}'" and copy.deepcopy(advice) == advice
    error = InputError(advice, inner).spelled(option_name)
    assert (error.message, error.hint) == (wanted, "--min-count of '{dim}'")
    assert str(InputError(advice, inner)) == f"{advice}; min_count of '{{dim}}'"
    said: list[str] = []
    monkeypatch.setattr(messages, "say", lambda line, **_: said.append(line))
    monkeypatch.setattr(notices, "_listeners", [messages.tell])
    notices.notice(advice)
    assert said == [f"e2v: {wanted}"]

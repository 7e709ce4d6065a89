"""Over HTTP there are the answers of the commands."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e2v.json_text import rounded
from e2v.recommend.settings import RecommendSettings
from e2v.service.served import Files, Question, Served
from e2v.vectors.settings import QuerySettings
from tests.builders import keyed, write_corpus, write_model
from tests.commands import command_line
from tests.service.serving import Client, serving, until
from tests.training.small import trained_with_ngrams

N, DIM = 60, 8
TITLES = ["The First", "The Twin", "The Twin", *[""] * (N - 3)]

Ask = Callable[[str], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with titles and a key that is not UTF-8, an index, and users."""
    folder = tmp_path_factory.mktemp("served")
    rng = np.random.default_rng(5)
    keys: list[str | bytes] = [*keyed(N - 2), b"caf\xe9", "zero"]
    vectors = rng.standard_normal((N, DIM))
    vectors[-1] = 0
    model = write_model(folder / "model.e2v", keys, vectors, rng.standard_normal((N, DIM)), titles=TITLES)
    histories = [[f"k{item}" for item in rng.integers(0, N - 2, 6)] for _ in range(5)]
    corpus = write_corpus(folder / "corpus.e2v", histories, [f"u{user}" for user in range(5)])
    command_line(f"users {model} {corpus} -o {folder / 'users.e2v'} -q")
    command_line(f"index {model} -o {folder / 'items.e2v'} -q")
    return folder


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[Client]:
    with serving(folder / "model.e2v") as client:
        yield client


@pytest.fixture
def ask(folder: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: Any) -> Ask:
    """The rows that a command prints."""
    monkeypatch.chdir(folder)

    def rows(line: str) -> list[dict[str, Any]]:
        capsysbinary.readouterr()
        command_line(f"{line} --format json")
        return [json.loads(row) for row in capsysbinary.readouterr().out.splitlines()]

    return rows


def rows_of(result: dict[str, Any], *query: str) -> list[dict[str, Any]]:
    """An answer as the rows of the command."""
    return [{**{name: result[name] for name in query}, **answer} for answer in result["answers"]]


@pytest.mark.parametrize(
    ("line", "path", "query"),
    [
        ("similar k1 -n 4", "similar", {"keys": "k1", "n": 4}),
        ("similar k1 k2 --minus k3 --minus k4", "similar", {"keys": ["k1", "k2"], "minus": ["k3", "k4"]}),
        ("analogy k1 k2 k3 -n 3", "analogy", {"a": "k1", "b": "k2", "c": "k3", "n": 3}),
        ("recommend k1 k5 k6 k7 -n 7", "recommend", {"items": ["k1", "k5", "k6", "k7"], "n": 7}),
    ],
)
def test_answers_are_those_of_the_command(client: Client, ask: Ask, line: str, path: str, query: Any) -> None:
    status, answer = client.get(f"/{path}", **query)
    assert status == 200
    shown = ("a", "b", "c") if path == "analogy" else ("query",)
    assert rows_of(answer, *shown) == ask(line)
    assert len(answer["answers"]) == query.get("n", 10)


def test_single_values_are_those_of_the_command(client: Client, ask: Ask) -> None:
    assert [client.get("/similarity", a="k1", b="k2")[1]] == ask("similarity k1 k2")
    assert [client.get("/lookup", key="k1")[1]] == ask("lookup k1")


def test_users_of_two_files_are_recommended_to_without_a_model(folder: Path, ask: Ask) -> None:
    files = {"index": folder / "items.e2v", "users": folder / "users.e2v"}
    with serving(None, files) as client:
        status, answer = client.get("/recommend", user="u3", n=5)
        assert status == 200 and answer["known"]
        assert rows_of(answer, "query") == ask("recommend --index items.e2v --users users.e2v --for u3 -n 5")
        assert client.get("/recommend", user=" u3 ", n=5)[1]["answers"] == answer["answers"]
        unknown, nobody = client.get("/recommend", user="u33")
        assert unknown == 404 and "did you mean u3" in nobody["hint"]
        assert nobody["error"] == "'u33' is not among the users"  # wherever they are here
        assert client.get("/similar", keys="k1")[0] == 404
        assert list(client.get("/openapi.json")[1]["paths"]) == ["/recommend", "/health", "/metrics"]
    with serving(folder / "model.e2v", {**files, "include_seen": True}) as client:
        line = "recommend --index items.e2v --users users.e2v --for u3 --include-seen"
        assert rows_of(client.get("/recommend", user="u3")[1], "query") == ask(line)


def test_half_of_a_surrogate_pair_is_a_name_that_nobody_has(folder: Path) -> None:
    """JSON can spell it, and no text can be written with it: one client's was every other's error."""
    lone = "\ud800"
    with serving(folder / "model.e2v", {"users": folder / "users.e2v"}) as client:
        questions = [{"user": "u3"}, {"user": lone}, {"items": ["k1", lone]}, {"user": lone, "items": ["k1"]}]
        status, answer = client.post("/recommend", {"questions": questions})
        assert status == 200
        assert ["error" in each for each in answer["results"]] == [False, True, False, False]
        assert (answer["results"][2]["left_out"], answer["results"][3]["query"]) == (1, lone)
        for path, question in (("lookup", {"key": lone}), ("analogy", {"a": "k1", "b": lone, "c": "k2"})):
            (result,) = client.post(f"/{path}", {"questions": [question]})[1]["results"]
            assert "not in the vocabulary" in result["error"]


def test_without_a_model_a_history_is_one_error_whatever_its_items(folder: Path) -> None:
    with serving(None, {"index": folder / "items.e2v", "users": folder / "users.e2v"}) as client:
        histories: list[list[str]] = [["k1"], ["nowhere"], ["The Twin"], ["k1", "nowhere"]]
        alone = [client.get("/recommend", items=items) for items in histories]
        questions = [{"items": items} for items in histories]
        *together, empty = client.post("/recommend", {"questions": [*questions, {"items": []}]})[1]["results"]
        assert {status for status, _ in alone} == {422}
        (error,) = {answer["error"] for _, answer in alone} | {answer["error"] for answer in together}
        assert error.startswith("a history of items needs the model")
        assert [answer["key"] for answer in empty["answers"][:2]] == ["k0", "k1"]  # what is popular


def test_words_that_were_never_seen_are_named(tmp_path: Path) -> None:
    word, other, unseen = "cat", "dog", "catz"
    with serving(trained_with_ngrams(tmp_path)) as client:
        description = client.get("/openapi.json")[1]["paths"]
        for path, asked, named in (
            ("similar", {"keys": [word], "minus": [unseen]}, [unseen]),
            ("analogy", {"a": unseen, "b": word, "c": other}, [unseen]),
            ("similarity", {"a": word, "b": other}, []),
            ("lookup", {"key": unseen}, [unseen]),
        ):
            status, answer = client.get(f"/{path}", **asked)
            assert status == 200 and answer["unseen"] == named
            assert answer_problems(description[f"/{path}"]["get"], answer) == []
            (result,) = client.post(f"/{path}", {"questions": [asked]})[1]["results"]
            assert result == answer
        (result,) = client.post("/lookup", {"questions": [{"key": "cat\ud800"}]})[1]["results"]
        assert "error" in result or result["unseen"] == ["cat\ud800"]


def test_settings_of_vectors_count(folder: Path, ask: Ask) -> None:
    asked = {"vectors": "sum:0.5", "restrict": 20, "method": "3cosmul"}
    with serving(folder / "model.e2v", asked=asked) as client:
        found = client.get("/analogy", a="k1", b="k2", c="k3")[1]
    assert rows_of(found, "a", "b", "c") == ask(
        "analogy k1 k2 k3 --vectors sum:0.5 --restrict 20 --method 3cosmul"
    )


def test_a_batch_answers_each_question(client: Client) -> None:
    asked = [{"keys": [f"k{number}"]} for number in range(20)]
    asked[7:7] = [{"keys": ["nowhere"]}, {"keys": ["The Twin"]}, {"keys": "zero"}]
    status, answer = client.post("/similar", {"questions": asked, "n": 3})
    assert status == 200
    results = answer["results"]
    errors = [result.pop("error") for result in results[7:10]]
    assert ["not in the vocabulary" in errors[0], "2 items" in errors[1], "zeros" in errors[2]] == [True] * 3
    assert [result["answers"] for result in results[7:10]] == [[]] * 3
    for question, result in zip(asked, results, strict=True):
        if result["answers"]:
            alone = client.get("/similar", **question, n=3)[1]
            for one, other in zip(alone["answers"], result["answers"], strict=True):
                one["score"] = pytest.approx(other["score"], abs=2e-6)  # of another product of matrices
            assert result == alone


def test_histories_are_without_what_is_unknown_alone_and_in_a_batch(client: Client) -> None:
    for items in (["k1", "nowhere"], ["k1", "The Twin", "nowhere"], ["nowhere"]):
        alone = client.get("/recommend", items=items, n=2)
        (together,) = client.post("/recommend", {"questions": [{"items": items}], "n": 2})[1]["results"]
        assert alone == (200, together)
        assert (together["known"], together["left_out"]) == ("k1" in items, len(items) - ("k1" in items))


def test_a_batch_of_histories_leaves_out_what_is_unknown(client: Client) -> None:
    questions = [{"items": ["k1", "nowhere"], "user": 42}, {"items": []}]
    first, nobody = client.post("/recommend", {"questions": questions, "n": 2})[1]["results"]
    assert (first["query"], first["known"], first["left_out"]) == ("42", True, 1)
    assert nobody["known"] is False
    assert [answer["key"] for answer in nobody["answers"]] == ["k0", "k1"]  # what is popular


def test_keys_that_are_not_utf8_and_titles_are_found(client: Client) -> None:
    status, answer = client.request("GET", "/lookup?key=caf%E9")
    assert status == 200 and len(answer["vector"]) == DIM and answer["key"] == "caf\udce9"
    status, answer = client.get("/similar", keys="The First", n=N)
    assert status == 200 and answer["query"] == "The First"
    assert "caf\udce9" in [each["key"] for each in answer["answers"]]


def test_requests_at_once_are_answered_each_with_its_own(folder: Path) -> None:
    """Whatever is searched for together comes apart again."""
    from e2v.service.forms import AnalogyForm, AnswersForm, SelectedForm, SimilarForm
    from e2v.service.searching import Searching

    served = Served(Files(folder / "model.e2v", QuerySettings(), RecommendSettings()))
    forms = [SimilarForm(keys=(f"k{number}",)) for number in range(40)]
    searching = Searching(served)
    numbers = [2 + (number % 3 == 0) for number in range(40)]
    futures = [
        searching.submit("similar", [form], SelectedForm(n=n), alone=True)
        for form, n in zip(forms, numbers, strict=True)
    ]
    other = searching.submit("analogy", [AnalogyForm(a="k1", b="k2", c="k3")], AnswersForm(n=2), alone=True)
    wrong = searching.submit("similar", [SimilarForm(keys=("nowhere",))], SelectedForm(n=2), alone=True)
    for form, n, future in zip(forms, numbers, futures, strict=True):
        (found,) = map(json.loads, future.result(timeout=300))
        assert found["query"] == form.keys[0]
        assert len(found["answers"]) == n
    assert json.loads(other.result(timeout=300)[0])["a"] == "k1"
    assert "not in the vocabulary" in str(wrong.exception(timeout=300))


def test_what_one_request_breaks_is_not_what_others_get(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from e2v.service.forms import SelectedForm, SimilarForm
    from e2v.service.searching import Searching, _Job

    served = Served(Files(folder / "model.e2v", QuerySettings(), RecommendSettings()))
    answer = served.answer

    def answered(name: str, questions: Any, answers: Any) -> Iterator[Any]:
        if any(question.asked.keys == ("k3",) for question in questions):
            raise ZeroDivisionError
        return answer(name, questions, answers)

    monkeypatch.setattr(served, "answer", answered)
    answers = SelectedForm(n=2)
    jobs = [
        _Job("similar", [Question(SimilarForm(keys=(f"k{number}",)), True)], answers, Future())
        for number in range(6)
    ]
    Searching(served)._answer("similar", answers, jobs)
    broken = [isinstance(job.future.exception(timeout=0), ZeroDivisionError) for job in jobs]
    assert broken == [False, False, False, True, False, False]
    assert json.loads(jobs[4].future.result()[0])["query"] == "k4"


def test_text_is_made_of_each_answer_as_it_comes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records of a large request take many times the memory of its text."""
    from e2v.service import searching
    from e2v.service.forms import AnswersForm, LookupForm

    steps: list[str] = []
    served = Served(Files(folder / "model.e2v", QuerySettings(), RecommendSettings()))

    def answer(*_: Any) -> Iterator[dict[str, object]]:
        for number in range(2):
            steps.append("found")
            yield {"number": number}

    def written(_: Any) -> str:
        steps.append("written")
        return "{}"

    monkeypatch.setattr(served, "answer", answer)
    monkeypatch.setattr(searching, "json_text", written)
    asked = [LookupForm(key="k1")] * 2
    assert (
        len(searching.Searching(served).submit("lookup", asked, AnswersForm(n=1), alone=False).result(20))
        == 2
    )
    assert steps == ["found", "written"] * 2


def test_health_metrics_and_what_is_served(client: Client, folder: Path) -> None:
    status, health = client.get("/health")
    digest = health["files"]["model"]["digest"]
    assert (status, health["status"], health["files"]["model"]["file"]) == (200, "ok", "model.e2v")
    client.get("/similar", keys="k1")
    client.get("/similar", keys="nowhere")
    client.post("/lookup", {"questions": [{"key": "k1"}] * 5})
    client.get("/nowhere")
    figures = dict(line.rsplit(" ", 1) for line in client.get("/metrics")[1].splitlines() if line[0] != "#")
    assert float(figures['e2v_requests_total{endpoint="similar",status="200"}']) >= 1
    assert float(figures['e2v_requests_total{endpoint="similar",status="404"}']) >= 1
    assert float(figures['e2v_requests_total{endpoint="other",status="404"}']) >= 1
    assert float(figures['e2v_questions_total{endpoint="lookup"}']) >= 5
    assert float(figures['e2v_request_seconds_bucket{endpoint="similar",le="+Inf"}']) >= 2
    assert float(figures["e2v_requests_in_flight"]) == 1  # this one
    assert any(name.startswith("e2v_file_info{") and digest in name for name in figures)

    client.app.serve(Served(Files(None, QuerySettings(), RecommendSettings(index=folder / "items.e2v"))))
    try:
        assert list(client.get("/health")[1]["files"]) == ["index"]
        assert 'kind="model"' not in client.get("/metrics")[1]
    finally:
        client.app.serve(Served(Files(folder / "model.e2v", QuerySettings(), RecommendSettings())))


def test_the_description_has_what_is_asked_and_answered(client: Client) -> None:
    document = client.get("/openapi.json")[1]
    similar = document["paths"]["/similar"]
    answers = ["n", "only", "not", "in_stock", "per_category", "diversity"]
    assert [each["name"] for each in similar["get"]["parameters"]] == ["keys", "minus", *answers]
    body = similar["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["properties"]["n"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 1000,
        "default": 10,
        "description": body["properties"]["n"]["description"],
    }
    known = {"a": "k1", "b": "k2", "c": "k3", "keys": ["k1"], "key": "k1", "items": ["k1"]}
    for name in ("similar", "analogy", "similarity", "lookup", "recommend"):
        path = document["paths"][f"/{name}"]
        taken = [each["name"] for each in path["get"]["parameters"] if each["name"] in known]
        asked = {each: known[each] for each in taken}
        status, answer = client.get(f"/{name}", **asked)
        assert status == 200 and answer_problems(path["get"], answer) == []
        lacking = asked | {taken[0]: "nowhere" if isinstance(asked[taken[0]], str) else ["nowhere"]}
        if name == "recommend":
            lacking = {"user": "nowhere"}
        status, answer = client.post(f"/{name}", {"questions": [asked, lacking]})
        assert status == 200 and answer_problems(path["post"], answer) == []
        assert ["error" in result for result in answer["results"]] == [False, True]
    assert answer_problems(document["paths"]["/lookup"]["get"], {"key": 3, "more": 1}) == [
        "more",
        "vector",
        "key: 3",
    ]


def answer_problems(operation: dict[str, Any], answer: Any) -> list[str]:
    """What an answer has that the description lacks, or the other way about."""
    return list(problems(operation["responses"]["200"]["content"]["application/json"]["schema"], answer))


def problems(schema: dict[str, Any], value: Any, where: str = "") -> Iterator[str]:
    """As of JSON Schema, of which this knows the words that the description uses."""
    types = {"object": dict, "array": list, "string": str, "number": float, "null": type(None)}
    types |= {"boolean": bool, "integer": int}
    named = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not isinstance(value, tuple(types[name] for name in named)):
        yield f"{where}: {value}"
    elif isinstance(value, list):
        for each in value:
            yield from problems(schema["items"], each, where)
    elif isinstance(value, dict):
        yield from value.keys() - schema["properties"].keys()
        yield from schema["required"] - value.keys()
        for name in value.keys() & schema["properties"].keys():
            yield from problems(schema["properties"][name], value[name], name)


def test_a_request_in_the_log_has_no_ids(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("e2v.notices._listeners", [lambda _, message: told.append(message)])
    client.get("/health")  # what was asked by other tests may be told only now
    until(lambda: any("/health" in line for line in told))
    before = len(told)
    client.get("/similar", keys="k1")
    client.get("/similar", keys="customer-37", n=2)
    until(lambda: len(told) == before + 2)
    assert [line.rsplit(" ", 2)[0] for line in told[before:]] == [
        f"127.0.0.1 GET /similar {status}" for status in (200, 404)
    ]


def test_numbers_that_json_has_not_are_null() -> None:
    assert rounded({"score": float("nan"), "vector": [float("inf"), 0.1], "n": 3}) == {
        "score": None,
        "vector": [None, 0.1],
        "n": 3,
    }

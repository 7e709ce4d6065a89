"""What can be asked, for programs: an OpenAPI document, made of the declarations that read requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from e2v import __version__
from e2v.service.forms import ENDPOINTS, Endpoint
from e2v.service.settings import ServeSettings
from e2v.settings import Setting, declared

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
_NUMBER: Schema = {"type": ["number", "null"]}


def _object(properties: Mapping[str, Schema], optional: Iterable[str] = ()) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": dict(properties), "required": required}


def _array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


_ANSWERS = _array(_object({"key": _TEXT, "score": _NUMBER, "title": _TEXT_OR_NULL}, ["title"]))

_UNSEEN = _array(_TEXT) | {"description": "Keys asked for whose vectors are made of their n-grams."}

#: What a question is answered with: the columns of the command.
_RESULTS = {
    "similar": {"query": _TEXT, "answers": _ANSWERS, "unseen": _UNSEEN},
    "analogy": {"a": _TEXT, "b": _TEXT, "c": _TEXT, "answers": _ANSWERS, "unseen": _UNSEEN},
    "similarity": {"a": _TEXT, "b": _TEXT, "score": _NUMBER, "unseen": _UNSEEN},
    "lookup": {"key": _TEXT, "vector": {"type": ["array", "null"], "items": _NUMBER}, "unseen": _UNSEEN},
    "recommend": {
        "query": _TEXT,
        "answers": _ANSWERS,
        "known": {"type": "boolean", "description": "Or what is popular was the answer."},
        "left_out": {"type": "integer", "description": "Items of the history that are not known."},
    },
}

_ERROR = _object({"error": _TEXT, "hint": _TEXT_OR_NULL})


def description(endpoints: Iterable[str], limits: ServeSettings) -> Schema:
    """The OpenAPI document of these endpoints, with the limits as bounds."""
    paths: Schema = {
        f"/{name}": {
            "get": _for_one(name, ENDPOINTS[name], limits),
            "post": _for_several(name, ENDPOINTS[name], limits),
        }
        for name in endpoints
    }
    for name, told, media in (
        ("health", "Whether it answers, and which files with.", "application/json"),
        ("metrics", "Figures for Prometheus.", "text/plain"),
    ):
        answer = {"description": told, "content": {media: {}}}
        paths[f"/{name}"] = {"get": {"summary": told, "responses": {"200": answer}}}
    info = {"title": "e2v", "version": __version__}
    return {"openapi": "3.1.0", "info": info, "paths": paths}


def _for_one(name: str, endpoint: Endpoint, limits: ServeSettings) -> Schema:
    parameters = [
        {
            "name": each,
            "in": "query",
            "required": one.required,
            "description": one.help,
            "schema": _schema(one, limits),
        }
        for each, one in {**declared(endpoint.form), **endpoint.of_request}.items()
    ]
    return {
        "summary": endpoint.told,
        "parameters": parameters,
        "responses": _responses(_object(_RESULTS[name], ["unseen"])),
    }


def _for_several(name: str, endpoint: Endpoint, limits: ServeSettings) -> Schema:
    questions = _array(_asked(declared(endpoint.form), limits)) | {"maxItems": limits.max_questions}
    body = _asked(endpoint.of_request, limits)
    body["properties"]["questions"] = questions
    body["required"] = ["questions"]
    result = _object({**_RESULTS[name], "error": _TEXT}, ["error", "known", "left_out", "unseen"])
    return {
        "summary": f"{endpoint.told} Several questions; one that has no answer says why.",
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": _responses(_object({"results": _array(result)})),
    }


def _asked(settings: Mapping[str, Setting], limits: ServeSettings) -> Schema:
    properties = {name: {**_schema(one, limits), "description": one.help} for name, one in settings.items()}
    optional = [name for name, one in settings.items() if not one.required]
    return {**_object(properties, optional), "additionalProperties": False}


def _schema(one: Setting, limits: ServeSettings) -> Schema:
    """The schema of a setting's value."""
    if one.repeated:
        return _array(_TEXT) | {"maxItems": limits.max_keys, "minItems": int(one.required)}
    if one.kind in (int, float):
        kind = "integer" if one.kind is int else "number"
        most = limits.max_answers if one.name == "n" else one.most
        bounds = {"minimum": one.least, "maximum": most, "default": one.default}
        return {"type": kind, **{name: value for name, value in bounds.items() if value is not None}}
    return _TEXT


def _responses(schema: Schema) -> Schema:
    failed = {"description": "What is wrong, and what to try.", "content": _json(_ERROR)}
    return {"200": {"description": "The answer.", "content": _json(schema)}, "default": failed}


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}

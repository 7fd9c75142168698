"""OpenAPI: the table of routes and the types it names, described as OpenAPI 3.1 asks for."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pypes import __version__
from pypes.web.answers import JSON, PROBLEM, Problem, answer
from pypes.web.query import Query
from pypes.web.resource import Operation, Table
from pypes.web.services import Services

Json = dict[str, Any]
SchemaOf = Callable[[Any], Json]

_PARAMETER = re.compile(r"\{(\w+)\}")


def describing(table: Table) -> Operation:
    """Make the operation that describes a table, once it is asked for."""
    described = cache(lambda: describe(table))

    async def show_description(_services: Services, _request: Request, _query: Query) -> Response:
        """Describe this API."""
        return answer(described())

    return Operation(do=show_description, gives=Json)


def describe(table: Table) -> Json:
    """Describe every path of a table."""
    schema_of, components = _schemas(list(_kinds(table)))
    paths = {
        path: {method.lower(): _operation(path, verb, schema_of) for method, verb in verbs.items()}
        for path, verbs in table.items()
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "pypes",
            "version": __version__,
            "summary": "A self-hosted scheduler for agents",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _kinds(table: Table) -> Iterator[Any]:
    yield Problem
    for verbs in table.values():
        for verb in verbs.values():
            yield from (kind for kind in (verb.takes, verb.gives) if kind is not None)


def _schemas(kinds: list[Any]) -> tuple[SchemaOf, Json]:
    """Give the schema of each type, and the components that these refer to."""
    schemas, components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")

    def schema_of(kind: Any) -> Json:
        return schemas[kinds.index(kind)]

    return schema_of, components


def _operation(path: str, verb: Operation, schema_of: SchemaOf) -> Json:
    described: Json = {
        "operationId": verb.do.__name__.strip("_"),
        "summary": verb.summary,
        "parameters": [*_path_parameters(path), *_query_parameters(verb.query), *_headers(verb)],
        "responses": _responses(verb, schema_of),
        "security": [{}] if verb.public else [{}, {"token": []}],
    }
    if verb.takes is not None:
        content = {kind: {"schema": schema_of(verb.takes)} for kind in verb.kinds}
        described["requestBody"] = {"required": not verb.optional, "content": content}
    return described


def _path_parameters(path: str) -> Iterator[Json]:
    for name in _PARAMETER.findall(path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _query_parameters(query: type[Query]) -> Iterator[Json]:
    (described,) = msgspec.json.schema(query)["$defs"].values()
    for name, schema in described["properties"].items():
        yield {"name": name, "in": "query", "required": name in described["required"], "schema": schema}


def _headers(verb: Operation) -> Iterator[Json]:
    for name, what_for in verb.headers.items():
        yield {"name": name, "in": "header", "description": what_for, "schema": {"type": "string"}}


def _responses(verb: Operation, schema_of: SchemaOf) -> Json:
    problem = {"description": "What is wrong", "content": {PROBLEM: {"schema": schema_of(Problem)}}}
    if verb.gives is not None:
        done: Json = {"description": "Done", "content": {JSON: {"schema": schema_of(verb.gives)}}}
        return {"200": done, "default": problem}
    if verb.text is not None:
        return {"200": {"description": "Done", "content": {verb.text: {}}}, "default": problem}
    return {"204": {"description": "Done"}, "default": problem}

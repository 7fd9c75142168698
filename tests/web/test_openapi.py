"""The description of the API: complete, and free of dangling references."""

import json
import re
from typing import Any

from pypes.web.app import ROUTES
from pypes.web.openapi import describe

from .client import Client
from .conftest import Tell


def test_every_operation_is_described(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        document = (await client.get("/openapi.json")).json()
        assert document["openapi"] == "3.1.0"
        described = {path: {method.upper() for method in item} for path, item in document["paths"].items()}
        assert described == {path: set(verbs) for path, verbs in ROUTES.items()} | {"/openapi.json": {"GET"}}

    with_app(story)


def operations() -> list[tuple[str, dict[str, Any]]]:
    paths = describe(ROUTES)["paths"]
    return [(path, operation) for path, item in paths.items() for operation in item.values()]


def test_every_operation_has_a_name_of_its_own_a_summary_and_answers() -> None:
    names = [operation["operationId"] for _, operation in operations()]
    assert len(set(names)) == len(names)
    for _, operation in operations():
        assert operation["summary"].endswith((".", "now."))
        assert "default" in operation["responses"]
        assert {"200", "204"} & set(operation["responses"])


def test_every_parameter_of_a_path_is_described() -> None:
    for path, operation in operations():
        described = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
        assert described == set(re.findall(r"\{(\w+)\}", path))


def test_no_reference_leads_nowhere() -> None:
    document = describe(ROUTES)
    references = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert references <= set(document["components"]["schemas"])
    assert {"Agent", "Run", "Schedule", "Outcome", "Webhook", "Cron", "Problem"} <= references


def test_the_shapes_have_the_names_of_the_contract() -> None:
    schemas = describe(ROUTES)["components"]["schemas"]
    assert {"from", "to", "count", "slot", "lateness_ms"} <= set(schemas["Run"]["properties"])
    assert {"from", "expression", "timezone", "dst"} <= set(schemas["Question"]["properties"])


def test_headers_that_change_what_happens_are_described() -> None:
    paths = describe(ROUTES)["paths"]
    for operation, name in [
        (paths["/agents/{name}/inputs"]["post"], "Idempotency-Key"),
        (paths["/events"]["get"], "Last-Event-ID"),
    ]:
        (described,) = (each for each in operation["parameters"] if each["in"] == "header")
        assert described["name"] == name


def test_every_kind_of_body_that_is_taken_is_described() -> None:
    paths = describe(ROUTES)["paths"]
    patch = paths["/agents/{name}"]["patch"]["requestBody"]["content"]
    assert set(patch) == {"application/json", "application/merge-patch+json"}
    assert set(paths["/agents"]["post"]["requestBody"]["content"]) == {
        "application/json",
        "application/x-ndjson",
    }

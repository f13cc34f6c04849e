"""The description of /api, for programs (OpenAPI 3.1) and for people; made from the models that read the queries."""

import re
from html import escape
from importlib import import_module
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from core.routes.endpoints import ENDPOINTS, JSON, Endpoint
from core.version import __version__

ERRORS = {
    "400": "The question is wrong; the sentence says what to change.",
    "401": "Nobody signed in, and the link is not signed or too old; only where one must sign in.",
    "403": "This person may not, or not so much at once; the sentence says why.",
    "404": "There is no such run, or it has no twin yet.",
    "409": "It cannot be done now, or a file is broken; the sentence says why.",
    "500": "Something failed on the server; its log says what.",
}
ERROR_SCHEMA = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"type": "string", "description": "One sentence: what is wrong, and what to do."}},
}
ERROR = {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}}
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Wavetwin’s API</title>
<style>:root {{ color-scheme: light dark }} body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto;
padding: 0 1rem }}
table {{ border-collapse: collapse }} td, th {{ text-align: left; vertical-align: top; padding: .2rem 1rem .2rem 0 }}
h2 code {{ overflow-wrap: anywhere }}</style>
<h1>Wavetwin’s API</h1>
<p>Each address answers GET. An error is one sentence in JSON, <code>{{"error": "…"}}</code>.
For programs the same is in <a href="openapi.json">OpenAPI 3.1</a>.</p>
{sections}</html>
"""


def document(request: Request) -> Response:
    """The description for programs."""
    return JSONResponse(described(request.url.path.removesuffix("/api/openapi.json")))


def page(_request: Request) -> Response:
    """The description for people; it loads nothing."""
    paths = described("")["paths"]
    sections = "".join(_section(path, operations["get"]) for path, operations in paths.items())
    return HTMLResponse(PAGE.format(sections=sections))


def described(base_path: str) -> dict[str, Any]:
    """The OpenAPI document of a server that stands below a path; empty for none."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Wavetwin", "version": __version__},
        "servers": [{"url": base_path or "/"}],
        "paths": {endpoint.path: {"get": _operation(endpoint)} for endpoint in ENDPOINTS},
        "components": {"schemas": {"Error": ERROR_SCHEMA}},
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    module = import_module(f"core.routes.{endpoint.module}")
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", endpoint.path)
    ]
    in_query = _parameters(getattr(module, endpoint.query).model_json_schema()) if endpoint.query else []
    codes = ERRORS if endpoint.query else {"404": "There is no such download."}
    return {
        "operationId": endpoint.path.removeprefix("/api/").translate(str.maketrans("/.{}", "____")).strip("_"),
        "summary": getattr(module, endpoint.handler).__doc__.strip(),
        "parameters": [*in_path, *in_query],
        "responses": {
            "200": {
                "description": "What was asked for.",
                "content": {kind: _content(kind) for kind in endpoint.media_types},
            }
        }
        | {code: {"description": text, "content": ERROR} for code, text in codes.items()},
    }


def _content(media_type: str) -> dict[str, Any]:
    """What an answer of a kind holds, as far as generators of clients need to know."""
    if media_type == JSON:
        return {}
    return {"schema": {"type": "string"} | ({} if media_type.startswith("text/") else {"format": "binary"})}


def _parameters(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields of a model as parameters in the query string."""
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required}
        | ({"description": field.pop("description")} if "description" in field else {})
        | {"schema": field}
        for name, field in schema["properties"].items()
    ]


def _section(path: str, operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(one['name'])}</code><td>{_kind(one)}<td>{escape(one.get('description', ''))}</tr>"
        for one in operation["parameters"]
    )
    kinds = ", ".join(operation["responses"]["200"]["content"])
    return (
        f"<h2><code>{escape(path)}</code></h2><p>{escape(operation['summary'])} Answers {escape(kinds)}.</p>"
        f"<table><tr><th>name<th>value<th>meaning</tr>{rows}</table>"
    )


def _kind(parameter: dict[str, Any]) -> str:
    """What a parameter may be, and its default."""
    schema = parameter["schema"]
    limits = [f"{word} {schema[key]}" for key, word in (("minimum", "from"), ("maximum", "to")) if key in schema]
    choices = [" or ".join(map(str, schema["enum"]))] if "enum" in schema else []
    default = ["required"] if parameter["required"] else [f"else {schema['default']}"] if schema.get("default") else []
    return escape(", ".join([schema.get("type", "text"), *limits, *choices, *default]))

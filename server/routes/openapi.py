"""The description of the wire at /api/openapi.json, generated from the routes."""

from __future__ import annotations

from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import (
    Components,
    OpenAPI,
    OpenAPIMediaType,
    OpenAPIResponse,
    Operation,
    Schema,
    SecurityScheme,
)
from litestar.openapi.spec.enums import OpenAPIType
from litestar.types import Method
from litestar.types.internal_types import PathParameterDefinition

from server.routes.access import COOKIE


def _operation_id(_handler: object, method: Method, parts: list[str | PathParameterDefinition]) -> str:
    names = [part if isinstance(part, str) else f"by_{part.name}" for part in parts]
    return "_".join([method.lower(), *(name for name in names if name != "api")])


_METHODS = ("get", "put", "post", "delete", "patch")
_OPEN = {"/api/enrol", "/api/session", "/api/session/link", "/api/session/password"}


def openapi_config() -> OpenAPIConfig:
    """No pages: they would load scripts from another host."""
    return OpenAPIConfig(
        title="Thôn",
        version="1",
        path="/api/openapi.json",
        operation_id_creator=_operation_id,
        render_plugins=[JsonRenderPlugin(path="/")],
        components=Components(
            security_schemes={
                "device": SecurityScheme(type="http", scheme="bearer", description="A phone's token."),
                "session": SecurityScheme(
                    type="apiKey",
                    name=COOKIE,
                    security_scheme_in="cookie",
                    description="A signed-in browser.",
                ),
            }
        ),
    )


def describe_problems(document: OpenAPI) -> None:
    """Every operation may answer a problem, and says how it is opened."""
    text = Schema(type=OpenAPIType.STRING)
    problem = Schema(
        type=OpenAPIType.OBJECT, properties={"problem": text, "detail": text}, required=["problem", "detail"]
    )
    answer = OpenAPIResponse(
        description="`problem` is a code, `detail` one clear sentence.",
        content={"application/json": OpenAPIMediaType(schema=problem)},
    )
    for path, item in (document.paths or {}).items():
        for method in _METHODS:
            operation: Operation | None = getattr(item, method, None)
            if operation is None:
                continue
            responses = {**(operation.responses or {}), "default": answer}
            responses.pop("400", None)
            operation.responses = responses
            if not (path in _OPEN and method == "post"):
                operation.security = [{"device": []}, {"session": []}]

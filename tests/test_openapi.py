"""The generated description of the wire is true: made-up requests to every operation get an answer that it
describes, and none finds a bug."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from litestar.testing import TestClient
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.core.failures import Failure, FailureGroup

from server.app import build_app
from server.config import Config, now_ms
from server.routes.access import COOKIE, CSRF_HEADER
from server.routes.rates import RateLimit
from server.store import users
from tests.callers import Caller
from tests.village import Village

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
METHODS = ("get", "put", "post", "delete", "patch")
EXAMPLES = settings(
    max_examples=9,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class Callers:
    """A phone with a token and an administrator's browser, on a commune with a few records."""

    def __init__(self, village: Village, client: TestClient[Any]) -> None:
        self.village = village
        self.client = client
        self.han = Caller(client, village.phone("phone-han", "C1", village.han))
        self.desk = village.desk(village.admin, "C")
        first = self.han.phone.write("r1", {"@area": "C1", "head": "K'Brình", "size": 5})
        self.desk.write("r1", {"@status": "returned", "@comment/c": {"text": "Hỏi lại"}}, seen=[first])
        self.han.phone.write("v1", {"@round": "2026", "@subject": "r1", "income": 5}, form="visit")
        self.han.push(b'{"v":2}')
        self.form_hash = self.han.get("/api/forms").json()[0]["hash"]
        document = client.get("/api/openapi.json").json()
        self.schema = schemathesis.openapi.from_dict(document)
        self.operations = {
            f"{method} {path}": (path, method)
            for path, item in document["paths"].items()
            for method in item
            if method in METHODS
        }

    def signed_in(self) -> dict[str, str]:
        def job(db: Any) -> tuple[str, Any]:
            user = users.get(db, self.village.admin)
            assert user is not None
            return users.start_session(db, user, self.desk.device, now_ms())

        token, session = self.village.store.write(job)
        return {"Cookie": f"{COOKIE}={token}", CSRF_HEADER: session.csrf}

    def check(self, identity: str) -> Callable[[Any], None]:
        def attack(case: Any) -> None:
            answer = self.ask(case, identity)
            if answer is not None:
                case.validate_response(answer, checks=CHECKS)

        return attack

    def ask(self, case: Any, identity: str) -> Any:
        """Sends a made-up request as a phone or a browser; None for what no client could send."""
        headers = self.han.headers if identity == "phone" else self.signed_in()
        # Attempts are counted; what is behind the count is asked here.
        self.client.app.state.rate_limit = RateLimit()
        options: dict[str, Any] = {"params": case.query or None}
        if case.body is not None and type(case.body).__name__ != "NotSet":
            is_json = isinstance(case.body, dict | list | str | int | float | bool)
            options |= {"json": case.body} if is_json else {"content": bytes(case.body)}
        with suppress(UnicodeError, ValueError):
            return self.client.request(case.method, case.formatted_path, headers=headers, **options)
        return None


@pytest.fixture(scope="module")
def callers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callers]:
    village = Village(tmp_path_factory.mktemp("openapi"))
    config = Config(data_dir=village.store.data_dir)
    with TestClient(build_app(config, village.store), raise_server_exceptions=False) as client:
        yield Callers(village, client)
    village.store.close()


@pytest.mark.parametrize("identity", ["phone", "browser"])
def test_every_operation_answers_as_it_is_described(callers: Callers, identity: str) -> None:
    found: list[str] = []
    for name, (path, method) in callers.operations.items():
        attack = EXAMPLES(given(callers.schema[path][method.upper()].as_strategy())(callers.check(identity)))
        try:
            attack()
        except (Failure, FailureGroup, ExceptionGroup) as failure:
            found.append(f"{name}: {failure}")
    assert found == []


def test_real_answers_are_as_described(callers: Callers) -> None:
    """Made-up ids seldom meet a record."""
    found = []
    asked = 0
    for name, (path, method) in callers.operations.items():
        if method != "get" or "{sha256}" in path:
            continue
        parameters = {"record": "r1", "digest": callers.form_hash, "a": "r1", "b": "r2"}
        for headers in (callers.han.headers, callers.signed_in()):
            case = callers.schema[path]["GET"].Case(path_parameters=parameters)
            answer = callers.client.get(path.format(**parameters), headers=headers)
            try:
                case.validate_response(answer, checks=CHECKS)
            except (Failure, FailureGroup) as failure:
                found.append(f"{name}: {failure}")
            asked += answer.status_code == 200
    assert found == []
    assert asked > 8

"""Answers that a proxy gives in place of the service."""

from typing import Any

import pytest

from tests.support.raw_client import Plain


@pytest.mark.parametrize(
    ("status", "body"),
    [(503, "upstream connect error"), (504, "upstream request timeout"), (418, "I'm a Teapot"), (599, "status 599")],
)
async def test_a_status_comes_with_a_plain_text_that_fits(plain: Plain, status: int, body: str) -> None:
    await plain.fault(on="fetch", status=status)
    answer = await plain.poll("cgt-1")
    assert (answer.status_code, answer.text, answer.headers["Content-Type"]) == (status, body, "text/plain")


async def test_the_body_its_type_and_more_headers_are_those_of_the_rule(plain: Plain) -> None:
    rule = {"status": 200, "body": {"error": "x"}, "content_type": "application/problem+json; charset=utf-8"}
    await plain.fault(on="create", **rule, headers={"X-Proxy": "nginx"}, retry_after=2)
    answer = await plain.create()
    assert answer.json() == {"error": "x"}
    assert answer.headers["Content-Type"] == "application/problem+json; charset=utf-8"
    assert (answer.headers["X-Proxy"], answer.headers["Retry-After"]) == ("nginx", "2")


@pytest.mark.parametrize("rule", [{"status": 502}, {"html": True}])
async def test_the_service_never_hears_of_the_request(plain: Plain, rule: dict[str, Any]) -> None:
    await plain.fault(on="create", **rule)
    await plain.create()
    assert (await plain.server.control("GET", "tasks"))["total"] == 0


async def test_a_page_has_status_200(plain: Plain) -> None:
    await plain.fault(on="list", html=True)
    page = await plain.ask("GET", "/api/v3/contents/generations/tasks")
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "<html" in page.text

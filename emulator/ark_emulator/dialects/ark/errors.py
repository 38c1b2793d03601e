"""Ark's error envelope."""

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.dialects.base import DialectResponse, json_bytes


def ark_error_response(refusal: Refusal, request_id: str) -> DialectResponse:
    """Return Ark's response to a refused request; the message ends with the request id (recorded)."""
    rendered = refusal.render()
    body = {
        "code": rendered.code,
        "message": rendered.with_request_id(request_id),
        "param": rendered.param,
        "type": rendered.type,
    }
    headers = {"x-error-code": "AuthN_MissOrInvalidAuthorizationHeader"} if rendered.status == 401 else {}
    return DialectResponse(rendered.status, json_bytes({"error": body}), headers)

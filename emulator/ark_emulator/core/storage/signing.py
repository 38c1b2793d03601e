"""Query signing of object storage URLs: create and verify `TOS4-HMAC-SHA256` signatures.

The scheme is the one of the official SDKs: like AWS Signature 4, but the secret key takes no prefix, the scope ends in
`tos/request`, and the payload is always unsigned. All moments are unix seconds; nothing here reads a clock.
"""

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl, quote

ALGORITHM: Final = "TOS4-HMAC-SHA256"
MAX_EXPIRES: Final = 2_592_000
"""The longest validity of a signed URL in seconds: 30 days (older documentation says 7)."""

PARAMETERS: Final = (
    "X-Tos-Algorithm",
    "X-Tos-Credential",
    "X-Tos-Date",
    "X-Tos-Expires",
    "X-Tos-Signature",
    "X-Tos-SignedHeaders",
)
"""The six query parameters of a signature, in the order in which the service prints them."""

_EMPTY: Final[Mapping[str, str]] = MappingProxyType({})
_STAMP: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})Z")
_SECONDS: Final = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Credentials:
    """One key pair of the storage and the region it signs for."""

    access_key: str
    secret_key: str = field(repr=False)
    region: str


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """The parts of a request that a signature covers.

    `hosts` are the hosts the URL may have been signed for, the likeliest first. `path` is decoded and starts with a
    slash. `query` holds the decoded pairs as they came, repeated ones included. `headers` have lower-case names.
    """

    method: str
    hosts: Sequence[str]
    path: str
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str] = field(default_factory=dict)


class SignatureCheck(StrEnum):
    """The result of checking the signature of a request; the checks run in this order, but for OK."""

    OK = "ok"
    MISSING = "missing"
    UNKNOWN_KEY = "unknown_key"
    ILLEGAL_EXPIRES = "illegal_expires"
    EXCESSIVE_EXPIRES = "excessive_expires"
    EXPIRED = "expired"
    MISMATCH = "mismatch"


def derive_credentials(secret: str, region: str) -> Credentials:
    """Return the key pair for a secret and a region: always the same, so that URLs survive a restart.

    The access key has the recorded shape: `AKLT` and 43 base64 characters, here of 32 hexadecimal digits.
    """
    spelled = _derive("access", secret, region)[:32]
    access_key = "AKLT" + b64encode(spelled.encode()).decode().rstrip("=")
    secret_key = b64encode(_derive("secret", secret, region).encode()).decode()
    return Credentials(access_key, secret_key, region)


def presign(
    credentials: Credentials,
    method: str,
    host: str,
    path: str,
    signed_at: int,
    expires: int,
    extra: Mapping[str, str] = _EMPTY,
) -> str:
    """Return the encoded `path?query` that allows `method` on `path` for `expires` seconds from `signed_at` on.

    `host` is what a client will send as Host, with the port unless it is the default one; `path` is decoded. `extra`
    are further query parameters to sign. All parameters stand in alphabetical order, as in recorded URLs. Raises
    ValueError for an illegal `expires` and for an `extra` that is part of the signature.
    """
    if not 1 <= expires <= MAX_EXPIRES:
        raise ValueError(f"expires must be from 1 to {MAX_EXPIRES} seconds, not {expires}")
    if reserved := {name.lower() for name in extra} & {name.lower() for name in PARAMETERS}:
        raise ValueError(f"part of the signature, not an extra: {', '.join(sorted(reserved))}")
    stamp = storage_date(signed_at)
    parameters = {
        **extra,
        "X-Tos-Algorithm": ALGORITHM,
        "X-Tos-Credential": f"{credentials.access_key}/{_scope(credentials, stamp)}",
        "X-Tos-Date": stamp,
        "X-Tos-Expires": str(expires),
        "X-Tos-SignedHeaders": "host",
    }
    canonical = _canonical_request(method, path, _canonical_query(parameters.items()), (("host", host),))
    parameters["X-Tos-Signature"] = _signature(credentials, stamp, canonical)
    return f"{_encode_path(path)}?{_joined(sorted(parameters.items()))}"


def verify(known: Collection[Credentials], request: SignedRequest, now: float) -> SignatureCheck:
    """Return whether the request has a signature by one of the `known` keys that is valid at `now`.

    A URL is invalid from the second on in which its lifetime ends, so that a clock set forward by the whole lifetime
    sees it expired. Signatures from the future are accepted: the emulated clock may show any time. A signature of which
    only some parts arrived is a mismatch, as recorded for a URL whose `&` stayed escaped as `\\u0026`.
    """
    given = dict(request.query)
    if not any(name in given for name in PARAMETERS):
        return SignatureCheck.MISSING
    if not all(name in given for name in PARAMETERS):
        return SignatureCheck.MISMATCH
    access_key = given["X-Tos-Credential"].partition("/")[0]
    credentials = next((one for one in known if one.access_key == access_key), None)
    if credentials is None:
        return SignatureCheck.UNKNOWN_KEY
    life = _life(given["X-Tos-Expires"])
    if isinstance(life, SignatureCheck):
        return life
    signed_at = parse_storage_date(given["X-Tos-Date"])
    if signed_at is not None and now >= signed_at + life:
        return SignatureCheck.EXPIRED
    matches = signed_at is not None and _matches(credentials, request, given)
    return SignatureCheck.OK if matches else SignatureCheck.MISMATCH


def query_pairs(raw: str) -> tuple[tuple[str, str], ...]:
    """Return the pairs of a raw query string, decoded, in order, repeated and empty ones included."""
    return tuple(parse_qsl(raw, keep_blank_values=True, errors="replace"))


def storage_date(moment: float) -> str:
    """Return a moment in the format of the storage: `YYYYMMDDTHHMMSSZ`, UTC."""
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y%m%dT%H%M%SZ")


def parse_storage_date(text: str) -> int | None:
    """Return the unix second of a `YYYYMMDDTHHMMSSZ`; None when it is no such date."""
    found = _STAMP.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found.groups())
    try:
        return int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp())
    except ValueError:
        return None


def _derive(purpose: str, secret: str, region: str) -> str:
    key = secret.encode("utf-8", "surrogatepass")
    return hmac.digest(key, f"object storage {purpose} key\n{region}".encode(), "sha256").hex()


def _life(text: str) -> int | SignatureCheck:
    if not _SECONDS.fullmatch(text) or int(text) < 1:
        return SignatureCheck.ILLEGAL_EXPIRES
    return int(text) if int(text) <= MAX_EXPIRES else SignatureCheck.EXCESSIVE_EXPIRES


def _matches(credentials: Credentials, request: SignedRequest, given: Mapping[str, str]) -> bool:
    names = given["X-Tos-SignedHeaders"].split(";")
    query = _canonical_query(request.query)
    claimed = _bytes(given["X-Tos-Signature"])
    for host in dict.fromkeys(request.hosts):
        headers = [(name, host if name == "host" else _header(request, name)) for name in names]
        canonical = _canonical_request(request.method, request.path, query, headers)
        if hmac.compare_digest(_bytes(_signature(credentials, given["X-Tos-Date"], canonical)), claimed):
            return True
    return False


def _header(request: SignedRequest, name: str) -> str:
    return " ".join(request.headers.get(name, "").split())


def _canonical_query(pairs: Iterable[tuple[str, str]]) -> str:
    signed = [(name, value) for name, value in pairs if name != "X-Tos-Signature"]
    # Repeated names keep the order of their values, so only the name decides.
    return _joined(sorted(signed, key=lambda pair: pair[0]))


def _canonical_request(method: str, path: str, query: str, headers: Iterable[tuple[str, str]]) -> str:
    ordered = sorted(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in ordered)
    names = ";".join(name for name, _ in ordered)
    return "\n".join((method.upper(), _encode_path(path), query, lines, names, "UNSIGNED-PAYLOAD"))


def _signature(credentials: Credentials, stamp: str, canonical: str) -> str:
    fingerprint = hashlib.sha256(_bytes(canonical)).hexdigest()
    statement = "\n".join((ALGORITHM, stamp, _scope(credentials, stamp), fingerprint))
    key = _signing_key(credentials.secret_key, stamp[:8], credentials.region)
    return hmac.digest(key, _bytes(statement), "sha256").hex()


@lru_cache(maxsize=64)
def _signing_key(secret_key: str, date: str, region: str) -> bytes:
    key = _bytes(secret_key)
    for part in (date, region, "tos", "request"):
        key = hmac.digest(key, _bytes(part), "sha256")
    return key


def _scope(credentials: Credentials, stamp: str) -> str:
    return f"{stamp[:8]}/{credentials.region}/tos/request"


def _joined(pairs: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{_encode(name)}={_encode(value)}" for name, value in pairs)


def _encode(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")


def _encode_path(path: str) -> str:
    return quote(path, safe="/", errors="surrogatepass")


def _bytes(text: str) -> bytes:
    # What a client sends need not be valid text; it must result in a mismatch, never in an exception.
    return text.encode("utf-8", "surrogatepass")

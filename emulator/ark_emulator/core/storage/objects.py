"""The response of the object storage to a request for one object: a pure function of request, object and virtual time.

The checks run in one order: signature present, access key known, Expires legal, not expired, signature right, object
present, conditions, range, download limit. Nothing is looked up or rendered before the signature is verified.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ark_emulator.core.storage.preconditions import Condition, Selection, Validators, http_date, select, weigh
from ark_emulator.core.storage.signing import Credentials, SignatureCheck, SignedRequest, verify
from ark_emulator.core.storage.storage_errors import Denial, error_body, host_id, storage_errors

DOWNLOAD_LIMIT: Final = 100
"""How often one result may be downloaded, by the documentation of the result URLs."""

RULE_ID: Final = "24h文件自动删除"
"""The lifecycle rule of recorded results, sent as raw UTF-8: a header that breaks clients which expect ASCII."""
ASCII_RULE_ID: Final = "24h-auto-delete"

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_ALLOWED: Final = ("GET", "HEAD")
_OVERRIDES: Final = {
    "response-cache-control": "Cache-Control",
    "response-content-disposition": "Content-Disposition",
    "response-content-encoding": "Content-Encoding",
    "response-content-language": "Content-Language",
    "response-content-type": "Content-Type",
    "response-expires": "Expires",
}

_DENIED: Final[Mapping[SignatureCheck, Denial]] = {
    SignatureCheck.MISSING: Denial.ANONYMOUS,
    SignatureCheck.UNKNOWN_KEY: Denial.UNKNOWN_KEY,
    SignatureCheck.ILLEGAL_EXPIRES: Denial.ILLEGAL_EXPIRES,
    SignatureCheck.EXCESSIVE_EXPIRES: Denial.EXCESSIVE_EXPIRES,
    SignatureCheck.EXPIRED: Denial.EXPIRED,
    SignatureCheck.MISMATCH: Denial.MISMATCH,
}


class Absent(StrEnum):
    """Why there is no object: its name is unknown (or it is deleted), or its whole bucket is."""

    KEY = "key"
    BUCKET = "bucket"


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object. `md5` is the hexadecimal digest of the whole body and becomes its ETag, also for ranges.

    Times are unix seconds; `expires_at` is when the lifecycle rule deletes the object, None when no rule does. `body`
    returns the `size` bytes and is called at most once per answer, only when some of them are sent.
    """

    size: int
    md5: str
    last_modified: float
    content_type: str
    body: Callable[[], bytes]
    expires_at: float | None = None


@dataclass(frozen=True, slots=True)
class ObjectRequest:
    """A request for an object.

    `path` is decoded and starts with a slash, `query` holds the decoded pairs as they came (see `signing.query_pairs`),
    `headers` have lower-case names. `hosts` are the hosts the URL may have been signed for: the received one, that of
    the public URL, that of the creator. `now` is virtual time in unix seconds.
    """

    method: str
    path: str
    query: Sequence[tuple[str, str]]
    hosts: Sequence[str]
    now: float
    request_id: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StorageOptions:
    """Settings that make the storage more lenient, or stricter, than by default.

    `lenient_head` accepts HEAD on a URL signed for GET; the real one refuses, because the verb is part of the
    signature. `ascii_headers` removes raw UTF-8 from `x-tos-expiration`. `lenient_auth` accepts a signed download with
    an Authorization header; the real one fails then (recorded; the status and the text are inferred). `download_limit`
    caps the downloads of an object; None means no cap.
    """

    lenient_head: bool = False
    ascii_headers: bool = False
    lenient_auth: bool = False
    download_limit: int | None = None


@dataclass(frozen=True, slots=True)
class ObjectAnswer:
    """A status, headers, and either a span of the object, or an error body, or nothing to send at all.

    `span` is half-open: the bytes from the first up to, not including, the second. `stored` is the object it is of.
    Headers include Date and Content-Length; a HEAD has those of its GET and no payload.
    """

    status: int
    headers: Mapping[str, str]
    span: tuple[int, int] | None = None
    error: bytes | None = None
    stored: StoredObject | None = None

    @property
    def starts_download(self) -> bool:
        """True when this counts towards the download limit.

        Whether parts count is not documented. Here an answer with the first byte does, so that a player that seeks, or
        a client that resumes, is charged once.
        """
        return self.span is not None and self.span[0] == 0

    def payload(self) -> memoryview:
        """Return the bytes to send; a lazily rendered body is rendered here."""
        if self.span is None or self.stored is None:
            return memoryview(self.error or b"")
        start, stop = self.span
        return memoryview(self.stored.body())[start:stop]


def answer(
    request: ObjectRequest,
    known: Collection[Credentials],
    find: Callable[[], StoredObject | Absent],
    options: StorageOptions = StorageOptions(),
    downloads: int = 0,
) -> ObjectAnswer:
    """Answer GET, HEAD and OPTIONS; `known` are the storage's keys, `downloads` those of the object so far.

    `find` is called once, after the signature is verified. OPTIONS is refused as recorded: the bucket of results has no
    CORS rules. An answer that would start a download beyond the limit becomes a 403 (inferred: only the limit itself is
    documented).
    """
    denial = _denial(request, known, options)
    if denial is not None:
        return refusal(request, denial)
    stored = find()
    if isinstance(stored, Absent):
        return refusal(request, Denial.NO_KEY if stored is Absent.KEY else Denial.NO_BUCKET)
    served = _served(request, stored, options)
    exhausted = options.download_limit is not None and downloads >= options.download_limit
    return refusal(request, Denial.DOWNLOAD_LIMIT) if exhausted and served.starts_download else served


def _denial(request: ObjectRequest, known: Collection[Credentials], options: StorageOptions) -> Denial | None:
    if request.method == "OPTIONS":
        return Denial.PREFLIGHT
    verdict = _checked(request, known, options)
    if verdict is not SignatureCheck.OK:
        return _DENIED[verdict]
    if "authorization" in request.headers and not options.lenient_auth:
        return Denial.AUTHORIZATION_HEADER
    return None if request.method in _ALLOWED else Denial.METHOD


def _checked(request: ObjectRequest, known: Collection[Credentials], options: StorageOptions) -> SignatureCheck:
    signed = SignedRequest(request.method, request.hosts, request.path, request.query, request.headers)
    verdict = verify(known, signed, request.now)
    if verdict is SignatureCheck.MISMATCH and request.method == "HEAD" and options.lenient_head:
        return verify(known, replace(signed, method="GET"), request.now)
    return verdict


def _served(request: ObjectRequest, stored: StoredObject, options: StorageOptions) -> ObjectAnswer:
    validators = Validators(stored.md5, stored.last_modified)
    match weigh(request.headers, validators):
        case Condition.FAILED:
            return refusal(request, Denial.PRECONDITION, _validating(stored))
        case Condition.NOT_MODIFIED:
            return ObjectAnswer(304, _common(request) | _validating(stored))
        case Condition.MET:
            pass
    # HTTP defines Range for GET alone, and the storage documents none for HEAD.
    selection = (
        select(request.headers, stored.size, validators)
        if request.method == "GET"
        else Selection(0, stored.size, partial=False)
    )
    if selection is None:
        return refusal(request, Denial.RANGE, {"Content-Range": f"bytes */{stored.size}"})
    headers = _common(request) | _describing(stored, selection, options) | _overriding(request)
    span = (selection.start, selection.stop) if request.method == "GET" else None
    return ObjectAnswer(206 if selection.partial else 200, headers, span, stored=stored)


def refusal(request: ObjectRequest, denial: Denial, further: Mapping[str, str] = _NOTHING) -> ObjectAnswer:
    """Return the answer that refuses a request for this reason; `further` headers are added."""
    error = storage_errors()[denial]
    body = error_body(error, request.path, request.request_id)
    headers = _common(request) | {"Content-Type": "application/json", "Content-Length": str(len(body))}
    if error.ec is not None:
        headers["x-tos-ec"] = error.ec
    if denial is Denial.METHOD:
        headers["Allow"] = ", ".join(_ALLOWED)
    return ObjectAnswer(error.status, {**headers, **further}, error=None if request.method == "HEAD" else body)


def _common(request: ObjectRequest) -> dict[str, str]:
    return {
        "server": "TosServer",
        "Date": http_date(request.now),
        "x-tos-request-id": request.request_id,
        "x-tos-id-2": host_id(request.request_id),
    }


def _validating(stored: StoredObject) -> dict[str, str]:
    return {"ETag": f'"{stored.md5}"', "Last-Modified": http_date(stored.last_modified)}


def _describing(stored: StoredObject, selection: Selection, options: StorageOptions) -> dict[str, str]:
    headers = _validating(stored) | {
        "Content-Type": stored.content_type,
        "Content-Length": str(selection.stop - selection.start),
        "Accept-Ranges": "bytes",
        "x-tos-storage-class": "STANDARD",
    }
    if selection.partial:
        headers["Content-Range"] = f"bytes {selection.start}-{selection.stop - 1}/{stored.size}"
    if stored.expires_at is not None:
        rule = ASCII_RULE_ID if options.ascii_headers else RULE_ID
        headers["x-tos-expiration"] = f'expiry-date="{http_date(stored.expires_at)}", rule-id="{rule}"'
    return headers


def _overriding(request: ObjectRequest) -> dict[str, str]:
    """Return the response headers that the URL requests.

    Every parameter of a verified request was signed, so adding one to a signed URL has no effect here. A value with
    control characters, which no header can carry, is ignored.
    """
    return {
        _OVERRIDES[name]: value for name, value in request.query if name in _OVERRIDES and value and value.isprintable()
    }

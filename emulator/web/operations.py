"""How an operation of an API is described: what it takes, what it gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class Query:
    """A parameter of the query string."""

    name: str
    about: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})


@dataclass(frozen=True, slots=True)
class Operation:
    """What a handler takes and gives: its request body, its answer by status, its query parameters.

    One that `takes_text` takes a body that is not JSON.
    """

    request: type[BaseModel] | None
    answers: Mapping[int, type[BaseModel]]
    query: tuple[Query, ...] = ()
    takes_text: bool = False

"""How an operation of an API is described: what it takes, what it gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class LazyModel:
    """A pydantic model by its module and name, imported only where a description is written: models build slowly."""

    module: str
    name: str

    def load(self) -> "type[BaseModel]":
        """Import the model."""
        found: type[BaseModel] = getattr(import_module(self.module), self.name)
        return found


class Models:
    """The models of a module, as attributes that import nothing."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> LazyModel:
        return LazyModel(self._module, name)


@dataclass(frozen=True, slots=True)
class Query:
    """A parameter of the query string."""

    name: str
    about: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})


@dataclass(frozen=True, slots=True)
class OperationSpec:
    """What a handler takes and gives: its request body, its answer by status, its query parameters.

    One that `takes_text` takes a body that is not JSON.
    """

    request: LazyModel | None
    answers: Mapping[int, LazyModel]
    query: tuple[Query, ...] = ()
    takes_text: bool = False

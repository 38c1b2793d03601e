"""The interface between a world and the place that keeps it: transactions, commits, refreshes, and delivery claims.

`InMemoryUnitOfWork` is the implementation for a world that exists in this process only; all its methods return at once.
The implementation for worlds in a store is `runtime.persistence.stored_unit_of_work`.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType, TracebackType
from typing import Any, Final, Protocol

Event = dict[str, Any]
"""One event of a world: `at` (virtual time), `kind`, `task`, and further fields that depend on the kind."""


class Transaction(Protocol):
    """An asynchronous context manager for one change of a world.

    It is reentrant: an asyncio task that is inside a transaction of a world may enter another one of the same world.
    Do not await the network inside, because other transactions of the same world wait.
    """

    @property
    def refreshed(self) -> bool:
        """Return whether other processes may have changed the world while this one waited to enter."""

    async def __aenter__(self) -> "Transaction":
        """Acquire the write lock and refresh the world."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit the changes, and return when they are durable. An exception does not undo them."""


class UnitOfWork(Protocol):
    """Keeps the changes of one world.

    `process_id` names this process among those that use the same store. `shared` is True while other processes may
    change the world. `exchange_offset` is added to exchange numbers, so that two processes never use the same one.
    """

    process_id: str
    shared: bool
    exchange_offset: int

    def transaction(self) -> Transaction:
        """Return the transaction to enter before the world is changed."""

    async def refresh(self) -> None:
        """Apply everything that other processes committed before this call. Raises StoreUnavailable."""

    def is_committed(self, task_id: str | None = None) -> bool:
        """Return whether the state of a task, or of the whole world, is durable.

        Inside a transaction the answer is True, because the caller has to see its own changes.
        """

    async def wait_committed(self) -> None:
        """Wait until all earlier changes are durable, or are lost and replaced by the stored state.

        Raises StoreUnavailable when the store cannot be read.
        """

    def publish(self, event: Event, by_time: bool) -> None:
        """Send an event to other processes with the next commit. `by_time`: a deadline caused it, not a request."""

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` when all earlier changes are durable; never, if they are lost."""

    def claim_attempt(self, name: str) -> None:
        """Record that this process makes a delivery attempt, named `TASK:NUMBER`."""

    def owns_attempt(self, name: str) -> bool:
        """Return whether a delivery attempt belongs to this process."""

    def release_attempt(self, name: str) -> None:
        """Remove the claim on a delivery attempt."""

    def clear_attempts(self) -> None:
        """Remove the claims of all processes."""

    def claimed_attempts(self) -> Mapping[str, str]:
        """Return the process that makes each delivery attempt in flight, by the name of the attempt."""


class _NoTransaction:
    """The transaction of a world without a store: there is no lock and nothing to commit."""

    refreshed = False

    async def __aenter__(self) -> "_NoTransaction":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


NO_TRANSACTION: Final = _NoTransaction()
_NO_CLAIMS: Final[Mapping[str, str]] = MappingProxyType({})


class InMemoryUnitOfWork:
    """The unit of work of a world that no store keeps. It has no state, so all such worlds share one instance."""

    process_id = ""
    shared = False
    exchange_offset = 0

    def transaction(self) -> Transaction:
        """Return a transaction that does nothing."""
        return NO_TRANSACTION

    async def refresh(self) -> None:
        """Return at once: no other process can change the world."""

    def is_committed(self, task_id: str | None = None) -> bool:
        """Return True: nothing can be lost."""
        return True

    async def wait_committed(self) -> None:
        """Return at once: nothing can be lost."""

    def publish(self, event: Event, by_time: bool) -> None:
        """Do nothing: there is no other process."""

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` now."""
        callback()

    def claim_attempt(self, name: str) -> None:
        """Do nothing: every attempt belongs to this process."""

    def owns_attempt(self, name: str) -> bool:
        """Return True: every attempt belongs to this process."""
        return True

    def release_attempt(self, name: str) -> None:
        """Do nothing: no claims are recorded."""

    def clear_attempts(self) -> None:
        """Do nothing: no claims are recorded."""

    def claimed_attempts(self) -> Mapping[str, str]:
        """Return an empty mapping: no claims are recorded."""
        return _NO_CLAIMS


IN_MEMORY: Final = InMemoryUnitOfWork()

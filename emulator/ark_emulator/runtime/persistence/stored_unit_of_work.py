"""The unit of work of a world in a store: one `SpaceSession`, and which process makes which delivery attempt."""

from collections.abc import Awaitable, Callable, Mapping
from hashlib import blake2b

from ark_emulator.runtime.persistence.space import SpaceSession
from ark_emulator.runtime.persistence.tracked_dict import TrackedDict
from ark_emulator.runtime.world.unit_of_work import NO_TRANSACTION, Event, Transaction
from ark_emulator.stores.store import Store


class StoredUnitOfWork:
    """Implement `UnitOfWork` for a world in `store`.

    Until `attach` is called, the world exists in memory only. `attempts` are the delivery attempts in flight: the name
    of the attempt, and the process that makes it.
    """

    def __init__(self, store: Store) -> None:
        self.process_id = store.process_id
        self.shared = store.shared
        # Each process counts exchanges from 1, and request ids follow from the count.
        self.exchange_offset = _exchange_offset(store.process_id) if store.shared else 0
        self.attempts = TrackedDict("")
        self._session: SpaceSession | None = None
        self._refresh: Callable[[], Awaitable[None]] | None = None

    def attach(self, session: SpaceSession, refresh: Callable[[], Awaitable[None]]) -> None:
        """Commit to the space of `session` from now on; `refresh` applies what other processes committed to it."""
        self._session, self._refresh = session, refresh

    def transaction(self) -> Transaction:
        """Return the transaction of the space."""
        return NO_TRANSACTION if self._session is None else self._session

    async def refresh(self) -> None:
        """Apply everything that other processes committed before this call. Raises StoreUnavailable."""
        if self.shared and self._refresh is not None:
            await self._refresh()

    def is_committed(self, task_id: str | None = None) -> bool:
        """Return whether the state of a task, or of the whole world, is durable; True inside a transaction."""
        return self._session is None or self._session.is_committed(task_id)

    async def wait_committed(self) -> None:
        """Wait until all earlier changes are durable, or are replaced by the stored state.

        Raises StoreUnavailable when the store cannot be read.
        """
        if self._session is not None:
            await self._session.wait_committed()

    def publish(self, event: Event, by_time: bool) -> None:
        """Send an event to other processes with the next commit."""
        if self._session is not None:
            self._session.publish(event, by_time)

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` when all earlier changes are durable; never, if they are lost."""
        if self._session is None:
            callback()
        else:
            self._session.after_commit(callback)

    def claim_attempt(self, name: str) -> None:
        """Record that this process makes a delivery attempt."""
        self.attempts[name] = self.process_id

    def owns_attempt(self, name: str) -> bool:
        """Return whether a delivery attempt belongs to this process."""
        return self.attempts.get(name) == self.process_id

    def release_attempt(self, name: str) -> None:
        """Remove the claim on a delivery attempt."""
        del self.attempts[name]

    def clear_attempts(self) -> None:
        """Remove the claims of all processes."""
        self.attempts.clear()

    def claimed_attempts(self) -> Mapping[str, str]:
        """Return the process that makes each delivery attempt in flight, by the name of the attempt."""
        return self.attempts


def _exchange_offset(process_id: str) -> int:
    return int.from_bytes(blake2b(process_id.encode(), digest_size=6).digest())

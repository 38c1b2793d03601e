"""Asks the store for new commits, once for all tasks that need them at the same time."""

import asyncio

from ark_emulator.runtime.persistence.space import SpaceSession, ignore_result
from ark_emulator.stores.store import Store


class CoalescedReads:
    """Refreshes spaces with as few requests to the store as possible.

    A caller that arrives while a request is in flight waits for the next one. It must not share the one in flight: its
    answer may be older than what the caller already knows from elsewhere.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._current: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None
        self._requested: set[SpaceSession] = set()

    async def refresh(self, *spaces: SpaceSession) -> None:
        """Apply to these spaces everything that was committed before this call. Raises StoreUnavailable."""
        self._requested.update(spaces)
        if self._next is None:
            self._next = asyncio.get_running_loop().create_task(self._read(self._current))
            self._next.add_done_callback(ignore_result)
        await asyncio.shield(self._next)
        for space in spaces:
            if space.stale:
                await space.reload()

    async def _read(self, previous: "asyncio.Task[None] | None") -> None:
        if previous is not None and not previous.done():
            await asyncio.wait([previous])
        self._current, self._next = self._next, None
        requested, self._requested = self._requested, set()
        commits = await self._store.commits_since({space.name: space.version for space in requested})
        for space in requested:
            space.apply_commits(commits[space.name])

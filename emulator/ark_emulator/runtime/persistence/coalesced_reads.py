"""Asks the store what is new, once for everybody who wants to know at the same time."""

import asyncio

from ark_emulator.runtime.persistence.space import SpaceSession, ignore_result
from ark_emulator.stores.store import Store


class CoalescedReads:
    """Lets spaces be up to date. Who asks while a request is on its way shares the next one, never that one: it may
    have been answered before whatever the asker has heard of elsewhere.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._now: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None
        self._wanted: set[SpaceSession] = set()

    async def refresh(self, *spaces: SpaceSession) -> None:
        """Let these spaces know everything that was committed before this was called. Raises StoreGone."""
        self._wanted.update(spaces)
        if self._next is None:
            self._next = asyncio.get_running_loop().create_task(self._ask(self._now))
            self._next.add_done_callback(ignore_result)
        await asyncio.shield(self._next)
        for space in spaces:
            if space.stale:
                await space.reload()

    async def _ask(self, before: "asyncio.Task[None] | None") -> None:
        if before is not None and not before.done():
            await asyncio.wait([before])
        self._now, self._next = self._next, None
        wanted, self._wanted = self._wanted, set()
        news = await self._store.commits_since({space.name: space.version for space in wanted})
        for space in wanted:
            space.apply_commits(news[space.name])

"""The engine: the worlds of a server and everything that their commands and queries depend on.

`runtime.commands` changes worlds, `runtime.queries` reads them. Both know neither HTTP nor any gateway.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Final

from ark_emulator.core.facts import catalogue
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.gateway_view.task_view import signed
from ark_emulator.core.scenario.scenario_model import KeyStatus
from ark_emulator.core.storage.signing import derive_credentials
from ark_emulator.dialects.base import Dialect
from ark_emulator.runtime.callbacks.callback_sender import CallbackSender
from ark_emulator.runtime.media.references import MediaInspector
from ark_emulator.runtime.media.results import Results
from ark_emulator.runtime.poll_cache import PollCache
from ark_emulator.runtime.registry import Registry
from ark_emulator.runtime.settings.scenario_loader import ScenarioLoader
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.runtime.task_views import TaskViews
from ark_emulator.runtime.world.steering import SteeringWords
from ark_emulator.runtime.world.world import World
from ark_emulator.stores.store import Store

_SECRET: Final = "ark-emulator"
_REFUSED: Final = {KeyStatus.OVERDUE: "account.overdue", KeyStatus.MISPLACED: "auth.wrong_path"}
"""The error of a key by its status; for all other statuses the key is unknown."""


class Engine:
    """Creates and holds the dependencies of one server, and closes them.

    `load` reads scenarios. `streams` contains an event for each open wait, which is set when the server stops.
    """

    def __init__(
        self, settings: Settings, dialects: Mapping[str, Dialect], load: ScenarioLoader, store: Store | None = None
    ) -> None:
        self.settings = settings
        self.load = load
        self.dialects = dialects
        self.storage_keys = {
            site.region: derive_credentials(_SECRET, site.region)
            for model in catalogue.catalogue()
            for site in (listing.site for listing in model.listings)
        }
        self.results = Results(settings.clip_bytes)
        links = {region: signed(keys) for region, keys in self.storage_keys.items()}
        if settings.media_urls == "data":
            links = {region: self.results.links(made) for region, made in links.items()}
        self.views = TaskViews(dialects, links)
        self.steering = SteeringWords(load)
        self.references = MediaInspector(settings.media_check)
        self.poll_cache = PollCache()
        self._sender = CallbackSender(self.views.callback_body, settings.callback_rewrite, settings.callback_secret)
        self.worlds = Registry(settings, self._sender.send, store)
        self.started_at = time.monotonic()
        self.closing = False
        self.streams: set[asyncio.Event] = set()

    def authenticate(self, world: World, key: str) -> None:
        """Check an API key. Raises Refusal, as the service does, when it is missing or not admitted.

        A world always admits the key with its own name. The default world is the exception: its name gives no rights.
        """
        if not key:
            raise Refusal("auth.missing")
        policy = world.behaviour.policy(key)
        own = key == world.name and world is not self.worlds.default
        known = own or key in self.settings.keys
        if (self.settings.keys and not known) or (policy is None and not known):
            raise Refusal("auth.unknown")
        if policy is not None and policy.status is not KeyStatus.OK:
            raise Refusal(_REFUSED.get(policy.status, "auth.unknown"))

    def authorize_model(self, world: World, key: str, model: str) -> None:
        """Check that a key may use a model. Raises Refusal otherwise."""
        policy = world.behaviour.policy(key)
        if policy is not None and not policy.allows(model):
            raise Refusal("access.denied")

    def wake_waiters(self) -> None:
        """End every wait for virtual time or for events, so that they do not delay the stop of the server."""
        self.closing = True
        for waiter in self.streams:
            waiter.set()
        self.worlds.close_worlds()

    async def close(self) -> None:
        """Stop the schedulers of all worlds and close all connections."""
        await self.worlds.close()
        await self.references.close()
        await self._sender.close()

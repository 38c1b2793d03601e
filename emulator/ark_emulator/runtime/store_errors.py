"""The errors of stores, for callers above the runtime: they do not import the stores themselves."""

from ark_emulator.stores.store import LockLost as LockLost
from ark_emulator.stores.store import StoreUnavailable as StoreUnavailable
from ark_emulator.stores.store import UnusableStore as UnusableStore

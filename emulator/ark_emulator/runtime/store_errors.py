"""The errors of stores, for callers above the runtime: they do not import the stores themselves."""

from ark_emulator.stores.store import PenLost as PenLost
from ark_emulator.stores.store import StoreGone as StoreGone
from ark_emulator.stores.store import Unfit as Unfit

"""What can go wrong with a store, for those who may not know of stores: they tell whoever asked."""

from emulator.stores.records import PenLost as PenLost
from emulator.stores.records import StoreGone as StoreGone
from emulator.stores.records import Unfit as Unfit

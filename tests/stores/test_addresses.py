"""Addresses of stores: what names one, and what is said of all else."""

import pytest
from ark_emulator.stores.addresses import is_shared, store_at, validate_address
from ark_emulator.stores.store import UnusableStore


@pytest.mark.parametrize(
    "address",
    [
        *(
            "memory:",
            "sqlite:a.db",
            "sqlite:/var/a.db",
            "redis://h",
            "redis://h/",
            "redis://h:6379/0",
            "redis://[::1]/12",
        ),
        *("rediss://name:p%40ss@h/3", "redis://h/0?prefix=a", "unix:///run/redis.sock", "unix:///run/redis.sock?db=2"),
    ],
)
def test_an_address_that_names_a_store_is_taken_as_it_is(address: str) -> None:
    assert validate_address(address) == address
    assert is_shared(address) == address.startswith(("redis", "unix"))


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "is no store; known are memory:, sqlite:PATH or redis://HOST:PORT/DB"),
        ("memory", "is no store"),
        ("postgres://h/0", "is no store"),
        ("redis:", "is no store"),
        ("sqlite:", "names no file"),
        ("sqlite:///a.db", "names no file: write sqlite:PATH"),
        ("sqlite:a\0b", "names no file: write sqlite:PATH"),
        ("sqlite::memory:", "for worlds in memory write memory:, for a file sqlite:PATH"),
        ("sqlite:file:a.db?mode=memory", "is a name that SQLite itself gives a meaning"),
        ("redis://h/abc", "ends with '/abc', which is not the number of a database"),
        ("redis://h/-1", "ends with '/-1'"),
        ("redis://h/1/2", "ends with '/1/2'"),
        ("redis://h:port/0", "is no address of a store: Port could not be cast"),
        ("redis://h:99999/0", "is no address of a store: Port out of range"),
        ("redis://[h/0", "is no address of a store"),
    ],
)
def test_an_address_that_names_none_is_refused_with_what_does(address: str, said: str) -> None:
    with pytest.raises(UnusableStore) as refused:
        validate_address(address)
    assert said in str(refused.value)
    with pytest.raises(UnusableStore):
        store_at(address)


@pytest.mark.parametrize("address", ["redis://name:secret@h/abc", "mysql://name:secret@h", "redis://:secret@h:port"])
def test_an_error_message_never_contains_the_password(address: str) -> None:
    with pytest.raises(UnusableStore) as refused:
        validate_address(address)
    assert "secret" not in str(refused.value)

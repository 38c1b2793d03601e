"""Servers for the tests of what outlives them."""

from tests.support.redis_server import mortal_redis, redis_server

__all__ = ["mortal_redis", "redis_server"]

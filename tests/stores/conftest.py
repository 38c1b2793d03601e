"""Servers for the tests of stores."""

from tests.runtime.conftest import serve_on
from tests.support.redis_server import mortal_redis, redis_server

__all__ = ["mortal_redis", "redis_server", "serve_on"]

-- KEYS living. ARGV process, milliseconds after which one is not counted any more. Notes that this process lives.
local now = math.floor(microseconds() / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - ARGV[2]))
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])

-- KEYS living. ARGV process, milliseconds after which a process counts as dead. Records a heartbeat.
local now = math.floor(microseconds() / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - ARGV[2]))
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])

-- KEYS living. ARGV milliseconds. Returns the processes with a heartbeat within them.
local now = math.floor(microseconds() / 1000)
return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. string.format('%.0f', now - ARGV[1]), '+inf')

-- KEYS head, records. ARGV the largest number of records to send at once.
-- Returns {version, generation, records}; the records are false when there are more.
local found = redis.call('HMGET', KEYS[1], 'version', 'born')
local few = redis.call('HLEN', KEYS[2]) <= tonumber(ARGV[1])
return {count(found[1], '0'), found[2] or '', few and redis.call('HGETALL', KEYS[2])}

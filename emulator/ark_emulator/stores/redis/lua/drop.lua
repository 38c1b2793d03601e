-- KEYS pen, head, log, records, changed, dropped. ARGV token, space, milliseconds, the entry of the log.
-- Removes a space, and releases the lock. The log reports the drop for these milliseconds. Returns false without the lock.
local pen, head, log, records, changed, dropped = unpack(KEYS)
if redis.call('GET', pen) ~= ARGV[1] then
  return false
end
redis.call('DEL', pen)
local version = redis.call('HGET', head, 'version')
if not version then
  return 0
end
version = tonumber(version)
if not version or version < 0 or version > 9007199254740992 or version % 1 ~= 0 then
  version = 0 -- a damaged space can be dropped as well
end
redis.call('UNLINK', records, log)
redis.call('RPUSH', log, ARGV[4])
redis.call('HSET', head, 'version', version + 1, 'dropped', version + 1, 'size', #ARGV[4])
redis.call('PEXPIRE', head, ARGV[3])
redis.call('PEXPIRE', log, ARGV[3])
note_change(changed, ARGV[2])

local now = microseconds()
local forgotten = string.format('%.0f', now - ARGV[3] * 1000)
for _, space in ipairs(redis.call('ZRANGEBYSCORE', dropped, '-inf', forgotten, 'LIMIT', 0, 1000)) do
  redis.call('ZREM', changed, space)
  redis.call('ZREM', dropped, space)
end
redis.call('ZADD', dropped, string.format('%.0f', now), ARGV[2])
return version + 1

-- KEYS pen, head, log. ARGV token, milliseconds, known version, generation.
-- Acquires the lock and returns the commits, or returns the milliseconds for which another process may keep it.
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  local left = redis.call('PTTL', KEYS[1])
  if left >= 0 and left <= tonumber(ARGV[2]) then
    return left
  end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) -- a longer expiry was not set by this store
end
return news(KEYS[2], KEYS[3], tonumber(ARGV[3]), ARGV[4])

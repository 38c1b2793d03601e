-- KEYS changed. ARGV a mark. Returns the newest mark and the spaces committed to after the given one; all spaces when
-- the mark is not from this server.
local newest = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2] or '0'
local since = ARGV[1]
if tonumber(newest) < tonumber(since) then
  since = '0'
end
return {newest, redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. since, '+inf')}

-- KEYS changed. ARGV a mark. Answers with the newest mark and the spaces committed to after that one; with all of them
-- when the mark is not of this server.
local newest = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2] or '0'
local since = ARGV[1]
if tonumber(newest) < tonumber(since) then
  since = '0'
end
return {newest, redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. since, '+inf')}

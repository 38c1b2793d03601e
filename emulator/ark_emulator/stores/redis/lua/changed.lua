-- Records that a space was committed to now. Marks increase even when the server's clock goes back.
local function microseconds()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

local function note_change(changed, space)
  local last = tonumber(redis.call('ZREVRANGE', changed, 0, 0, 'WITHSCORES')[2] or '0')
  redis.call('ZADD', changed, string.format('%.0f', math.max(last + 1, microseconds())), space)
end

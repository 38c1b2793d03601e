-- KEYS pen, head, log, records, changed, dropped.
-- ARGV token, version before, space, milliseconds of the lock or '' to release it, commits kept, bytes kept, '1' to
-- clear, number of events, number of records put; then the head of the commit, the events, names and records in turn,
-- and the names of records to remove.
-- Returns {version, generation}, or false when another process holds the lock.
local FIRST = 11
local TOGETHER = 4000 -- the largest number of arguments of one call; even, because names and records are pairs

local function in_parts(command, key, first, last)
  for start = first, last, TOGETHER do
    redis.call(command, key, unpack(ARGV, start, math.min(start + TOGETHER - 1, last)))
  end
end

local function keep(log, size, commit)
  redis.call('RPUSH', log, commit)
  size = size + #commit
  local count = redis.call('LLEN', log)
  while count > tonumber(ARGV[5]) or (size > tonumber(ARGV[6]) and count > 0) do
    size = size - #redis.call('LPOP', log)
    count = count - 1
  end
  return size
end

local pen, head, log, records, changed, dropped = unpack(KEYS)
local found = redis.call('HMGET', head, 'version', 'born', 'size', 'dropped')
local version = count(found[1], '0')
if redis.call('GET', pen) ~= ARGV[1] or version ~= tonumber(ARGV[2]) then
  return false
end
local puts = FIRST + ARGV[8]
local removed = puts + 2 * ARGV[9]
if ARGV[7] == '1' then
  redis.call('UNLINK', records)
end
in_parts('HSET', records, puts, removed - 1)
in_parts('HDEL', records, removed, #ARGV)

local born = found[2] or string.format('%.0f', microseconds())
local size = tonumber(found[3] or '0') -- no more than a hint how much of the log is to be kept
if not size or size < 0 or size > 9007199254740992 or redis.call('EXISTS', log) == 0 then
  size = 0
end
size = keep(log, size, table.concat(ARGV, '', FIRST - 1))
redis.call('HSET', head, 'version', version + 1, 'born', born, 'size', size)
if found[4] and redis.call('ZREM', dropped, ARGV[3]) == 1 then
  redis.call('PERSIST', head)
  redis.call('PERSIST', log)
end
note_change(changed, ARGV[3])
if ARGV[4] == '' then
  redis.call('DEL', pen)
else
  redis.call('PEXPIRE', pen, ARGV[4])
end
return {version + 1, born}

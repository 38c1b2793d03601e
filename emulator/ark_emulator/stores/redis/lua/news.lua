-- Returns a stored number, or `nothing` when it is missing. Fails for an invalid one.
local function count(text, nothing)
  local number = tonumber(text or nothing)
  if not number or number < 0 or number > 9007199254740992 or number % 1 ~= 0 then
    error('a count is ' .. tostring(text))
  end
  return number
end

-- Returns the commits of a space after a known version: {version, generation, commits}.
-- The commits are false when the log begins later, or when the generation of the space is another one.
local function news(head, log, known, generation)
  local found = redis.call('HMGET', head, 'version', 'born', 'dropped')
  local version = count(found[1], '0')
  if known > version or (known > 0 and generation ~= '' and generation ~= found[2]) then
    return {version, found[2] or '', false}
  end
  local dropped = count(found[3], '0')
  if known < dropped then
    known = dropped - 1
  end
  local behind = version - known
  if behind == 0 then
    return {version, found[2] or '', {}}
  end
  if behind > redis.call('LLEN', log) then
    return {version, found[2], false}
  end
  return {version, found[2], redis.call('LRANGE', log, -behind, -1)}
end

-- A number that this store has written, or the one that stands for nothing. Fails for anything else.
local function count(text, nothing)
  local number = tonumber(text or nothing)
  if not number or number < 0 or number > 9007199254740992 or number % 1 ~= 0 then
    error('a count is ' .. tostring(text))
  end
  return number
end

-- What was committed to a space after a known version: {version, birth, commits}.
-- The commits are false where they cannot be told: the log begins later, or the space is not the one that was known.
local function news(head, log, known, birth)
  local found = redis.call('HMGET', head, 'version', 'born', 'dropped')
  local version = count(found[1], '0')
  if known > version or (known > 0 and birth ~= '' and birth ~= found[2]) then
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

-- What was committed to a space after a known version: {version, birth, commits}.
-- The commits are false where they cannot be told: the log begins later, or the space is not the one that was known.
local function news(head, log, known, birth)
  local found = redis.call('HMGET', head, 'version', 'born', 'dropped')
  local version = tonumber(found[1] or '0')
  if known > version or (known > 0 and birth ~= '' and birth ~= found[2]) then
    return {version, found[2] or '', false}
  end
  if found[3] and known < tonumber(found[3]) then
    known = tonumber(found[3]) - 1
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

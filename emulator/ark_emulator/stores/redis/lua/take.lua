-- KEYS pen, head, log. ARGV token, milliseconds, known version, birth.
-- Takes the pen and answers with the news, or with the milliseconds for which somebody else may keep it.
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  local left = redis.call('PTTL', KEYS[1])
  if left >= 0 and left <= tonumber(ARGV[2]) then
    return left
  end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) -- what lasts longer than a pen is none
end
return news(KEYS[2], KEYS[3], tonumber(ARGV[3]), ARGV[4])

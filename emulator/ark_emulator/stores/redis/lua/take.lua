-- KEYS pen, head, log. ARGV token, milliseconds, known version, birth.
-- Takes the pen and answers with the news, or with the milliseconds for which somebody else may keep it.
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  return redis.call('PTTL', KEYS[1])
end
return news(KEYS[2], KEYS[3], tonumber(ARGV[3]), ARGV[4])

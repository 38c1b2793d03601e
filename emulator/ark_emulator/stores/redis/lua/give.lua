-- KEYS pen. ARGV token. Gives the pen back, unless somebody else has it by now.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
end

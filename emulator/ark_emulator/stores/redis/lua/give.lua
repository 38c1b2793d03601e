-- KEYS pen (the write lock). ARGV token. Releases the lock if the token holds it.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
end

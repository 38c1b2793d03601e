-- KEYS head and log of each space. ARGV known version and generation of each. Returns the commits of each.
local answers = {}
for place = 1, #KEYS, 2 do
  answers[#answers + 1] = news(KEYS[place], KEYS[place + 1], tonumber(ARGV[place]), ARGV[place + 1])
end
return answers

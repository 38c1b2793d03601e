-- KEYS head and log of each space. ARGV known version and birth of each. Answers with the news of each.
local heard = {}
for place = 1, #KEYS, 2 do
  heard[#heard + 1] = news(KEYS[place], KEYS[place + 1], tonumber(ARGV[place]), ARGV[place + 1])
end
return heard

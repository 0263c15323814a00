-- ARGV: crm, contact id, holder.
local lock = P .. 'lock:' .. ARGV[1] .. ':' .. ARGV[2]
if redis.call('GET', lock) == ARGV[3] then return redis.call('DEL', lock) end
return 0

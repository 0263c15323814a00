-- ARGV: crm, contact id, holder, lock ms. 0 when the lock was lost.
local lock = P .. 'lock:' .. ARGV[1] .. ':' .. ARGV[2]
if redis.call('GET', lock) == ARGV[3] then return redis.call('PEXPIRE', lock, ARGV[4]) end
return 0

-- The delivery goes back to the queue in good order: that is no unclean end. Returns since when the CRM has been unavailable to it.
-- ARGV: lead key, crm, now ms, 1 if the CRM was unavailable.
local k, crm, now, down = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local leadKey, field = P .. 'lead:' .. k, 'crm:' .. crm
if redis.call('EXISTS', leadKey) == 0 then return now end
if tonumber(redis.call('HGET', leadKey, field .. ':tries') or '0') > 0 then redis.call('HINCRBY', leadKey, field .. ':tries', -1) end
if down == '0' then
  redis.call('HDEL', leadKey, field .. ':down')
  return now
end
redis.call('HSETNX', leadKey, field .. ':down', now)
return redis.call('HGET', leadKey, field .. ':down')

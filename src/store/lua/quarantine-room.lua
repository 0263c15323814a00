-- The bodies in the quarantine: one hash, `total` bytes and for each job `<bytes> <ms since when>`. They move together, so the total can't drift.
-- ARGV: `take`, job id, bytes, most bytes ('' for no limit), now (ms): 1 when it may be kept.
-- ARGV: `give`, then job id and what stands there ('' for whatever) in turn: what was changed since stays. Returns how many went.
local verb, key = ARGV[1], P .. 'quarantine-room'

if verb == 'take' then
  local id, bytes, most = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
  if redis.call('HEXISTS', key, id) == 1 then return 1 end
  local total = tonumber(redis.call('HGET', key, 'total') or '0')
  if most and total + bytes > most then return 0 end
  redis.call('HSET', key, id, ARGV[3] .. ' ' .. ARGV[5])
  redis.call('HINCRBY', key, 'total', ARGV[3])
  return 1
end

local gone = 0
for i = 2, #ARGV, 2 do
  local stands = redis.call('HGET', key, ARGV[i])
  if stands and (ARGV[i + 1] == '' or ARGV[i + 1] == stands) then
    redis.call('HDEL', key, ARGV[i])
    redis.call('HINCRBY', key, 'total', -tonumber(string.match(stands, '^%d+')))
    gone = gone + 1
  end
end
return gone

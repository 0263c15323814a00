-- A CRM that fails everything, and how it is given more and more when it is back; one state for all processes. ARGV: verb, crm, now ms, then
-- `enter`: whose turn it is, ms after which a turn ends by itself. Returns 1 when it may begin.
-- `fail`: whose turn it was, the wait that the CRM asked for in ms or an empty text. Returns how long nothing is to be sent, ms.
-- `succeed`: whose turn it was. Returns how many may be in hand at once from now on; 0 where that is no news.
local verb, crm, now, id = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local key, turns = P .. 'crm:' .. crm, P .. 'turns:' .. crm
local FirstMs, LongestMs = 1000, 60000
local stored = redis.call('HMGET', key, 'holdFrom', 'holdTill', 'holds', 'pace', 'wins')
for i = 1, 5 do stored[i] = tonumber(stored[i] or '0') end
local from, till, holds, pace, wins = unpack(stored)

-- Set back, a clock must not make the wait longer.
local isHeld = now >= from and now < till

if verb == 'enter' then
  if pace == 0 then return 1 end
  -- The queue is about to be held.
  if isHeld then return 0 end
  -- A process that died in the middle of its turn gives it back by that.
  redis.call('ZREMRANGEBYSCORE', turns, '-inf', now)
  if not redis.call('ZSCORE', turns, id) and redis.call('ZCARD', turns) >= pace then return 0 end
  redis.call('ZADD', turns, now + tonumber(ARGV[5]), id)
  redis.call('PEXPIRE', turns, ARGV[5])
  return 1
end

redis.call('ZREM', turns, id)

if verb == 'fail' then
  -- What was in hand when it began fails together and counts once.
  if isHeld then return till - now end
  local asked = tonumber(ARGV[5] or '')
  local wait = math.ceil(asked or math.min(LongestMs, FirstMs * 2 ^ math.min(holds, 10)))
  redis.call('HSET', key, 'holdFrom', string.format('%.0f', now), 'holdTill', string.format('%.0f', now + wait), 'holds', holds + 1)
  redis.call('HSET', key, 'pace', 1, 'wins', 0)
  return wait
end

-- One that was in hand when the wait began tells nothing about after it.
if pace == 0 or isHeld then return 0 end
if wins + 1 < pace then
  redis.call('HSET', key, 'wins', wins + 1)
  return 0
end
redis.call('HSET', key, 'pace', pace * 2, 'wins', 0, 'holds', 0)
if pace == 1 then redis.call('HSET', key, 'backAt', string.format('%.0f', now)) end
return pace * 2

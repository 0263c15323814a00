-- One request out of a rolling window: the times (ms) of those that were sent in it. KEYS[1]: the list. ARGV[3], ARGV[4]: the requests and the
-- seconds of the window; [1] and [2] are the limiter's own. Returns how many there are with this one and the ms until the first of them leaves
-- the window, or one more than may be and the ms until there is room.

-- A request may take so much longer on its way than those before it: two that left in different windows must not arrive in one.
local WayMs = 250
local requests, span = tonumber(ARGV[3]), tonumber(ARGV[4]) * 1000 + WayMs
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- The server's clock was set back: times of the future would be in the way until they are past.
local newest = redis.call('LINDEX', KEYS[1], -1)
if newest and tonumber(newest) > now then redis.call('DEL', KEYS[1]) end

local oldest = redis.call('LINDEX', KEYS[1], 0)
while oldest and tonumber(oldest) <= now - span do
  redis.call('LPOP', KEYS[1])
  oldest = redis.call('LINDEX', KEYS[1], 0)
end

local sent = redis.call('LLEN', KEYS[1])
if sent < requests then
  redis.call('RPUSH', KEYS[1], now)
  redis.call('PEXPIRE', KEYS[1], span)
  return { sent + 1, span }
end
-- Where the limit was lowered several have to leave first.
local last = redis.call('LINDEX', KEYS[1], sent - requests)
return { requests + 1, math.max(1, tonumber(last) + span - now) }

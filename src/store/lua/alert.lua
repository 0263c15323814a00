-- Alerts of one lane (event and CRM), until somebody was told of them: at most one batch gathers and one is being sent. ARGV: verb, lane, and for
-- `gather`: id for a new batch, now ms, sample, most samples, seconds to keep. Returns { id of the batch, 1 if it is new }.
-- `take`: id, seconds to keep. Returns { 'taken', the batch's fields and values in turn }, { 'busy' } or { 'gone' }.
-- `forget`: id.
local verb, lane, id = ARGV[1], ARGV[2], ARGV[3]
local lanes, open, taken = P .. 'alerts', P .. 'alert:' .. lane, P .. 'alert:' .. lane .. ':taken'

if verb == 'gather' then
  local now, sample, most, keep = ARGV[4], ARGV[5], tonumber(ARGV[6]), ARGV[7]
  local number = redis.call('HINCRBY', open, 'count', 1)
  if number == 1 then
    redis.call('HSET', open, 'id', id, 'since', now)
    redis.call('SADD', lanes, lane)
  end
  redis.call('HSET', open, 'until', now)
  if number <= most then redis.call('HSET', open, 'sample' .. number, sample) end
  redis.call('EXPIRE', open, keep)
  return { redis.call('HGET', open, 'id'), number == 1 and 1 or 0 }
end

local sending = redis.call('HGET', taken, 'id')
if verb == 'take' then
  if sending ~= id then
    if redis.call('HGET', open, 'id') ~= id then return { 'gone' } end
    if sending then return { 'busy' } end
    redis.call('RENAME', open, taken)
  end
  -- It must outlive the last of its tries.
  redis.call('EXPIRE', taken, ARGV[4])
  return { 'taken', redis.call('HGETALL', taken) }
end

if sending == id then redis.call('DEL', taken) end
if redis.call('EXISTS', open, taken) == 0 then redis.call('SREM', lanes, lane) end
return { 'gone' }

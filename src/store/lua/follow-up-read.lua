-- ARGV: `step` and its id, or `contact` and its id; most other plans.
-- Returns { contact id, suppression, crms and links in turn, plans (each a hash as fields and values in turn), body, history lines }, or {}
-- where nothing is known. Of a step its own plan comes first; of a contact there is neither body nor history.
local verb, id, most = ARGV[1], ARGV[2], tonumber(ARGV[3])

local one = verb == 'step' and readStep(id)
local cid = verb == 'step' and (one and one.cid) or verb == 'contact' and survivor(id)
if not cid or not isThere(cid) then return {} end

local links = {}
local stored = redis.call('HGETALL', P .. 'contact:' .. cid)
for i = 1, #stored, 2 do
  local crm = string.match(stored[i], '^link:(.*)$')
  local lost = string.match(stored[i], '^lost:([^:]+):')
  if lost then crm = lost .. ' (another record)' end
  if crm then
    links[#links + 1] = crm
    links[#links + 1] = stored[i + 1]
  end
end

local plans = {}
if one then plans[1] = redis.call('HGETALL', one.key) end
for _, k in ipairs(redis.call('ZREVRANGE', P .. 'plans:' .. cid, 0, most < 0 and -1 or most)) do
  local plan = (not one or k ~= one.k) and redis.call('HGETALL', P .. 'plan:' .. k) or {}
  if #plan > 0 then plans[#plans + 1] = plan end
end
if not one then return { cid, suppressionOf(cid), links, plans } end

local lines = {}
for _, line in ipairs(redis.call('LRANGE', P .. 'timeline:' .. cid, 0, -1)) do
  local tells = string.find(line, '"event":"received"', 1, true) or string.find(line, '"event":"again"', 1, true)
  if tells then lines[#lines + 1] = line end
end
return { cid, suppressionOf(cid), links, plans, redis.call('GET', P .. 'body:' .. one.k) or '', lines }

-- Which org a CRM writes to. ARGV: `note`, `check`, `hold` or `bind`, crm, org, 1 if its file says sharedOrg, now ms, ms to hold.
-- Returns { 'bound' } or { 'free' }, or why it must not write there: { 'elsewhere', its own org }, { 'taken', the CRM that has this one } or
-- { 'held', the CRM that is about to be bound to it }.
local verb, crm, org, shared, now, holdMs = unpack(ARGV)
local own, names = P .. 'crm:' .. crm, P .. 'bound'
local bound, since = unpack(redis.call('HMGET', own, 'org', 'orgSince'))
if verb ~= 'check' then redis.call('HSET', own, 'sharedOrg', shared) end
if verb == 'note' then
  -- One that was bound before there was this set.
  if bound then redis.call('SADD', names, crm) end
  return { bound and 'bound' or 'free' }
end
if bound and bound ~= org then return { 'elsewhere', bound } end

-- Of two that are bound to one org (sharedOrg was taken out of a file) the later one stops, and never both.
local function isEarlier(other, otherSince)
  local theirs, ours = tonumber(otherSince or '0'), tonumber(since or '0')
  return not bound or theirs < ours or (theirs == ours and other < crm)
end

local others = redis.call('SMEMBERS', names)
table.sort(others)
for _, other in ipairs(others) do
  local otherOrg, otherSince, otherShares = unpack(redis.call('HMGET', P .. 'crm:' .. other, 'org', 'orgSince', 'sharedOrg'))
  local agreed = shared == '1' and otherShares == '1'
  if other ~= crm and otherOrg == org and not agreed and isEarlier(other, otherSince) then return { 'taken', other } end
end
local hold = P .. 'org-hold:' .. org
if not bound and verb == 'hold' then
  local holder = redis.call('GET', hold)
  local agreed = holder and shared == '1' and redis.call('HGET', P .. 'crm:' .. holder, 'sharedOrg') == '1'
  if holder and holder ~= crm and not agreed then return { 'held', holder } end
  redis.call('SET', hold, crm, 'PX', holdMs)
end
if not bound and verb ~= 'bind' then return { 'free' } end
if not bound then
  redis.call('DEL', hold)
  redis.call('HSET', own, 'org', org, 'orgSince', now)
  redis.call('SADD', names, crm)
end
return { 'bound' }

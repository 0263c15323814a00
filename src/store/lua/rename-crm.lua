-- What is held of a CRM goes over to its new name; done twice it changes nothing. ARGV: `crm`, `leads`, `plans` or `contacts`, old name, new
-- name, for all but the first whole keys ... Returns how many were changed.
local verb, old, new = ARGV[1], ARGV[2], ARGV[3]
local changed = 0

-- Counters first of all: what became of a lead is counted under one name or the other, and never under both.
if verb == 'crm' then
  local counts = redis.call('HGETALL', P .. 'counters')
  local prefix = 'crm:' .. old .. ':'
  for i = 1, #counts, 2 do
    if string.sub(counts[i], 1, #prefix) == prefix then
      count('crm:' .. new .. ':' .. string.sub(counts[i], #prefix + 1), counts[i + 1])
      redis.call('HDEL', P .. 'counters', counts[i])
      changed = changed + 1
    end
  end
  local from, to = P .. 'crm:' .. old, P .. 'crm:' .. new
  local facts = redis.call('HGETALL', from)
  for i = 1, #facts, 2 do
    redis.call('HSETNX', to, facts[i], facts[i + 1])
    if facts[i] == 'lastSuccess' then maxField(to, facts[i], facts[i + 1]) end
    changed = changed + 1
  end
  redis.call('DEL', from)
  redis.call('SREM', P .. 'bound', old)
  if redis.call('HEXISTS', to, 'org') == 1 then redis.call('SADD', P .. 'bound', new) end
  return changed
end

local function renameLead(key)
  local field, other = 'crm:' .. old, 'crm:' .. new
  for _, name in ipairs({ 'fo', 'fu' }) do
    if redis.call('HGET', key, name) == old then redis.call('HSET', key, name, new) end
  end
  local state = redis.call('HGET', key, field)
  if not state then return 0 end
  -- The lead came once more after the file had its new name: that delivery stands, and this one counts no longer.
  local stands = redis.call('HEXISTS', key, other) == 1
  if stands and isOpen(state) then
    count('crm:' .. new .. ':accepted', -1)
    move(new, state == 'parked' and 'parked' or 'waiting', nil)
  end
  local entry = redis.call('HGETALL', key)
  for i = 1, #entry, 2 do
    local name = entry[i]
    if name == field or string.sub(name, 1, #field + 1) == field .. ':' then
      if not stands then redis.call('HSET', key, other .. string.sub(name, #field + 1), entry[i + 1]) end
      redis.call('HDEL', key, name)
    end
  end
  return 1
end

local function renameLost(key)
  for _, field in ipairs(redis.call('HKEYS', key)) do
    local from = string.sub(field, 1, #old + 6) == 'lost:' .. old .. ':' and string.sub(field, #old + 7)
    if from then
      redis.call('HSET', key, 'lost:' .. new .. ':' .. from, redis.call('HGET', key, field))
      redis.call('HDEL', key, field)
    end
  end
end

local function renameLink(key)
  renameLost(key)
  local link = redis.call('HGET', key, 'link:' .. old)
  if not link then return 0 end
  redis.call('HSETNX', key, 'link:' .. new, link)
  return redis.call('HDEL', key, 'link:' .. old)
end

local function renamePlan(key)
  if redis.call('HGET', key, 'crm') ~= old then return 0 end
  redis.call('HSET', key, 'crm', new)
  return 1
end

local rename = ({ leads = renameLead, plans = renamePlan, contacts = renameLink })[verb]
for i = 4, #ARGV do changed = changed + rename(ARGV[i]) end
return changed

-- Brings back what an export holds of the marketplace's no to one contact, or that somebody was forgotten: later times win, so that what the
-- store knows better stays. ARGV: one JSON object. Returns { 1 if that changed anything, ids of the contacts that it changed ... }
local a = cjson.decode(ARGV[1])

if a.forgotten then
  local key = P .. 'forgotten:' .. a.forgotten
  local known = tonumber(redis.call('GET', key) or '')
  if known and known >= a.at then return { 0 } end
  redis.call('SET', key, string.format('%.0f', a.at))
  return { 1 }
end

local function raise(key)
  local changed = 0
  for field, at in pairs(a.sup) do
    local known = tonumber(redis.call('HGET', key, field) or '')
    if not known or known < at then
      redis.call('HSET', key, field, string.format('%.0f', at))
      changed = 1
    end
  end
  return changed
end

-- In a Redis that was lost, whose it is shows with the next lead that has the alias.
local contacts, changed = {}, 0
for _, alias in ipairs(a.aliases) do
  local cid = redis.call('GET', P .. 'alias:' .. alias)
  if cid then contacts[survivor(cid)] = true end
  -- What was said under a number and last name stands there, whoever has them.
  local isKept = not a.contact and isPhone(alias)
  local raised = (isKept or not cid) and raise(P .. 'kept:' .. alias) or 0
  if raised == 1 then reviewAlias(alias) end
  changed = math.max(changed, raised)
end
-- Somebody without any alias is found by the contact id alone: the same lead makes the same one again.
local isKnown = a.contact and redis.call('EXISTS', P .. 'contact:' .. a.contact) == 1
if isKnown or (a.contact and #a.aliases == 0) then contacts[survivor(a.contact)] = true end
-- A rebuild finds the contact by its record, and the address there may be another one by now. Nobody's who was forgotten.
local isForgotten = false
for _, alias in ipairs(a.aliases) do isForgotten = isForgotten or redis.call('EXISTS', P .. 'forgotten:' .. alias) == 1 end
if a.contact and not isKnown and not isForgotten then
  changed = math.max(changed, raise(P .. 'sup:' .. survivor(a.contact)))
end

local answer = {}
for cid in pairs(contacts) do
  if raise(P .. 'sup:' .. cid) == 1 then
    note(cid, a.line, a.touches, a.timelineSeconds)
    review(cid)
    answer[#answer + 1] = cid
  end
end
return { math.max(changed, #answer > 0 and 1 or 0), unpack(answer) }

-- What the ledger keeps of a lead of somebody who was forgotten: enough to recognise it, nothing to tell whose it was. May be done twice.
-- ARGV: one JSON object. What is still needed goes to the note of the one who is forgotten, see forget.lua.
local a = cjson.decode(ARGV[1])
local leadKey = P .. 'lead:' .. a.k
local noted = P .. 'forgetting:' .. a.alias
local entry, isKept = {}, { s = true, at = true, receipt = true, routed = true }
local stored = redis.call('HGETALL', leadKey)
for i = 1, #stored, 2 do entry[stored[i]] = stored[i + 1] end

redis.call('SADD', noted, cjson.encode({ 'lead', a.k }))
redis.call('DEL', P .. 'body:' .. a.k)

-- Its last name was seen with this number. Where that makes another contact's key, it stays theirs.
if a.phone and redis.call('EXISTS', P .. 'alias:' .. a.phone.alias) == 0 then
  redis.call('SREM', P .. 'phone:' .. a.phone.number, a.phone.lastName)
end

local function noteRecord(crm, record)
  redis.call('SADD', noted, cjson.encode({ 'record', crm, record }))
end

-- Its follow-up ends here. Tasks are named with the records: what stands in them is about the person.
local function endFollowUp()
  local key = P .. 'plan:' .. a.k
  local plan = redis.call('HGETALL', key)
  if #plan == 0 then return end
  local crm, cid = unpack(redis.call('HMGET', key, 'crm', 'c'))
  redis.call('SADD', noted, cjson.encode({ 'crm', crm }))
  for i = 1, #plan, 2 do
    local id = string.match(plan[i], '^s:(.*)$')
    local step = id and cjson.decode(plan[i + 1])
    if step and IsLive[step.state] then
      followed(crm, step.state, -1)
      followed(crm, 'cancelled', 1)
    end
    if step and type(step.task) == 'table' then noteRecord(crm, step.task.object .. '/' .. step.task.id) end
    if step then
      redis.call('ZREM', P .. 'sla', id)
      redis.call('ZREM', P .. 'made:' .. survivor(cid), id)
    end
  end
  redis.call('ZREM', P .. 'plans:' .. survivor(cid), a.k)
  redis.call('DEL', key)
end

endFollowUp()
if not entry.s then return 0 end

-- The CRM has what was written and not settled yet: it counts as what it is.
local function endOf(crm, state)
  local written = state == 'written' and entry['crm:' .. crm .. ':written']
  if not written then return 'forgotten' end
  local it = cjson.decode(written)
  if type(it.record) == 'table' then noteRecord(crm, it.record.object .. '/' .. it.record.id) end
  return it.outcome == 'delivered' and type(it.result) == 'string' and 'delivered:' .. it.result or it.outcome
end

for field, value in pairs(entry) do
  local crm = string.match(field, '^crm:([^:]+)$')
  if crm then
    isKept[field] = true
    redis.call('SADD', noted, cjson.encode({ 'crm', crm }))
    if entry[field .. ':record'] then noteRecord(crm, entry[field .. ':record']) end
  end
  if crm and isOpen(value) then
    local outcome = endOf(crm, value)
    redis.call('HSET', leadKey, field, outcome)
    moveTo(crm, value == 'parked' and 'parked' or 'waiting', outcome)
  end
end

-- One that was not routed yet would never be: its job goes, too.
for _, crm in ipairs(entry.s == 'accepted' and not entry.routed and a.crms or {}) do
  if not entry['crm:' .. crm] then
    isKept['crm:' .. crm] = true
    redis.call('HSET', leadKey, 'crm:' .. crm, 'forgotten', 'routed', '1')
    count('crm:' .. crm .. ':accepted', 1)
    move(crm, nil, 'forgotten')
  end
end

-- After a run that was killed a delivery may have gone on, and written its line.
local timeline = entry.c and P .. 'timeline:' .. survivor(entry.c)
for _, line in ipairs(timeline and redis.call('LRANGE', timeline, 0, -1) or {}) do
  if cjson.decode(line).lead == a.k then redis.call('LREM', timeline, 0, line) end
end
if entry.c then redis.call('ZREM', P .. 'touches:' .. survivor(entry.c), a.k) end

for field in pairs(entry) do
  if not isKept[field] then redis.call('HDEL', leadKey, field) end
end
redis.call('EXPIRE', leadKey, a.ledgerSeconds)
return 1

-- The follow-up of one lead is a hash, plan:<lead key>: `plan` is what never changes of it (JSON), `crm`, `c` its contact, `at` the lead's own
-- time, `ids` its steps in order (JSON), `s:<step>` one step (JSON), `sla:<step>` how its promise was judged, `turn` whose turn it was; `open`
-- counts the steps that need the lead, `live` those that something is still to be done about.

-- A missed promise is shown for so long.
local ShownMs = 7 * 24 * 60 * 60 * 1000
local NeedsLead = { waiting = 1, due = 1, making = 1, failed = 1 }
local IsLive = { waiting = 1, due = 1, making = 1, failed = 1, withdrawing = 1 }
-- Nobody is waited for any more.
local IsOver = { worked = true, withdrawing = true, withdrawn = true, kept = true, cancelled = true }

local function followed(crm, name, by)
  count('crm:' .. crm .. ':followUps:' .. name, by)
end

local function isThere(cid)
  return redis.call('EXISTS', P .. 'contact:' .. cid) == 1
end

-- Nil where nobody knows of it (any more): its person was forgotten, or is just being forgotten.
local function readStep(id)
  local k = string.match(id, '^[^.]*')
  local key = P .. 'plan:' .. k
  local stored, crm, cid = unpack(redis.call('HMGET', key, 's:' .. id, 'crm', 'c'))
  cid = stored and survivor(cid)
  if not cid or not isThere(cid) then return nil end
  return { id = id, k = k, key = key, crm = crm, cid = cid, step = cjson.decode(stored) }
end

local function longest(a)
  return math.max(a.ledgerSeconds, a.timelineSeconds)
end

local function tell(one, a, say)
  local line = { at = a.at, lead = one.k, event = 'follow-up', crm = one.crm, step = one.id, reason = say }
  note(one.cid, cjson.encode(line), a.touches, a.timelineSeconds)
end

-- Whatever is told of a contact is kept at least as long as the plans that are about it.
local function keepContact(cid, a, live)
  for _, kind in ipairs({ 'plans', 'made' }) do redis.call('EXPIRE', P .. kind .. ':' .. cid, longest(a)) end
  -- One without an alias goes with its lead.
  if redis.call('EXISTS', P .. 'aliases:' .. cid) == 1 then return end
  for _, kind in ipairs({ 'contact', 'numbers', 'phones' }) do
    if live then redis.call('PERSIST', P .. kind .. ':' .. cid) else redis.call('EXPIRE', P .. kind .. ':' .. cid, a.ledgerSeconds) end
  end
end

-- The plan, the ledger's entry and the lead's body stay while they are needed, and age out from then on.
local function keepPlan(one, a, was)
  local open, live, at = unpack(redis.call('HMGET', one.key, 'open', 'live', 'at'))
  redis.call('ZADD', P .. 'plans:' .. one.cid, at, one.k)
  if tonumber(live) > 0 then redis.call('PERSIST', one.key) else redis.call('EXPIRE', one.key, a.ledgerSeconds) end
  if tonumber(open) == 0 and was > 0 then
    ageOut(one.k, a.bodySeconds, a.ledgerSeconds)
  elseif redis.call('TTL', P .. 'lead:' .. one.k) > 0 then
    redis.call('EXPIRE', P .. 'lead:' .. one.k, a.ledgerSeconds)
  end
  keepContact(one.cid, a, tonumber(live) > 0)
end

-- Nobody is late with a task before it is due: it may be due at the next opening, which is after the promised time.
local function extendPromise(one)
  local step = one.step
  local at, due = tonumber(redis.call('ZSCORE', P .. 'sla', one.id)), step.dueAt
  if not at or type(due) ~= 'number' or due <= at then return end
  step.slaAt = due
  redis.call('ZADD', P .. 'sla', string.format('%.0f', due), one.id)
  redis.call('HSET', one.key, 's:' .. one.id, cjson.encode(step))
end

-- Who has the task has the contact: the next one is theirs, too.
local function noteMade(one, a)
  local step = one.step
  followed(one.crm, 'tasks', 1)
  -- The CRM takes things: what it does not take now is not the CRM's being away.
  maxField(P .. 'crm:' .. one.crm, 'lastSuccess', a.now)
  if type(step.slaAt) == 'number' then followed(one.crm, step.madeAt <= step.slaAt and 'madeInTime' or 'madeLate', 1) end
  redis.call('ZADD', P .. 'made:' .. one.cid, string.format('%.0f', step.madeAt), one.id)
  extendPromise(one)
  if type(step.owner) == 'string' then redis.call('HSET', P .. 'contact:' .. one.cid, 'assigned', step.owner) end
  follow(one.cid, longest(a))
end

-- The one way in which a step changes: state, counters, and what is counted by contact and by promise. No field of a step is a list: an empty
-- one would come back as an object.
local function store(one, a, to, change)
  local step, from = one.step, one.step.state
  local wasMade = type(step.madeAt) == 'number'
  for name, value in pairs(change) do step[name] = value end
  step.state = to
  if to ~= 'waiting' then step.heldUntil = nil end
  if to == 'made' and type(step.madeAt) ~= 'number' then step.madeAt = a.now end
  redis.call('HSET', one.key, 's:' .. one.id, cjson.encode(step))
  local open = tonumber(redis.call('HGET', one.key, 'open'))
  if from ~= to then
    followed(one.crm, from, -1)
    followed(one.crm, to, 1)
    redis.call('HINCRBY', one.key, 'open', (NeedsLead[to] or 0) - (NeedsLead[from] or 0))
    redis.call('HINCRBY', one.key, 'live', (IsLive[to] or 0) - (IsLive[from] or 0))
  end
  local isMade = type(step.madeAt) == 'number'
  if isMade and not wasMade then noteMade(one, a) end
  -- Of one that failed while it was made nobody knows whether it is there, nor when a person gives it up.
  local isUnsure = type(step.dueAt) == 'number' and (to == 'failed' or from == 'failed')
  local hasEnded = to == 'cancelled' or to == 'waiting' or to == 'failed'
  if hasEnded and not isMade and not isUnsure then redis.call('ZREM', P .. 'made:' .. one.cid, one.id) end
  if IsOver[to] then redis.call('ZREM', P .. 'sla', one.id) end
  keepPlan(one, a, open)
end

local function forgetOldPromises(a)
  redis.call('ZREMRANGEBYSCORE', P .. 'sla', '-inf', string.format('(%.0f', a.now - ShownMs))
end

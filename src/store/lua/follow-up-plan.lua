-- Keeps the plan of a lead, or notes why there is none; both once. ARGV: `plan` or `none`, one JSON object.
-- Returns the steps (JSON) that stand and wait or are due.
local verb, a = ARGV[1], cjson.decode(ARGV[2])
local leadKey, key = P .. 'lead:' .. a.k, P .. 'plan:' .. a.k

-- The ledger knows whose a lead is until its person is forgotten, and its contact may be there again under the same id.
local cid = redis.call('HGET', leadKey, 'c')
cid = cid and survivor(cid)
if not cid or not isThere(cid) then return {} end

-- One that was made before a crash stands, whatever was decided since: its steps are asked about when their time comes.
if verb == 'none' and redis.call('EXISTS', key) == 0 then
  if redis.call('HGET', leadKey, 'fu') == a.crm then return {} end
  redis.call('HSET', leadKey, 'fu', a.crm)
  note(cid, a.line, a.touches, a.timelineSeconds)
  return {}
end

-- Whether anything was ever said against the contact.
local function isRefused()
  if #suppressionOf(cid) > 0 then return true end
  local contact = redis.call('HGETALL', P .. 'contact:' .. cid)
  for i = 1, #contact, 2 do
    if string.match(contact[i], '^lost:') then return true end
    if string.match(contact[i], '^link:') and next(closedBy(cjson.decode(contact[i + 1]))) then return true end
  end
  return false
end

local function keep()
  redis.call('HSET', key, 'plan', a.plan, 'crm', a.crm, 'c', cid, 'at', string.format('%.0f', a.occurred), 'ids', a.ids)
  local open, live = 0, 0
  for _, one in ipairs(a.steps) do
    local step = cjson.decode(one)
    redis.call('HSET', key, 's:' .. step.id, one)
    followed(a.crm, 'planned', 1)
    followed(a.crm, step.state, 1)
    -- Found in the CRM after our data was lost.
    if step.state == 'made' then
      followed(a.crm, 'tasks', 1)
      redis.call('ZADD', P .. 'made:' .. cid, string.format('%.0f', step.madeAt), step.id)
    end
    open, live = open + (NeedsLead[step.state] or 0), live + (IsLive[step.state] or 0)
    if type(step.slaAt) == 'number' then redis.call('ZADD', P .. 'sla', string.format('%.0f', step.slaAt), step.id) end
  end
  redis.call('HSET', key, 'open', open, 'live', live)
  -- It may be settled already where a person has replayed it.
  if open > 0 then
    redis.call('PERSIST', leadKey)
    redis.call('PERSIST', P .. 'body:' .. a.k)
  end
  keepPlan({ k = a.k, key = key, cid = cid }, a, 0)
  follow(cid, longest(a))
  -- What stands already may be lifted before the time of a step comes, which is covered now.
  if isRefused() then review(cid) end
  forgetOldPromises(a)
  note(cid, a.line, a.touches, a.timelineSeconds)
end

local crm = redis.call('HGET', key, 'crm')
if not crm then keep() end
if crm and crm ~= a.crm then return {} end

local steps = {}
for _, id in ipairs(cjson.decode(redis.call('HGET', key, 'ids'))) do
  local stored = redis.call('HGET', key, 's:' .. id)
  local state = cjson.decode(stored).state
  if state == 'waiting' or state == 'due' then steps[#steps + 1] = stored end
end
return steps

-- One step goes on. ARGV: verb, one JSON object. What each verb returns stands with it.
local verb, a = ARGV[1], cjson.decode(ARGV[2])
local one = readStep(a.id)
local step = one and one.step

-- Until when another step of the contact keeps this one waiting; 0: not at all. What nobody knows of counts as made, but may be known at any
-- moment: it is asked for again soon.
local function holds(other, free, isHeldByDue)
  if not other or type(other.step.madeAt) == 'number' then return free end
  local state, soon = other.step.state, math.min(free, a.now + a.unsureMs)
  -- One that is only handed over may never become a task. Of its own follow-up it comes first all the same: calls keep their order.
  if state == 'due' then return isHeldByDue and other.k == one.k and soon or 0 end
  return (state == 'making' or state == 'failed') and soon or free
end

local function heldUntil(isHeldByDue)
  local held = 0
  local since = string.format('(%.0f', a.now - a.minGapMs)
  local marks = redis.call('ZRANGEBYSCORE', P .. 'made:' .. one.cid, since, '+inf', 'WITHSCORES')
  for i = 1, #marks, 2 do
    local free = marks[i] == a.id and 0 or holds(readStep(marks[i]), tonumber(marks[i + 1]) + a.minGapMs, isHeldByDue)
    held = math.max(held, free)
  end
  return held
end

local function mark()
  redis.call('ZADD', P .. 'made:' .. one.cid, string.format('%.0f', a.now), a.id)
end

-- { `due`, `gap` or `most` or `done`, until when for a gap }. One that waits is not among the contact's tasks itself.
local function handOver()
  if not one then return { 'done' } end
  if step.state ~= 'waiting' then return { step.state == 'due' and 'due' or 'done' } end
  local held = heldUntil(true)
  if held > 0 then
    if step.heldUntil ~= held then store(one, a, 'waiting', { heldUntil = held }) end
    return { 'gap', string.format('%.0f', held) }
  end
  local made = P .. 'made:' .. one.cid
  local since = string.format('(%.0f', a.now - a.withinMs)
  if redis.call('ZCOUNT', made, since, '+inf') >= a.count then return { 'most' } end
  mark()
  store(one, a, 'due', {})
  return { 'due' }
end

-- { `making`, `gap` or `other`, until when for a gap, the step as it is now or '' }. Two CRMs have two locks for one contact: only here, where
-- the gap is asked for and the step counts as made at once, no two pass.
local function begin()
  local from = one and step.state
  if from ~= 'due' and from ~= 'failed' and from ~= 'making' then
    return { 'other', '', one and redis.call('HGET', one.key, 's:' .. a.id) or '' }
  end
  local held = heldUntil(false)
  if held > 0 then return { 'gap', string.format('%.0f', held), '' } end
  if from ~= 'making' then store(one, a, 'making', a.change) end
  mark()
  return { 'making', '', '' }
end

local function isSame(value, other)
  if type(value) ~= 'table' or type(other) ~= 'table' then return value == other end
  return value.object == other.object and value.id == other.id
end

local function isNews(to, change)
  for name, value in pairs(change) do
    if not isSame(value, step[name]) then return true end
  end
  return step.state ~= to
end

-- { 1 when it was moved, the step as it is now or '' }
local function move()
  if not one then return { 0, '' } end
  local fits = false
  for _, state in ipairs(a.from) do fits = fits or state == step.state end
  local moved = fits and isNews(a.to, a.change)
  if moved then store(one, a, a.to, a.change) end
  if moved and a.say then tell(one, a, a.say) end
  return { moved and 1 or 0, redis.call('HGET', one.key, 's:' .. a.id) }
end

-- `nothing`, `making` or `withdraw`
local function recall()
  if not one or not (IsLive[step.state] or step.state == 'made') then return 'nothing' end
  if step.state == 'withdrawing' then return 'withdraw' end
  local told = type(step.recall) == 'string'
  -- Of one that failed while it was made nobody knows whether it is there: it stays with the person whom it waits for, and the replay takes it back.
  local isTried = step.state == 'failed' and type(step.dueAt) == 'number' and type(step.task) ~= 'table'
  if step.state == 'making' or isTried then
    if told then return 'making' end
    store(one, a, step.state, { recall = a.reason })
    tell(one, a, a.sayRecalled)
    return 'making'
  end
  -- One that failed may have failed when its task was to be withdrawn.
  local isMade = step.state == 'made' or type(step.task) == 'table'
  store(one, a, isMade and 'withdrawing' or 'cancelled', { reason = a.reason, recall = cjson.null })
  if not told then tell(one, a, isMade and a.sayRecalled or a.sayCancelled) end
  return isMade and 'withdraw' or 'nothing'
end

-- 1 when it was counted. The look that comes when the time is over comes some moments after it.
local function judge()
  if not one or type(step.slaAt) ~= 'number' then return 0 end
  local field = 'sla:' .. a.id
  local known = redis.call('HGET', one.key, field)
  forgetOldPromises(a)
  if a.verdict == 'worked' then
    redis.call('ZREM', P .. 'sla', a.id)
    if known == 'worked' then return 0 end
    followed(one.crm, (known or a.now > step.slaAt + a.graceMs) and 'workedLate' or 'workedInTime', 1)
  else
    if known or IsOver[step.state] then return 0 end
    followed(one.crm, 'missed', 1)
    if a.verdict == 'late' then followed(one.crm, 'notMade', 1) end
  end
  redis.call('HSET', one.key, field, a.verdict)
  return 1
end

-- Whose turn it is, '' where nothing is known of the step. Whoever has the lead or the contact has it again; only else the next one's turn is
-- taken, in the script that tells of it, so that two processes never give one turn twice.
local function turn()
  if not one then return '' end
  local has, place = {}, {}
  for _, owner in ipairs(a.able) do has[owner] = true end
  for i, owner in ipairs(a.owners) do place[owner] = i end
  local contact = P .. 'contact:' .. one.cid

  local function takeTurn()
    -- Each CRM has turns of its own, and they go on from whoever was last, also when that one can't have tasks any more: or those who stand
    -- behind somebody of another CRM, or who left, would never be asked.
    local field = a.key .. ' ' .. one.crm
    local last = redis.call('HGET', P .. 'rotations', field)
    local at, owner = last and place[last] or 0, nil
    for _ = 1, #a.owners do
      at = at % #a.owners + 1
      if has[a.owners[at]] then
        owner = a.owners[at]
        break
      end
    end
    redis.call('HSET', P .. 'rotations', field, owner)
    redis.call('HSET', contact, 'assigned', owner)
    return owner
  end

  local known = { redis.call('HGET', one.key, 'turn') or nil }
  for _, id in ipairs(cjson.decode(redis.call('HGET', one.key, 'ids'))) do
    known[#known + 1] = cjson.decode(redis.call('HGET', one.key, 's:' .. id)).owner
  end
  known[#known + 1] = redis.call('HGET', contact, 'assigned') or nil
  local owner
  for _, name in ipairs(known) do
    if not owner and has[name] then owner = name end
  end
  owner = owner or takeTurn()
  redis.call('HSET', one.key, 'turn', owner)
  return owner
end

local verbs = { handOver = handOver, begin = begin, move = move, recall = recall, judge = judge, turn = turn }
return verbs[verb]()

-- Takes a contact out of the store; every step may be done twice. ARGV: verb, one JSON object.
-- `look` tells what is there and `noted` what was found, and they change nothing. `begin` keeps older leads out from now on. `detach` takes the contact away, unless it is no longer the one whose
-- locks are held. `marker` takes the lead's own id out of what an Idempotency-Key is known by: the same request is still answered as before.
-- `end` is for when everything else is gone.
-- What is found is noted under forgetting:<alias> until then, so that a run that was killed goes on where it was: a set of JSON arrays,
-- ["contact", id], ["alias", alias], ["lead", key], ["crm", name], ["record", crm, record].
-- Returns { the time up to which leads are forgotten (ms; 0 when it has to be tried again), what is noted }.
local verb, a = ARGV[1], cjson.decode(ARGV[2])
local noted = P .. 'forgetting:' .. a.alias

if verb == 'end' then
  redis.call('DEL', noted)
  return { a.now, {} }
end
if verb == 'noted' then return { a.now, redis.call('SMEMBERS', noted) } end
if verb == 'marker' then
  if redis.call('HGET', a.key, 'k') == a.lead then redis.call('HSET', a.key, 'id', a.lead) end
  return { a.now, {} }
end

local ids, aliases, isOurs = {}, {}, {}

local function addContact(id)
  if not isOurs[id] then ids[#ids + 1] = id end
  isOurs[id] = true
end

local function addAlias(alias)
  if not isOurs[alias] then aliases[#aliases + 1] = alias end
  isOurs[alias] = true
end

local known = redis.call('GET', P .. 'alias:' .. a.alias)
if known then
  known = survivor(known)
  addContact(known)
  for id in string.gmatch(redis.call('HGET', P .. 'contact:' .. known, 'joined') or '', '%S+') do addContact(id) end
end
addAlias(a.alias)
for _, member in ipairs(redis.call('SMEMBERS', noted)) do
  local kind, value = unpack(cjson.decode(member))
  if kind == 'contact' then addContact(value) end
  if kind == 'alias' then addAlias(value) end
end
for _, id in ipairs(ids) do
  for _, alias in ipairs(redis.call('SMEMBERS', P .. 'aliases:' .. id)) do addAlias(alias) end
end

local traces = {}
local function trace(...)
  traces[#traces + 1] = cjson.encode({ ... })
end

-- They name the person in a CRM like the records do.
local function traceTasks(k)
  local plan = redis.call('HGETALL', P .. 'plan:' .. k)
  local crm = redis.call('HGET', P .. 'plan:' .. k, 'crm')
  for i = 1, #plan, 2 do
    local task = string.match(plan[i], '^s:') and cjson.decode(plan[i + 1]).task
    if type(task) == 'table' then trace('record', crm, task.object .. '/' .. task.id) end
  end
end

local function traceContact(id)
  trace('contact', id)
  local stored = redis.call('HGETALL', P .. 'contact:' .. id)
  for i = 1, #stored, 2 do
    local crm = string.match(stored[i], '^link:(.*)$')
    local record = crm and cjson.decode(stored[i + 1]).record
    if crm then trace('crm', crm) end
    if type(record) == 'table' then trace('record', crm, record.object .. '/' .. record.id) end
  end
  for _, kind in ipairs({ 'touches:', 'plans:' }) do
    for _, k in ipairs(redis.call('ZRANGE', P .. kind .. id, 0, -1)) do
      trace('lead', k)
      if kind == 'plans:' then traceTasks(k) end
    end
  end
end

for _, id in ipairs(ids) do traceContact(id) end
for _, alias in ipairs(aliases) do trace('alias', alias) end

if verb == 'look' then return { a.now, traces } end

if verb == 'detach' then
  local locked = {}
  for _, id in ipairs(a.contacts) do locked[id] = true end
  for _, id in ipairs(ids) do
    if not locked[id] then return { 0, traces } end
  end
end

for _, one in ipairs(traces) do redis.call('SADD', noted, one) end

-- Clocks of two machines differ a little: no lead that is here already is newer than this. The time of a tombstone never moves back.
local before = a.now
for _, id in ipairs(ids) do
  local last = redis.call('ZREVRANGE', P .. 'touches:' .. id, 0, 0, 'WITHSCORES')
  before = math.max(before, tonumber(last[2] or '0'))
end
for _, alias in ipairs(aliases) do before = math.max(before, tonumber(redis.call('GET', P .. 'forgotten:' .. alias) or '0')) end
before = string.format('%.0f', before)
for _, alias in ipairs(aliases) do redis.call('SET', P .. 'forgotten:' .. alias, before) end
if verb == 'begin' then return { before, redis.call('SMEMBERS', noted) } end

-- Who said no is still not to be contacted when a newer lead comes.
for _, id in ipairs(ids) do
  local sup = redis.call('HGETALL', P .. 'sup:' .. id)
  for _, alias in ipairs(aliases) do
    for i = 1, #sup, 2 do
      -- Somebody else may have been seen with the same number and last name.
      if maxField(P .. 'kept:' .. alias, sup[i], sup[i + 1]) then reviewAlias(alias) end
    end
  end
end

for _, alias in ipairs(aliases) do
  local owner = redis.call('GET', P .. 'alias:' .. alias)
  -- Since an earlier run that was killed a number may have become somebody else's.
  if owner and isOurs[survivor(owner)] then
    redis.call('DEL', P .. 'alias:' .. alias)
    local number, lastName = string.match(alias, '^([^.]+)%.(.+)$')
    if number then redis.call('SREM', P .. 'phone:' .. number, lastName) end
  end
end

-- Other contacts that may be the same person have the pair in their history.
local function dropPair(id, other)
  redis.call('HDEL', P .. 'near:' .. other, id)
  local timeline = P .. 'timeline:' .. other
  for _, line in ipairs(redis.call('LRANGE', timeline, 0, -1)) do
    if cjson.decode(line).contact == id then redis.call('LREM', timeline, 0, line) end
  end
end

local function drop(id)
  for _, field in ipairs(redis.call('HKEYS', P .. 'contact:' .. id)) do
    -- Those who were joined are in there, too.
    if string.match(field, '^hint:') then redis.call('SREM', P .. field, unpack(ids)) end
  end
  for _, other in ipairs(redis.call('HKEYS', P .. 'near:' .. id)) do dropPair(id, other) end
  for _, alias in ipairs(redis.call('SUNION', P .. 'aliases:' .. id, P .. 'numbers:' .. id, P .. 'phones:' .. id)) do
    redis.call('SREM', P .. 'plans-by:' .. alias, unpack(ids))
  end
  redis.call('HDEL', P .. 'reviews', id)
  for _, kind in ipairs({ 'aliases', 'numbers', 'phones', 'sup', 'timeline', 'touches', 'plans', 'made', 'near', 'contact' }) do
    redis.call('DEL', P .. kind .. ':' .. id)
  end
end

for _, id in ipairs(ids) do
  local into = redis.call('HGET', P .. 'contact:' .. id, 'into')
  if not into or isOurs[into] then drop(id) end
end
return { before, redis.call('SMEMBERS', noted) }

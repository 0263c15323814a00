-- Takes one lead (or held or quarantined arrival) into the ledger, once: duplicate check, contact, suppression, counters, route, atomically.
-- Returns { status, id of the lead that counts, its state, 1 if it was routed before, crm names that still wait ... }
local a = cjson.decode(ARGV[1])
local leadKey = P .. 'lead:' .. a.k

local function firstSeen(receipt)
  return redis.call('SET', P .. 'receipt:' .. receipt, '1', 'NX', 'EX', a.markerSeconds)
end

local function duplicateOf(id, k)
  local state, routed = unpack(redis.call('HMGET', P .. 'lead:' .. k, 's', 'routed'))
  if not state then return nil end
  if a.receipt and firstSeen(a.receipt) then
    count('received', 1)
    count('duplicates', 1)
  end
  return { 'duplicate', id, state, routed and 1 or 0 }
end

-- By it a person sees that the way from the marketplace to here is open, so a duplicate counts, too.
if a.testToken then redis.call('HSET', P .. 'lastTestLead', 'at', a.receivedAt, 'token', a.testToken) end

-- A person replays what was held or could not be understood: it counts as that no longer.
if a.from then
  local fromKey = P .. 'lead:' .. a.from
  local was = redis.call('HGET', fromKey, 's')
  if was == 'held' or was == 'quarantined' then
    count(was, -1)
    if a.from == a.k then
      redis.call('HSET', fromKey, 's', a.kind)
      redis.call('PERSIST', fromKey)
      count(a.kind, 1)
    else
      -- It turned out to have an id of its own, and is counted again under that one below.
      redis.call('HSET', fromKey, 's', 'replayed')
      count('received', -1)
    end
  end
end

-- The same lead id under another receipt is a duplicate; under its own, a repetition after a crash, which moves no counter.
local known = redis.call('HMGET', leadKey, 's', 'receipt', 'routed')
if known[1] and a.receipt and known[2] ~= a.receipt then
  return duplicateOf(a.id, a.k)
end

if not known[1] then
  if a.idem then
    local first = redis.call('HMGET', P .. 'idem:' .. a.idem, 'body', 'id', 'k')
    if first[1] == a.idemBody then
      local answer = duplicateOf(first[2], first[3])
      if answer then return answer end
    end
  end
  if a.content then
    local near = redis.call('ZRANGEBYSCORE', P .. 'same:' .. a.content, '(' .. (a.received - a.windowMs), '(' .. (a.received + a.windowMs), 'LIMIT', 0, 1)
    if near[1] then
      local k, id = string.match(near[1], '^([^ ]+) (.*)$')
      local answer = duplicateOf(id, k)
      if answer then return answer end
    end
    redis.call('ZADD', P .. 'same:' .. a.content, a.received, a.k .. ' ' .. a.id)
    redis.call('EXPIRE', P .. 'same:' .. a.content, a.markerSeconds)
  end
  if a.idem and redis.call('EXISTS', P .. 'idem:' .. a.idem) == 0 then
    redis.call('HSET', P .. 'idem:' .. a.idem, 'body', a.idemBody, 'id', a.id, 'k', a.k, 'status', a.kind)
    redis.call('EXPIRE', P .. 'idem:' .. a.idem, a.markerSeconds)
  end
  redis.call('HSET', leadKey, 'id', a.id, 's', a.kind, 'at', string.format('%.0f', a.received), 'receipt', a.receipt or '')
  count('received', 1)
  count(a.kind, 1)
  if a.kind ~= 'accepted' then redis.call('EXPIRE', leadKey, a.ledgerSeconds) end
end

if a.kind ~= 'accepted' then return { a.kind, a.id, a.kind, 0 } end

-- Identity: e-mail, else phone + last name, else the lead itself.
local cid = redis.call('HGET', leadKey, 'c')
if not cid then
  local byEmail = a.email and redis.call('GET', P .. 'alias:' .. a.email)
  local byPhone = nil
  local phone = a.phone
  if phone then
    redis.call('SADD', P .. 'phone:' .. a.number, a.lastName)
    -- A number seen with several last names (a switchboard) is no key any more.
    if redis.call('SCARD', P .. 'phone:' .. a.number) > 1 then phone = nil end
  end
  byPhone = phone and redis.call('GET', P .. 'alias:' .. phone)
  local phoneHasEmail = byPhone and redis.call('HEXISTS', P .. 'contact:' .. byPhone, 'email') == 1

  local function bind(alias, contact)
    redis.call('SET', P .. 'alias:' .. alias, contact)
    redis.call('SADD', P .. 'aliases:' .. contact, alias)
  end

  -- Two contacts are joined only by a lead that carries both aliases, never when both have an e-mail.
  local function join(from, into)
    for _, alias in ipairs(redis.call('SMEMBERS', P .. 'aliases:' .. from)) do bind(alias, into) end
    redis.call('DEL', P .. 'aliases:' .. from)
    redis.call('SUNIONSTORE', P .. 'numbers:' .. into, P .. 'numbers:' .. into, P .. 'numbers:' .. from)
    redis.call('DEL', P .. 'numbers:' .. from)
    local sup = redis.call('HGETALL', P .. 'sup:' .. from)
    for i = 1, #sup, 2 do maxField(P .. 'sup:' .. into, sup[i], sup[i + 1]) end
    redis.call('DEL', P .. 'sup:' .. from)
    for _, line in ipairs(redis.call('LRANGE', P .. 'timeline:' .. from, 0, -1)) do redis.call('RPUSH', P .. 'timeline:' .. into, line) end
    redis.call('DEL', P .. 'timeline:' .. from)
    local links = redis.call('HGETALL', P .. 'contact:' .. from)
    for i = 1, #links, 2 do
      if links[i] ~= 'joined' then redis.call('HSETNX', P .. 'contact:' .. into, links[i], links[i + 1]) end
    end
    local joined = redis.call('HMGET', P .. 'contact:' .. into, 'joined')[1]
    local earlier = redis.call('HGET', P .. 'contact:' .. from, 'joined')
    local list = (joined and joined .. ' ' or '') .. from .. (earlier and ' ' .. earlier or '')
    redis.call('HSET', P .. 'contact:' .. into, 'joined', list)
    redis.call('DEL', P .. 'contact:' .. from)
    redis.call('HSET', P .. 'contact:' .. from, 'into', into)
  end

  if byEmail and byPhone and byEmail ~= byPhone and not phoneHasEmail then
    join(byPhone, byEmail)
    byPhone = byEmail
  end
  cid = byEmail
  if not cid and byPhone and not (a.email and phoneHasEmail) then cid = byPhone end
  cid = cid or ((a.email or phone) and a.mint or a.mintAlone)
  if a.email then
    if not byEmail then bind(a.email, cid) end
    redis.call('HSET', P .. 'contact:' .. cid, 'email', '1')
  end
  if phone and not byPhone then bind(phone, cid) end
  -- A number that is no key (shared, or without a last name) is still one that somebody may have said no for.
  if a.digits then redis.call('SADD', P .. 'numbers:' .. cid, a.digits) end
  redis.call('HSETNX', P .. 'contact:' .. cid, 'since', string.format('%.0f', a.received))
  redis.call('HSET', leadKey, 'c', cid)

  local sup, lifts = P .. 'sup:' .. cid, false
  if a.dnc then maxField(sup, 'd:' .. a.dnc, a.occurred) end
  for _, scope in ipairs(a.release) do
    lifts = lifts or redis.call('HEXISTS', sup, 'd:' .. scope) == 1
    maxField(sup, 'r:' .. scope, a.occurred)
  end
  note(cid, a.line, a.touches, a.timelineSeconds)
  if lifts then note(cid, a.liftedLine, a.touches, a.timelineSeconds) end
end

if not a.crms then return { 'accepted', a.id, 'accepted', known[3] and 1 or 0 } end

-- Route: the lead is in the ledger before any delivery job is added.
redis.call('SET', P .. 'body:' .. a.k, a.body, 'NX')
local waiting, wanted = {}, 0
for _, crm in ipairs(a.crms) do
  local field = 'crm:' .. crm.name
  local state = redis.call('HGET', leadKey, field)
  if not state then
    state = crm.wants == 'yes' and 'waiting' or crm.wants == 'ask' and 'ask' or 'notWanted'
    redis.call('HSET', leadKey, field, state)
    count('crm:' .. crm.name .. ':accepted', 1)
    move(crm.name, nil, state == 'notWanted' and 'notWanted' or 'waiting')
  end
  if state ~= 'notWanted' then wanted = wanted + 1 end
  if state == 'waiting' or state == 'ask' or state == 'written' then waiting[#waiting + 1] = crm.name end
end
if not known[3] then
  redis.call('HSET', leadKey, 'routed', '1')
  if wanted == 0 then count('unrouted', 1) end
end
ageOut(a.k, a.bodySeconds, a.ledgerSeconds)
return { 'accepted', a.id, 'accepted', known[3] and 1 or 0, unpack(waiting) }

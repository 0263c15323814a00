-- Takes one lead (or held or quarantined arrival) into the ledger, once: duplicate check, contact, suppression, counters, route, atomically.
-- Returns { status, id of the lead that counts, its state, 1 if it was routed before, crm names that still wait ... }
local a = cjson.decode(ARGV[1])
local leadKey = P .. 'lead:' .. a.k

-- By it a person sees that the way from the marketplace to here is open, so a duplicate counts, too.
if a.testToken then redis.call('HSET', P .. 'lastTestLead', 'at', a.receivedAt, 'token', a.testToken) end

-- What would be held goes the same way: nobody is asked about a person who was forgotten.
a.forgotten = isForgotten(a)
if a.forgotten then a.kind = 'accepted' end

-- It counts as held or quarantined no longer.
local function leaveQuarantine(k)
  local was = redis.call('HGET', P .. 'lead:' .. k, 's')
  if was ~= 'held' and was ~= 'quarantined' then return end
  count(was, -1)
  if k == a.k then
    redis.call('HSET', leadKey, 's', a.kind)
    redis.call('PERSIST', leadKey)
    count(a.kind, 1)
  else
    -- It turned out to have an id of its own, and is counted again under that one below.
    redis.call('HSET', P .. 'lead:' .. k, 's', 'replayed')
    count('received', -1)
  end
end

-- A person replays what was held or could not be understood.
if a.from then leaveQuarantine(a.from) end

-- The same lead id under another receipt is a duplicate; under its own, a repetition after a crash, which moves no counter.
local known = redis.call('HMGET', leadKey, 's', 'receipt', 'routed')
if known[1] and a.receipt and known[2] ~= a.receipt then
  return duplicateOf(a, a.id, a.k)
end

if a.forgotten then leaveQuarantine(a.k) end

if not known[1] then
  local answer = duplicate(a)
  if answer then return answer end
  local id = a.forgotten and not a.nameless and a.k or a.id
  mark(a, id, a.k, a.kind)
  redis.call('HSET', leadKey, 'id', id, 's', a.kind, 'at', string.format('%.0f', a.received), 'receipt', a.receipt or '')
  count('received', 1)
  count(a.kind, 1)
  if a.kind ~= 'accepted' then redis.call('EXPIRE', leadKey, a.ledgerSeconds) end
end

-- The ledger's own state counts: what was accepted before a setting changed is not held after it.
if a.kind ~= 'accepted' then return { a.kind, a.id, known[1] or a.kind, known[3] and 1 or 0 } end
if a.forgotten then return leaveOut(a) end

if redis.call('HEXISTS', leadKey, 'c') == 0 then
  local cid, sharesPhone = contactOf(a, a.mintAlone)
  redis.call('HSET', leadKey, 'c', cid)
  notePrints(a)

  -- No later lead finds a contact without an alias: it goes with the ledger's entry.
  if cid == a.mintAlone then
    for _, kind in ipairs({ 'contact', 'numbers', 'phones' }) do redis.call('EXPIRE', P .. kind .. ':' .. cid, a.ledgerSeconds) end
  end
  noteNo(a, cid)
  local lifts = noteRelease(a, cid)
  -- A count of them is read from this and never kept as a number, so a repetition changes none.
  redis.call('ZADD', P .. 'touches:' .. cid, a.occurred, a.k)
  note(cid, a.line, a.touches, a.timelineSeconds)
  if lifts then note(cid, a.liftedLine, a.touches, a.timelineSeconds) end
  reportNear(a, cid, sharesPhone)
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
  -- Decided once: settings that change later must not give one lead to two salespeople.
  if a.followUpCrm then redis.call('HSET', leadKey, 'fo', a.followUpCrm) end
  if wanted == 0 then count('unrouted', 1) end
end
ageOut(a.k, a.bodySeconds, a.ledgerSeconds)
return { 'accepted', a.id, 'accepted', known[3] and 1 or 0, unpack(waiting) }

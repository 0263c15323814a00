-- Whether a lead came before: as the same request, with the same content, or by another channel.

-- Two channels tell of one lead within this time of each other: the marketplace at once, a table or a list when somebody reads it.
local PrintWindowMs = 48 * 60 * 60 * 1000
-- Somebody who did one thing more often than this within the window is no person: the oldest are compared no more.
local MostPrints = 64

-- What a duplicate tells all the same. A no counts from its latest time, or a release between the two would win; and what came by another
-- channel may carry another alias of the same person.
local function learn(a, k, first, byPrint)
  if a.kind ~= 'accepted' or not (byPrint or a.dnc) then return end
  if a.forgotten then return keepNo(a) end
  local fresh = byPrint and a.fresh
  local cid = contactOf(a, first and survivor(first) or a.mintAlone)
  first = first and survivor(first) or cid
  local line = cjson.decode(a.line)
  line.event, line.lead = 'again', k
  for _, one in ipairs(first == cid and { cid } or { first, cid }) do
    local later = noteNo(a, one)
    if later or (fresh and one == first) then note(one, cjson.encode(line), a.touches, a.timelineSeconds) end
  end
end

-- A no that does not stand (any more) is news, whatever it is like: the CRMs are to hear of it.
local function isNewNo(a, cid)
  if not a.dnc or not cid then return false end
  local since, release, lift = unpack(redis.call('HMGET', P .. 'sup:' .. survivor(cid), 'd:' .. a.dnc, 'r:' .. a.dnc, 'l:' .. a.dnc))
  if not since then return true end
  local lifted = math.max(tonumber(release or '0'), tonumber(lift or '0'))
  return lifted > tonumber(since) and a.occurred >= lifted
end

-- Nil when the first one is not there any more: then this one is no duplicate. Under one receipt it is counted once.
local function duplicateOf(a, id, k, byPrint)
  local state, routed, cid = unpack(redis.call('HMGET', P .. 'lead:' .. k, 's', 'routed', 'c'))
  if not state then return nil end
  -- Its person was forgotten meanwhile: whoever says the same again is somebody new.
  if state == 'accepted' and not cid and not a.forgotten then return nil end
  a.fresh = a.receipt and redis.call('SET', P .. 'receipt:' .. a.receipt, '1', 'NX', 'EX', a.markerSeconds)
  if a.fresh then
    count('received', 1)
    count('duplicates', 1)
  end
  learn(a, k, cid, byPrint)
  -- One that is not routed yet is put on the queue again by whoever finds its duplicate. What came by another channel has other words, so
  -- they must not take the place of the first one's: that is in the journal of its own channel until it is on the queue.
  return { 'duplicate', id, state, (routed or byPrint) and 1 or 0 }
end

local function differ(one, other)
  return one and other and one ~= other
end

local function hasEmail(cid)
  return redis.call('HEXISTS', P .. 'contact:' .. cid, 'email') == 1
end

-- A number is shared by a household or an office, so other addresses (of the leads, or known of their contacts) and last names tell two people.
local function isSomebodyElse(a, cid, email, name)
  if differ(email, a.email) or differ(name, a.lastName) then return true end
  local alias = a.email or a.phone
  local own = alias and redis.call('GET', P .. 'alias:' .. alias)
  return own ~= cid and (a.email or (own and hasEmail(own))) and hasEmail(cid)
end

-- A channel tells of each lead once: the second one is another lead. Under the receipt by which it was taken for a duplicate it still is.
local function hasTold(a, channels)
  if a.receipt and redis.call('EXISTS', P .. 'receipt:' .. a.receipt) == 1 then return false end
  return string.find(' ' .. channels .. ' ', ' ' .. a.channel .. ' ', 1, true) ~= nil
end

-- What the first one lacked (a tag, an offer, a country) this one may have: then a CRM that declined that one wants this.
local function isDeclined(k)
  local entry = redis.call('HGETALL', P .. 'lead:' .. k)
  for i = 1, #entry, 2 do
    if entry[i + 1] == 'notWanted' and string.match(entry[i], '^crm:[^:]+$') then return true end
  end
  return false
end

-- What was held or could not be understood takes no part: a lead must never be answered as the duplicate of one that may be discarded unread.
-- Nor does one whose person was forgotten: it has no contact any more, and a newer lead is welcome.
local function isSame(a, way, k)
  local cid, channel, offer, email, name = unpack(redis.call('HMGET', P .. 'lead:' .. k, 'c', 'ch', 'of', 'em', 'ln'))
  if not cid or differ(offer, a.offer) or hasTold(a, channel) or isDeclined(k) or isNewNo(a, cid) then return false end
  return way == 'email' or not isSomebodyElse(a, survivor(cid), email, name)
end

-- Leads and their times in turn.
local function seenPrint(a, key)
  local near = redis.call('ZRANGEBYSCORE', key, a.occurred - PrintWindowMs, a.occurred + PrintWindowMs, 'WITHSCORES')
  if #near >= 2 * MostPrints then redis.call('ZREMRANGEBYRANK', key, 0, -MostPrints) end
  return near
end

local function sameByAnotherChannel(a)
  for _, way in ipairs({ 'email', 'phone' }) do
    local near = a.prints[way] and seenPrint(a, P .. 'print:' .. a.prints[way]) or {}
    for i = 1, #near, 2 do
      if isSame(a, way, near[i]) then return near[i], near[i + 1] end
    end
  end
end

local function rememberPrints(a, k, at)
  for _, print in pairs(a.prints) do
    redis.call('ZADD', P .. 'print:' .. print, at, k)
    redis.call('EXPIRE', P .. 'print:' .. print, a.markerSeconds)
  end
end

-- The two are one from now on: what would contradict either of them contradicts the one that is there, and what shares an alias is the same.
local function unite(a, k, at)
  for field, fact in pairs({ of = a.offer, em = a.email, ln = a.lastName }) do redis.call('HSETNX', P .. 'lead:' .. k, field, fact) end
  local told = redis.call('HGET', P .. 'lead:' .. k, 'ch')
  if not hasTold({ channel = a.channel }, told) then redis.call('HSET', P .. 'lead:' .. k, 'ch', told .. ' ' .. a.channel) end
  rememberPrints(a, k, at)
end

local function duplicateByPrint(a)
  local k, at = sameByAnotherChannel(a)
  if not k then return nil end
  local id = redis.call('HGET', P .. 'lead:' .. k, 'id') or k
  unite(a, k, at)
  return duplicateOf(a, id, k, true), id, k
end

-- For a lead that was admitted, so that another channel's may find it.
local function notePrints(a)
  if not next(a.prints) then return end
  local facts = { 'ch', a.channel }
  for field, fact in pairs({ of = a.offer, em = a.email, ln = a.lastName }) do
    facts[#facts + 1] = field
    facts[#facts + 1] = fact
  end
  redis.call('HSET', P .. 'lead:' .. a.k, unpack(facts))
  rememberPrints(a, a.k, a.occurred)
end

local function seenContent(a)
  local within = { '(' .. (a.received - a.windowMs), '(' .. (a.received + a.windowMs) }
  local near = redis.call('ZRANGEBYSCORE', P .. 'same:' .. a.content, within[1], within[2], 'LIMIT', 0, 1)
  if near[1] then return string.match(near[1], '^([^ ]+) (.*)$') end
end

-- By these the same request and the same content are found: as what became of them.
local function mark(a, id, k, status)
  if a.content then
    redis.call('ZADD', P .. 'same:' .. a.content, a.received, k .. ' ' .. id)
    redis.call('EXPIRE', P .. 'same:' .. a.content, a.markerSeconds)
  end
  if a.idem and redis.call('EXISTS', P .. 'idem:' .. a.idem) == 0 then
    redis.call('HSET', P .. 'idem:' .. a.idem, 'body', a.idemBody, 'id', id, 'k', k, 'status', status)
    redis.call('EXPIRE', P .. 'idem:' .. a.idem, a.markerSeconds)
  end
end

-- The answer for a lead that the ledger has under another id, else nil.
local function duplicate(a)
  if a.idem then
    local body, id, k = unpack(redis.call('HMGET', P .. 'idem:' .. a.idem, 'body', 'id', 'k'))
    local answer = body == a.idemBody and duplicateOf(a, id, k)
    if answer then return answer end
  end
  if a.content then
    local k, id = seenContent(a)
    local isNews = k and isNewNo(a, redis.call('HGET', P .. 'lead:' .. k, 'c'))
    local answer = k and not isNews and duplicateOf(a, id, k)
    if answer then return answer end
  end
  if a.kind ~= 'accepted' or a.forgotten then return nil end
  local answer, id, k = duplicateByPrint(a)
  if answer then mark(a, id, k, 'duplicate') end
  return answer
end

-- Who a lead is about: e-mail, else phone + last name, else the lead itself. `a` is the argument of admit.

local function moveSuppression(from, cid)
  local said = redis.call('HGETALL', from)
  if #said == 0 then return end
  for i = 1, #said, 2 do maxField(P .. 'sup:' .. cid, said[i], said[i + 1]) end
  redis.call('DEL', from)
end

local function bind(alias, cid)
  redis.call('SET', P .. 'alias:' .. alias, cid)
  redis.call('SADD', P .. 'aliases:' .. cid, alias)
  -- What the marketplace said of somebody who was forgotten since holds for whoever turns up under the alias again. Of a number and last
  -- name it is looked up where it stands: several contacts may have them.
  if not isPhone(alias) then moveSuppression(P .. 'kept:' .. alias, cid) end
end

local function joinNear(from, into)
  local found = redis.call('HGETALL', P .. 'near:' .. from)
  for i = 1, #found, 2 do
    local other = found[i]
    redis.call('HDEL', P .. 'near:' .. other, from)
    if other ~= into then
      redis.call('HSETNX', P .. 'near:' .. into, other, found[i + 1])
      redis.call('HSETNX', P .. 'near:' .. other, into, found[i + 1])
    end
  end
  redis.call('DEL', P .. 'near:' .. from)
end

-- A person who had two records in a CRM and said no in the one that is the contact's no longer has said no: nobody reads that one again, so what
-- it said last stands. Whole and as it was written, for a list in it may be empty.
local function keepLost(into, field, from, link)
  if not next(closedBy(cjson.decode(link))) then return end
  redis.call('HSET', P .. 'contact:' .. into, 'lost:' .. string.match(field, '^link:(.*)$') .. ':' .. from, link)
end

local function joinLinks(from, into)
  local links = redis.call('HGETALL', P .. 'contact:' .. from)
  for i = 1, #links, 2 do
    local own = string.match(links[i], '^link:') and redis.call('HGET', P .. 'contact:' .. into, links[i])
    -- A link without a record says only that a no was heard: the one that knows a record counts.
    local replaced = own and type(cjson.decode(own).record) ~= 'table'
    if replaced then redis.call('HDEL', P .. 'contact:' .. into, links[i]) end
    if own then keepLost(into, links[i], from, replaced and own or links[i + 1]) end
    if links[i] ~= 'joined' then redis.call('HSETNX', P .. 'contact:' .. into, links[i], links[i + 1]) end
  end
  local joined = redis.call('HGET', P .. 'contact:' .. into, 'joined')
  local earlier = redis.call('HGET', P .. 'contact:' .. from, 'joined')
  local list = (joined and joined .. ' ' or '') .. from .. (earlier and ' ' .. earlier or '')
  redis.call('HSET', P .. 'contact:' .. into, 'joined', list)
  redis.call('DEL', P .. 'contact:' .. from)
  redis.call('HSET', P .. 'contact:' .. from, 'into', into)
end

-- Two contacts are joined only by a lead that carries both aliases, never when both have an e-mail.
local function join(from, into)
  for _, alias in ipairs(redis.call('SMEMBERS', P .. 'aliases:' .. from)) do bind(alias, into) end
  redis.call('DEL', P .. 'aliases:' .. from)
  redis.call('SUNIONSTORE', P .. 'numbers:' .. into, P .. 'numbers:' .. into, P .. 'numbers:' .. from)
  redis.call('DEL', P .. 'numbers:' .. from)
  redis.call('SUNIONSTORE', P .. 'phones:' .. into, P .. 'phones:' .. into, P .. 'phones:' .. from)
  redis.call('DEL', P .. 'phones:' .. from)
  moveSuppression(P .. 'sup:' .. from, into)
  for _, line in ipairs(redis.call('LRANGE', P .. 'timeline:' .. from, 0, -1)) do redis.call('RPUSH', P .. 'timeline:' .. into, line) end
  redis.call('DEL', P .. 'timeline:' .. from)
  redis.call('ZUNIONSTORE', P .. 'touches:' .. into, 2, P .. 'touches:' .. into, P .. 'touches:' .. from, 'AGGREGATE', 'MAX')
  redis.call('DEL', P .. 'touches:' .. from)
  for _, kind in ipairs({ 'plans:', 'made:' }) do
    redis.call('ZUNIONSTORE', P .. kind .. into, 2, P .. kind .. into, P .. kind .. from, 'AGGREGATE', 'MAX')
    redis.call('DEL', P .. kind .. from)
  end
  redis.call('HDEL', P .. 'reviews', from)
  joinNear(from, into)
  joinLinks(from, into)
end

-- With an alias or a number a contact gains what was said of it, and with another contact all of that one's.
local function reviewGained(a, cid)
  if redis.call('EXISTS', P .. 'plans:' .. cid) == 0 then return end
  local seconds = math.max(a.ledgerSeconds, a.timelineSeconds)
  for _, kind in ipairs({ 'plans:', 'made:' }) do redis.call('EXPIRE', P .. kind .. cid, seconds) end
  follow(cid, seconds)
  review(cid)
end

-- A number that is no key (shared, or without a last name) is still one that somebody may have said no for. True when it is news.
local function noteNumbers(a, cid)
  local gains = false
  if a.digits then gains = redis.call('SADD', P .. 'numbers:' .. cid, a.digits) == 1 end
  if a.phone then gains = redis.call('SADD', P .. 'phones:' .. cid, a.phone) == 1 or gains end
  return gains
end

-- Whether a number and last name tell who somebody is: not when the number was seen with several last names (a switchboard).
local function isKey(a)
  redis.call('SADD', P .. 'phone:' .. a.number, a.lastName)
  return redis.call('SCARD', P .. 'phone:' .. a.number) == 1
end

-- The contact of a lead with these aliases, made when there is none; `alone` is its id where no alias is a key. Also returns a contact with
-- another e-mail to whom the phone number and last name belong, if there is one.
local function contactOf(a, alone)
  local byEmail = a.email and redis.call('GET', P .. 'alias:' .. a.email)
  local phone = a.phone and isKey(a) and a.phone or nil
  local byPhone = phone and redis.call('GET', P .. 'alias:' .. phone)
  local gains = false
  local phoneHasEmail = byPhone and redis.call('HEXISTS', P .. 'contact:' .. byPhone, 'email') == 1
  if byEmail and byPhone and byEmail ~= byPhone and not phoneHasEmail then
    join(byPhone, byEmail)
    byPhone = byEmail
    gains = true
  end
  local cid = byEmail
  if not cid and byPhone and not (a.email and phoneHasEmail) then cid = byPhone end
  -- A rebuild may have filed the contact that was minted from this address under another one: there its no stands, too.
  cid = cid or survivor((a.email or phone) and a.mint or alone)
  if a.email then
    if not byEmail then bind(a.email, cid) end
    gains = gains or not byEmail
    redis.call('HSET', P .. 'contact:' .. cid, 'email', '1')
  end
  if phone and not byPhone then bind(phone, cid) end
  gains = noteNumbers(a, cid) or gains
  if gains then reviewGained(a, cid) end
  redis.call('HSETNX', P .. 'contact:' .. cid, 'since', string.format('%.0f', a.received))
  return cid, byPhone and byPhone ~= cid and byPhone or nil
end

-- What a lead says against its contact, or takes back. What is known of a person by number and last name only stands under these as well: a
-- third person's lead may make the number no key, and then nothing else would tell that the next lead is of the one who said no.
local function noteNo(a, cid)
  local keys = { P .. 'sup:' .. cid }
  if a.phone and not a.email then keys[2] = P .. 'kept:' .. a.phone end
  local later = false
  for i, key in ipairs(keys) do
    local changed = a.dnc and maxField(key, 'd:' .. a.dnc, a.occurred)
    later = later or (i == 1 and changed)
    if changed and i == 1 then review(cid) end
    if changed and i == 2 then reviewAlias(a.phone) end
  end
  -- What took it back may have come before.
  for _, kind in ipairs(a.dnc and keys[2] and { 'r:', 'l:' } or {}) do
    local at = redis.call('HGET', keys[1], kind .. a.dnc)
    if at then maxField(keys[2], kind .. a.dnc, at) end
  end
  return later
end

local function noteRelease(a, cid)
  local sup, kept, lifts = P .. 'sup:' .. cid, P .. 'kept:' .. (a.phone or ''), false
  local isKept = a.phone and redis.call('EXISTS', kept) == 1
  for _, scope in ipairs(a.release) do
    lifts = lifts or redis.call('HEXISTS', sup, 'd:' .. scope) == 1
    -- Nobody else's no can come to a contact of this lead alone.
    if cid ~= a.mintAlone then maxField(sup, 'r:' .. scope, a.occurred) end
    if isKept then maxField(kept, 'r:' .. scope, a.occurred) end
  end
  return lifts
end

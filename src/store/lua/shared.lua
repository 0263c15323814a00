-- Every key of ours carries the tag {leadsync}: one slot, so that one script may touch lead, contact, alias and counter.
local P = KEYS[1]
-- Lua hands over no more than some thousand values in one call.
local AtOnce = 500

local function count(field, by)
  redis.call('HINCRBY', P .. 'counters', field, by)
end

local function move(crm, from, to)
  if from then count('crm:' .. crm .. ':' .. from, -1) end
  if to then count('crm:' .. crm .. ':' .. to, 1) end
end

-- `delivered:created` counts as delivered and as created.
local function moveTo(crm, from, outcome)
  local first, second = string.match(outcome, '^([^:]+):?(.*)$')
  move(crm, from, first)
  if second ~= '' then count('crm:' .. crm .. ':' .. second, 1) end
end

-- A contact that was joined into another one answers under the survivor.
local function survivor(cid)
  for _ = 1, 20 do
    local into = redis.call('HGET', P .. 'contact:' .. cid, 'into')
    if not into then return cid end
    cid = into
  end
  return cid
end

-- True when the value is the new one.
local function maxField(key, field, value)
  local old = tonumber(redis.call('HGET', key, field) or '')
  if old and old >= tonumber(value) then return false end
  redis.call('HSET', key, field, string.format('%.0f', tonumber(value)))
  return true
end

-- Who else has a contact in hand, or nil. A delivery that began before two contacts were joined holds the lock of the one that is gone, and is
-- about to write what the survivor's next delivery would write, too. `joined`: their ids, with spaces between.
-- Nobody takes a lock over, not even the same job in another process, which BullMQ hands out again where this one was only slow: until the lock
-- ends by itself its holder may be about to write.
local function lockedBy(crm, cid, joined, holder)
  for id in string.gmatch(cid .. ' ' .. (joined or ''), '%S+') do
    local by = redis.call('GET', P .. 'lock:' .. crm .. ':' .. id)
    if by and by ~= holder then return by end
  end
end

-- Who said no, as fields and values in turn: what the contact's own leads say, and what people and opt-out lists say of any of its aliases.
-- Those are looked up here and never copied to the contact: so they hold whatever comes first, the no, the lead or the join of two contacts.
-- What the marketplace said of a number and last name stands under those: they are looked up whether or not the number is a key (any more).
local function suppressionOf(cid)
  local times, found = {}, {}
  local function take(key)
    local said = redis.call('HGETALL', key)
    for i = 1, #said, 2 do
      local before = times[said[i]]
      if not before or tonumber(before) < tonumber(said[i + 1]) then times[said[i]] = said[i + 1] end
    end
  end
  take(P .. 'sup:' .. cid)
  for _, alias in ipairs(redis.call('SMEMBERS', P .. 'phones:' .. cid)) do take(P .. 'kept:' .. alias) end
  for field, at in pairs(times) do
    found[#found + 1] = field
    found[#found + 1] = at
  end

  local aliases = redis.call('SUNION', P .. 'aliases:' .. cid, P .. 'numbers:' .. cid)
  for from = 1, #aliases, AtOnce do
    local slice = { unpack(aliases, from, math.min(from + AtOnce - 1, #aliases)) }
    for i, said in ipairs(redis.call('HMGET', P .. 'dnc', unpack(slice))) do
      if said then
        found[#found + 1] = 's:' .. slice[i]
        found[#found + 1] = said
      end
    end
  end
  return found
end

-- An alias made of a number and a last name.
local function isPhone(alias)
  return string.find(alias, '.', 1, true) ~= nil
end

-- One line of a contact's history.
local function note(cid, line, touches, timelineSeconds)
  local timeline = P .. 'timeline:' .. cid
  redis.call('RPUSH', timeline, line)
  redis.call('LTRIM', timeline, -touches, -1)
  redis.call('EXPIRE', timeline, timelineSeconds)
  redis.call('EXPIRE', P .. 'touches:' .. cid, timelineSeconds)
end

local function isOpen(state)
  return state == 'waiting' or state == 'ask' or state == 'written' or state == 'parked'
end

-- The body lives while any delivery of the lead waits or is parked, or a follow-up is still to be made, the ledger entry longer; both then
-- age out.
local function ageOut(k, bodySeconds, ledgerSeconds)
  local entry, isFollowed = redis.call('HGETALL', P .. 'lead:' .. k), false
  for i = 1, #entry, 2 do
    if string.match(entry[i], '^crm:[^:]+$') and isOpen(entry[i + 1]) then return end
    isFollowed = isFollowed or entry[i] == 'fo'
  end
  if isFollowed and tonumber(redis.call('HGET', P .. 'plan:' .. k, 'open') or '0') > 0 then return end
  redis.call('EXPIRE', P .. 'body:' .. k, bodySeconds)
  redis.call('EXPIRE', P .. 'lead:' .. k, ledgerSeconds)
end

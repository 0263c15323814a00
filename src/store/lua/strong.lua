-- What a person or an opt-out list says of one alias; nothing is ever taken away. ARGV: one JSON object. `known` are the aliases under which
-- contacts may be known by it, the alias itself unless told; each of those contacts gets the lines that tell of a change.
-- Returns { entries made or changed, the marketplace's that were lifted, those that stand, contact ids ... }
local a = cjson.decode(ARGV[1])
local key = P .. 'dnc'
local stored = redis.call('HGET', key, a.alias)
local entries = stored and cjson.decode(stored) or {}

local function isSame(one, other)
  return one.source == other.source and one.channel == other.channel and one.offer == other.offer
end

local function add(entry)
  for _, one in ipairs(entries) do
    if isSame(one, entry) and not one.liftedAt then return 0 end
  end
  entries[#entries + 1] = entry
  return 1
end

local function lift(wanted)
  local lifted = 0
  for _, one in ipairs(entries) do
    local meant = (not wanted.channel or one.channel == wanted.channel) and (not wanted.offer or one.offer == wanted.offer)
    if meant and not one.liftedAt then
      -- Where two times are equal the no stands, and a clock may have been set back.
      one.liftedAt = math.max(wanted.at, one.since + 1)
      one.liftReason = wanted.reason
      lifted = lifted + 1
    end
  end
  return lifted
end

-- What the marketplace said covers every channel, so that a lift of one channel leaves it. Returns how many were lifted, how many stand.
local function liftWeak(sup, wanted)
  local times, lifted, standing = {}, 0, 0
  local stored = redis.call('HGETALL', sup)
  for i = 1, #stored, 2 do times[stored[i]] = tonumber(stored[i + 1]) end
  for field, since in pairs(times) do
    local scope = string.match(field, '^d:(.*)$')
    local ended = scope and math.max(times['r:' .. scope] or 0, times['l:' .. scope] or 0)
    if scope and ended <= since then
      local meant = (not wanted.channel or wanted.channel == 'any') and (not wanted.offer or wanted.offer == scope)
      if meant then redis.call('HSET', sup, 'l:' .. scope, string.format('%.0f', math.max(wanted.at, since + 1))) end
      lifted, standing = lifted + (meant and 1 or 0), standing + (meant and 0 or 1)
    end
  end
  return lifted, standing
end

-- An export from before a lift does not undo it; one from after it brings it back.
local function restore(entry)
  for _, one in ipairs(entries) do
    if isSame(one, entry) and one.since == entry.since then
      if one.liftedAt or not entry.liftedAt then return 0 end
      one.liftedAt = entry.liftedAt
      one.liftReason = entry.liftReason
      return 1
    end
  end
  entries[#entries + 1] = entry
  return 1
end

local changed, lines = 0, {}
local function did(count, line)
  changed = changed + count
  if count > 0 then lines[#lines + 1] = line end
end
if a.add then did(add(a.add), a.line) end
if a.lift then did(lift(a.lift), a.line) end
for _, one in ipairs(a.restore or {}) do did(restore(one.entry), one.line) end
if changed > 0 then redis.call('HSET', key, a.alias, cjson.encode(entries)) end
-- What is taken back closes nothing.
if changed > 0 and not a.lift then reviewAlias(a.alias) end

local lifted, standing, contacts, seen = 0, 0, {}, {}
for _, alias in ipairs(a.known or { a.alias }) do
  local cid = redis.call('GET', P .. 'alias:' .. alias)
  cid = cid and survivor(cid)
  -- What was kept of somebody who was forgotten is theirs again with the next lead.
  local sup = cid and P .. 'sup:' .. cid or P .. 'kept:' .. alias
  if not seen[sup] then
    seen[sup] = true
    local here, left = 0, 0
    if a.lift then here, left = liftWeak(sup, a.lift) end
    -- Of a number and last name it stands there, too.
    if a.lift and cid then
      local kept, still = liftWeak(P .. 'kept:' .. alias, a.lift)
      here, left = math.max(here, kept), math.max(left, still)
    end
    lifted, standing = lifted + here, standing + left
    if cid then
      contacts[#contacts + 1] = cid
      local told = here > 0 and { a.line } or lines
      for _, line in ipairs(told) do note(cid, line, a.touches, a.timelineSeconds) end
    end
  end
end
return { changed, lifted, standing, unpack(contacts) }

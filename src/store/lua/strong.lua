-- What a person or an opt-out list says of one alias; nothing is ever taken away. ARGV: one JSON object.
-- Returns how many entries were made or changed.
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

local changed = 0
if a.add then changed = add(a.add) end
if a.lift then changed = lift(a.lift) end
for _, entry in ipairs(a.restore or {}) do changed = changed + restore(entry) end
if changed > 0 then redis.call('HSET', key, a.alias, cjson.encode(entries)) end
return changed

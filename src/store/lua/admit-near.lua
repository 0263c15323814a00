-- Two contacts who may be one person: told to people, never joined.

-- More contacts than this with one name and company are a form filler, a test robot or a placeholder, not one person with many addresses; and
-- n of them would be n² pairs that nobody reads.
local MostAlike = 20

-- It carries the lead only in the history of the lead's own contact: what stands there as a contact's leads is shown, and forgotten, with it.
local function noteNear(a, cid, other, why, lead)
  local line = { at = a.at, lead = lead, event = 'possible-duplicate', contact = other, why = why, reason = cjson.null }
  note(cid, cjson.encode(line), a.touches, a.timelineSeconds)
end

local function reportPair(a, cid, other, why)
  if cid == other or redis.call('HEXISTS', P .. 'near:' .. cid, other) == 1 then return end
  if redis.call('HLEN', P .. 'near:' .. cid) >= MostAlike or redis.call('HLEN', P .. 'near:' .. other) >= MostAlike then return end
  local pair = cjson.encode({ why = why, at = a.at, lead = a.k })
  redis.call('HSET', P .. 'near:' .. cid, other, pair)
  redis.call('HSET', P .. 'near:' .. other, cid, pair)
  noteNear(a, cid, other, why, a.k)
  noteNear(a, other, cid, why, cjson.null)
  count('possibleDuplicates', 1)
end

-- Only contacts with an e-mail are compared by name: who gave none is another contact with every lead, and would be a pair with each of them.
local function reportAlike(a, cid)
  local alike = P .. 'hint:' .. a.hint
  local isNew = redis.call('SADD', alike, cid) == 1
  redis.call('EXPIRE', alike, a.timelineSeconds)
  if not isNew then return end
  if redis.call('SCARD', alike) > MostAlike then
    redis.call('SREM', alike, cid)
    return
  end
  -- By this it can be taken out of there again.
  redis.call('HSET', P .. 'contact:' .. cid, 'hint:' .. a.hint, '1')
  local others = redis.call('SMEMBERS', alike)
  table.sort(others)
  for _, other in ipairs(others) do
    if redis.call('EXISTS', P .. 'contact:' .. other) == 1 then
      reportPair(a, cid, survivor(other), 'name')
    else
      redis.call('SREM', alike, other)
    end
  end
end

local function reportNear(a, cid, sharesPhone)
  if sharesPhone then reportPair(a, cid, sharesPhone, 'phone') end
  if a.hint and a.email then reportAlike(a, cid) end
end

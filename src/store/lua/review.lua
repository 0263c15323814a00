-- Whose follow-ups are to be looked at again: what says something against a contact marks it in the same script, so that no crash in between
-- leaves a task standing.

local function review(cid)
  if redis.call('EXISTS', P .. 'plans:' .. cid) == 0 then return end
  -- No mark comes twice: whoever looked before the last thing was said must not take away the mark that it made.
  redis.call('HSET', P .. 'reviews', cid, redis.call('INCR', P .. 'review-mark'))
end

-- Contacts with follow-ups by every alias and number under which a no to them may stand: one of a number that is no key finds nobody otherwise.
local function follow(cid, seconds)
  local known = redis.call('SUNION', P .. 'aliases:' .. cid, P .. 'numbers:' .. cid, P .. 'phones:' .. cid)
  for _, alias in ipairs(known) do
    redis.call('SADD', P .. 'plans-by:' .. alias, cid)
    redis.call('EXPIRE', P .. 'plans-by:' .. alias, seconds)
  end
end

local function reviewAlias(alias)
  for _, cid in ipairs(redis.call('SMEMBERS', P .. 'plans-by:' .. alias)) do review(survivor(cid)) end
end

-- What the CRM itself says; its own word, not what Leadsync closed.
local function closedBy(link)
  local closed, optOuts = {}, link and link.optOuts
  if type(optOuts) ~= 'table' then return closed end
  for channel in pairs(optOuts.said) do closed[channel] = true end
  for _, channel in ipairs(optOuts.byUs) do closed[channel] = nil end
  return closed
end

-- Two links, as tables; the first may be nil.
local function closesMore(before, after)
  local known = closedBy(before)
  for channel in pairs(closedBy(after)) do
    if not known[channel] then return true end
  end
  return false
end

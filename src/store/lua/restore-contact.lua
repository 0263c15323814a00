-- Brings back whose a CRM's record is, from what stands in it, as a lead with the same e-mail and number would have been filed. What is known
-- already stays. ARGV: one JSON object. Returns the contact's id; an empty text where the person was forgotten.
local a = cjson.decode(ARGV[1])

-- The record may be there still: no CRM is touched by forgetting somebody.
for _, alias in ipairs({ a.email or '', a.phone or '' }) do
  if alias ~= '' and redis.call('EXISTS', P .. 'forgotten:' .. alias) == 1 then return '' end
end

-- A record that carries the id of a contact that is there already is that one's; its address counts only where the contact has none. Of its
-- number all does: one record may be the only one that has it.
local function known()
  if redis.call('EXISTS', P .. 'contact:' .. a.mint) == 0 then return nil end
  local cid = survivor(a.mint)
  local isFree = a.email and redis.call('EXISTS', P .. 'alias:' .. a.email) == 0
  if isFree and redis.call('HSETNX', P .. 'contact:' .. cid, 'email', '1') == 1 then bind(a.email, cid) end
  if a.phone and isKey(a) and redis.call('EXISTS', P .. 'alias:' .. a.phone) == 0 then bind(a.phone, cid) end
  if noteNumbers(a, cid) then reviewGained(a, cid) end
  return cid
end

-- Filed under another contact, by its address or number: the CRM is asked for the id that the record carries, too.
local function filed()
  local cid = contactOf(a, a.mint)
  if cid == a.mint then return cid end
  local joined = redis.call('HGET', P .. 'contact:' .. cid, 'joined')
  redis.call('HSET', P .. 'contact:' .. cid, 'joined', (joined and joined .. ' ' or '') .. a.mint)
  redis.call('HSET', P .. 'contact:' .. a.mint, 'into', cid)
  -- Of a contact without any alias an export brings it back under the id.
  moveSuppression(P .. 'sup:' .. a.mint, cid)
  return cid
end

local cid = known() or filed()
local contact, field = P .. 'contact:' .. cid, 'link:' .. a.crm
local before = redis.call('HGET', contact, field)
before = before and cjson.decode(before) or {}

-- Of several records the open one with the newest lead. One that a delivery noted stays.
local function isBetter()
  local restored = before.restored
  if type(before.record) ~= 'table' then return true end
  if not restored then return false end
  if restored.closed ~= a.closed then return restored.closed end
  return a.lastLeadAt > restored.lastLeadAt
end
if isBetter() then redis.call('HSET', contact, field, a.link) end
return cid

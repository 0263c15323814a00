-- Whose a lead is and what is held of them, as `admit` and `claim` would find it; nothing is written. ARGV: the argument of admit, and the CRM.
-- Returns { how the lead is known, contact id, ids of contacts joined into it, its link to the CRM, suppression as fields and values in turn, 1 if
-- a person asked for it once more }.
local a, crm = cjson.decode(ARGV[1]), ARGV[2]

local function held(cid)
  local link, joined = unpack(redis.call('HMGET', P .. 'contact:' .. cid, 'link:' .. crm, 'joined'))
  return link or '', joined or ''
end

if isForgotten(a) then return { 'forgotten', a.mint, '', '', {}, 0 } end
local admitted = redis.call('HGET', P .. 'lead:' .. a.k, 'c')
if admitted then
  local cid = survivor(admitted)
  local link, joined = held(cid)
  return { 'lead', cid, joined, link, suppressionOf(cid), redis.call('HEXISTS', P .. 'lead:' .. a.k, 'crm:' .. crm .. ':again') }
end

-- The same steps as in admit-contact.lua, which can't be run without writing.
local byEmail = a.email and redis.call('GET', P .. 'alias:' .. a.email)
local phone = a.phone
if phone then
  local others = redis.call('SCARD', P .. 'phone:' .. a.number) - redis.call('SISMEMBER', P .. 'phone:' .. a.number, a.lastName)
  if others > 0 then phone = nil end
end
local byPhone = phone and redis.call('GET', P .. 'alias:' .. phone)
local phoneHasEmail = byPhone and redis.call('HEXISTS', P .. 'contact:' .. byPhone, 'email') == 1
local joins = byEmail and byPhone and byEmail ~= byPhone and not phoneHasEmail
local cid = byEmail
if not cid and byPhone and not (a.email and phoneHasEmail) then cid = byPhone end
local minted = survivor((a.email or phone) and a.mint or a.mintAlone)
local known = (cid or redis.call('EXISTS', P .. 'contact:' .. minted) == 1) and 'contact' or 'nobody'
cid = cid or minted

local contacts = { cid }
local link, joined = held(cid)
if joins then
  contacts[2] = byPhone
  local other, before = held(byPhone)
  joined = string.match(joined .. ' ' .. byPhone .. ' ' .. before, '^%s*(.-)%s*$')
  if link == '' or (other ~= '' and type(cjson.decode(link).record) ~= 'table') then link = other end
end

-- What stands against the contacts, and what is kept under aliases that it would gain with this lead.
local times, strong = {}, {}
local function later(field, at)
  if not times[field] or tonumber(times[field]) < tonumber(at) then times[field] = at end
end
local function take(said)
  for i = 1, #said, 2 do
    if string.sub(said[i], 1, 2) == 's:' then strong[said[i]] = said[i + 1] else later(said[i], said[i + 1]) end
  end
end
for _, one in ipairs(contacts) do take(suppressionOf(one)) end
if a.email and not byEmail then take(redis.call('HGETALL', P .. 'kept:' .. a.email)) end
if a.phone then take(redis.call('HGETALL', P .. 'kept:' .. a.phone)) end
for _, alias in ipairs({ a.email or '', phone or '', a.digits or '' }) do
  local said = alias ~= '' and redis.call('HGET', P .. 'dnc', alias)
  if said then strong['s:' .. alias] = said end
end

-- What the lead itself says.
local occurred = string.format('%.0f', a.occurred)
if a.dnc then later('d:' .. a.dnc, occurred) end
if cid ~= a.mintAlone or (a.phone and redis.call('EXISTS', P .. 'kept:' .. a.phone) == 1) then
  for _, scope in ipairs(a.release) do later('r:' .. scope, occurred) end
end

local suppression = {}
for _, said in ipairs({ times, strong }) do
  for field, value in pairs(said) do
    suppression[#suppression + 1] = field
    suppression[#suppression + 1] = value
  end
end
return { known, cid, joined, link, suppression, 0 }

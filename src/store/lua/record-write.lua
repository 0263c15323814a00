-- The CRM has it: remember the outcome and the record before anything else happens. ARGV: one JSON object.
-- The contact lock orders these writes; a worker that was frozen and lost its lock may come late, and must not turn the newest lead back.
local a = cjson.decode(ARGV[1])
local leadKey, field = P .. 'lead:' .. a.k, 'crm:' .. a.crm
local state = redis.call('HGET', leadKey, field)
if not state or not isOpen(state) then return 0 end
redis.call('HSET', leadKey, field, 'written', field .. ':written', a.outcome)
local cid = survivor(a.contactId)
local contact = P .. 'contact:' .. cid
local before = redis.call('HGET', contact, 'link:' .. a.crm)
before = before and cjson.decode(before) or nil
local link = cjson.decode(a.link)
if before then
  -- The contact was joined into another one while this was being written: the survivor's own record stays.
  if cid ~= a.contactId and type(before.record) == 'table' then return 1 end
  local old, new = before.known, link.known
  if type(old) == 'table' and type(new) == 'table' and old.lastLeadAt > new.lastLeadAt then return 1 end
end
redis.call('HSET', contact, 'link:' .. a.crm, a.link)
if closesMore(before, link) then review(cid) end
return 1

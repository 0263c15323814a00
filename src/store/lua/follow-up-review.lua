-- ARGV: verb and what it needs.
local verb, cid, crm = ARGV[1], ARGV[2], ARGV[3]

-- The mark that was read; one that was made since stays.
if verb == 'done' then
  if redis.call('HGET', P .. 'reviews', cid) == ARGV[3] then return redis.call('HDEL', P .. 'reviews', cid) end
  return 0
end

-- { contact id, link }, or {} where the CRM is not known to have the contact.
cid = survivor(cid)
local contact = P .. 'contact:' .. cid
local link = redis.call('HGET', contact, 'link:' .. crm)
if verb == 'link' then return link and { cid, link } or {} end

-- The link as it is to be, if it still is what was read: an empty list would not survive this language.
if link ~= ARGV[4] then return 0 end
redis.call('HSET', contact, 'link:' .. crm, ARGV[5])
if closesMore(cjson.decode(link), cjson.decode(ARGV[5])) then review(cid) end
return 1

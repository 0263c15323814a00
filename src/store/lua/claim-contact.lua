-- Like a delivery's claim, without a lead: takes a contact's lock and tells what is held of it. ARGV: contact id, crm, lock holder, lock ms.
local cid, crm, holder, lockMs = survivor(ARGV[1]), ARGV[2], ARGV[3], ARGV[4]
local link, joined = unpack(redis.call('HMGET', P .. 'contact:' .. cid, 'link:' .. crm, 'joined'))
-- Asked first: a delivery that has it in hand may be about to make the record.
if lockedBy(crm, cid, joined, holder) then return { 'locked' } end
if not link then return { 'unknown' } end

redis.call('SET', P .. 'lock:' .. crm .. ':' .. cid, holder, 'PX', lockMs)
return { 'claimed', cid, joined or '', link, suppressionOf(cid) }

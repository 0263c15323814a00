-- One round trip: ledger step, contact lock, suppression. ARGV: lead key, crm, lock holder, lock ms, most unclean ends.
local k, crm, holder, lockMs = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local leadKey, field = P .. 'lead:' .. k, 'crm:' .. crm
local facts = redis.call('HMGET', leadKey, 'c', field, field .. ':written', field .. ':tries', 'fo', field .. ':again', 'at', 's', 'routed')
local cid, state, written, tries, followUpCrm, again, at, status, routed = unpack(facts)
-- Its job is from before Redis lost its data, and it is in the ledger again: whoever routes it could not add a job that has failed.
if not state and status == 'accepted' and not routed then return { 'unrouted' } end
if not cid or not state then return { 'missing' } end
if not isOpen(state) then return { 'settled', state } end
local body = redis.call('GET', P .. 'body:' .. k)
if not body then return { 'missing' } end
cid = survivor(cid)

local link, joined = unpack(redis.call('HMGET', P .. 'contact:' .. cid, 'link:' .. crm, 'joined'))
local by = lockedBy(crm, cid, joined, holder)
if by then return { 'locked', by } end
redis.call('SET', P .. 'lock:' .. crm .. ':' .. cid, holder, 'PX', lockMs)

-- A parked delivery that runs again was replayed by a person.
if state == 'parked' then
  state = written and 'written' or 'waiting'
  redis.call('HSET', leadKey, field, state)
  redis.call('HDEL', leadKey, field .. ':tries', field .. ':reason', field .. ':code', field .. ':answer', field .. ':config')
  redis.call('PERSIST', leadKey)
  redis.call('PERSIST', P .. 'body:' .. k)
  move(crm, 'parked', 'waiting')
  tries = nil
end
redis.call('HINCRBY', leadKey, field .. ':tries', 1)
-- `quiet`: delivered once more, and its follow-ups are left as they are.
local followUp = again ~= 'quiet' and followUpCrm and (followUpCrm == crm and 'here' or 'elsewhere') or ''
local once = again and 1 or 0
-- It came before Redis lost its data: what was made for it then is known to the CRM only.
local rebuilt = redis.call('GET', P .. 'rebuilt')
local lost = rebuilt and tonumber(at or '0') <= tonumber(rebuilt) and 1 or 0
local history = { tonumber(tries or '0'), joined or '', link or '', suppressionOf(cid), followUp, once, lost }
return { 'claimed', cid, body, state, written or '', unpack(history) }

-- The end of a delivery: outcome, counters, timeline. Settling twice moves nothing. ARGV: one JSON object.
local a = cjson.decode(ARGV[1])
local leadKey, field = P .. 'lead:' .. a.k, 'crm:' .. a.crm
local state, cid = unpack(redis.call('HMGET', leadKey, field, 'c'))
if not state or not isOpen(state) then return 0 end
if state == 'parked' and a.outcome == 'parked' then return 0 end
-- One that was replayed meanwhile may be in a worker's hands: it is no longer the person's to give up.
if a.outcome == 'discarded' and state ~= 'parked' then return 0 end
redis.call('HSET', leadKey, field, a.outcome)
for _, name in ipairs({ 'reason', 'code', 'answer', 'config' }) do
  if a[name] then redis.call('HSET', leadKey, field .. ':' .. name, a[name]) else redis.call('HDEL', leadKey, field .. ':' .. name) end
end
redis.call('HDEL', leadKey, field .. ':tries', field .. ':down')
-- The outcome of the write is worth keeping only until here: it would turn the entry, one of hundreds of thousands, into a large hash.
if a.outcome ~= 'parked' then redis.call('HDEL', leadKey, field .. ':written', field .. ':parks', field .. ':again') end
-- A replay is one more try of the same delivery, so this outlives it.
if a.outcome == 'parked' then redis.call('HINCRBY', leadKey, field .. ':parks', 1) end
if a.record then redis.call('HSET', leadKey, field .. ':record', a.record) end
moveTo(a.crm, state == 'parked' and 'parked' or 'waiting', a.outcome)
if string.match(a.outcome, '^delivered') then redis.call('HSET', P .. 'crm:' .. a.crm, 'lastSuccess', a.now) end
note(survivor(cid), a.line, a.touches, a.timelineSeconds)
ageOut(a.k, a.bodySeconds, a.ledgerSeconds)
return 1

-- All that a CRM has of a contact is to be delivered once more, as a write that came late may have undone it. The caller holds the contact's lock.
-- ARGV: contact id, CRM, most leads. Returns the keys of the leads whose jobs must be there; called again after a crash the same.
local cid, crm, most = survivor(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local keys = {}
for _, k in ipairs(redis.call('ZREVRANGE', P .. 'touches:' .. cid, 0, most - 1)) do
  local leadKey, field = P .. 'lead:' .. k, 'crm:' .. crm
  local state, again = unpack(redis.call('HMGET', leadKey, field, field .. ':again'))
  state = state or ''
  if state == 'written' then
    -- Whoever wrote it has ended or lost the lock before it could be settled; its job is there still, and would only settle it.
    redis.call('HSET', leadKey, field, 'waiting')
    redis.call('HDEL', leadKey, field .. ':written')
  end
  local isReopened = string.match(state, '^delivered') and reopen(k, crm, 'quiet') == 'reopened'
  if isReopened or (state == 'waiting' and again) then keys[#keys + 1] = k end
end
return keys

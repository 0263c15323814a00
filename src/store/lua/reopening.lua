-- A delivery that came to its end waits once more, or one begins for a CRM that is new; done twice it moves nothing. `how`: `quiet` or
-- `with-follow-ups`. Returns `reopened`; `open`: it waits or is parked; `ended`: a person gave it up, or its person was forgotten; `gone`:
-- nothing is left to deliver.
local function reopen(k, crm, how)
  local leadKey, field = P .. 'lead:' .. k, 'crm:' .. crm
  local admitted, cid, routed, state = unpack(redis.call('HMGET', leadKey, 's', 'c', 'routed', field))
  if admitted ~= 'accepted' or not routed then return 'gone' end
  if state and isOpen(state) then return 'open' end
  if not cid or state == 'discarded' or state == 'forgotten' then return 'ended' end
  if redis.call('EXISTS', P .. 'body:' .. k) == 0 then return 'gone' end

  redis.call('HSET', leadKey, field, 'waiting', field .. ':again', how)
  for _, name in ipairs({ 'reason', 'code', 'answer', 'config', 'written', 'tries', 'down', 'parks' }) do
    redis.call('HDEL', leadKey, field .. ':' .. name)
  end
  redis.call('PERSIST', leadKey)
  redis.call('PERSIST', P .. 'body:' .. k)
  if not state then
    count('crm:' .. crm .. ':accepted', 1)
    move(crm, nil, 'waiting')
    return 'reopened'
  end
  -- `delivered:created` was counted as delivered and as created.
  local first, second = string.match(state, '^([^:]+):?(.*)$')
  move(crm, first, 'waiting')
  if second ~= '' then count('crm:' .. crm .. ':' .. second, -1) end
  return 'reopened'
end

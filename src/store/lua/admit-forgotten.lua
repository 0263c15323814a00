-- What somebody sent before they were forgotten, and what comes again: a journal that is read anew, another machine's, a foreign queue.

-- The tombstone is looked for under the e-mail, else the phone number and last name.
local function isForgotten(a)
  local alias = a.email or a.phone
  local at = alias and tonumber(redis.call('GET', P .. 'forgotten:' .. alias) or '')
  return at and at >= a.occurred
end

-- A no counts for whoever has the alias, now or again some day, also when all else is left out.
local function keepNo(a)
  if not a.dnc then return end
  local alias = a.email or a.phone
  local cid = redis.call('GET', P .. 'alias:' .. alias)
  cid = cid and survivor(cid)
  if not maxField(cid and P .. 'sup:' .. cid or P .. 'kept:' .. alias, 'd:' .. a.dnc, a.occurred) then return end
  if cid then review(cid) else reviewAlias(alias) end
end

-- It is counted, and nothing of it is kept but what tells that it came. Deliveries that it has are ended by the one who forgets.
local function leaveOut(a)
  local leadKey = P .. 'lead:' .. a.k
  keepNo(a)
  local names = a.everyCrm
  if a.crms then
    names = {}
    for _, crm in ipairs(a.crms) do names[#names + 1] = crm.name end
  end
  for _, name in ipairs(names) do
    if redis.call('HSETNX', leadKey, 'crm:' .. name, 'forgotten') == 1 then
      count('crm:' .. name .. ':accepted', 1)
      move(name, nil, 'forgotten')
    end
  end
  redis.call('HSET', leadKey, 'routed', '1')
  ageOut(a.k, a.bodySeconds, a.ledgerSeconds)
  return { 'accepted', a.id, 'forgotten', 1 }
end

-- Nothing is done on the data of another installation, or on a Redis that lost ours: who said no would be forgotten there.
if redis.call('GET', KEYS[1] .. 'installation') ~= Installation then
  return redis.error_reply('NOTOURS This Redis does not hold the data of this installation.')
end

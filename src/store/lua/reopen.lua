-- ARGV: lead key, CRM, and `quiet` or `with-follow-ups`.
return reopen(ARGV[1], ARGV[2], ARGV[3])

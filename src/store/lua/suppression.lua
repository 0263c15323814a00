-- ARGV: contact id. Asked under the id of a claim; a lead may have joined that contact into another one since.
return suppressionOf(survivor(ARGV[1]))

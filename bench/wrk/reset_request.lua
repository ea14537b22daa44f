-- Asks for a reset of addresses that have no account: an audit entry and little else.
local folder = debug.getinfo(1, "S").source:match("^@(.*/)")
dofile(folder .. "summary.lua")

local turn = 0

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"

request = function()
  turn = turn + 1
  return wrk.format(nil, nil, nil, string.format('{"email":"nobody%d@bench.example"}', turn))
end

-- Signs in as one account after another; BENCH_ACCOUNTS says how many there are, BENCH_PASSWORD their password.
local folder = debug.getinfo(1, "S").source:match("^@(.*/)")
dofile(folder .. "summary.lua")

local accounts = tonumber(os.getenv("BENCH_ACCOUNTS"))
local password = os.getenv("BENCH_PASSWORD")
local turn = 0

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"

request = function()
  turn = turn % accounts + 1
  return wrk.format(nil, nil, nil, string.format('{"email":"user%d@bench.example","password":"%s"}', turn, password))
end

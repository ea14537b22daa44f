-- Signs in as accounts picked at random; BENCH_ACCOUNTS says how many there are, BENCH_PASSWORD their password.
local folder = debug.getinfo(1, "S").source:match("^@(.*/)")
dofile(folder .. "summary.lua")

local accounts = tonumber(os.getenv("BENCH_ACCOUNTS"))
local password = os.getenv("BENCH_PASSWORD")
math.randomseed(tonumber(os.getenv("BENCH_SEED")))

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"

request = function()
  local body = string.format('{"email":"user%d@bench.example","password":"%s"}', math.random(accounts), password)
  return wrk.format(nil, nil, nil, body)
end

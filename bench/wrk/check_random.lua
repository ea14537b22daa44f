-- Asks GET /auth/me with sessions made by bench/harness/population.py, picked at random among the BENCH_SESSIONS whose
-- number BENCH_STEP divides.
local folder = debug.getinfo(1, "S").source:match("^@(.*/)")
dofile(folder .. "summary.lua")

local sessions = tonumber(os.getenv("BENCH_SESSIONS"))
local step = tonumber(os.getenv("BENCH_STEP"))
local cookie = os.getenv("BENCH_COOKIE")
math.randomseed(tonumber(os.getenv("BENCH_SEED")))

request = function()
  wrk.headers["Cookie"] = string.format("%s=bench-session-token-%022dA", cookie, math.random(sessions) * step)
  return wrk.format()
end

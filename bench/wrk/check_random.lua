-- Asks GET /auth/me with sessions made by bench/harness/population.py: picked at random among BENCH_SESSIONS, or, with
-- BENCH_WALK set, one after the other from that number up.
local folder = debug.getinfo(1, "S").source:match("^@(.*/)")
dofile(folder .. "summary.lua")

local sessions = tonumber(os.getenv("BENCH_SESSIONS"))
local walked = tonumber(os.getenv("BENCH_WALK") or "")
local cookie = os.getenv("BENCH_COOKIE")
math.randomseed(tonumber(os.getenv("BENCH_SEED")))

request = function()
  local number = math.random(sessions)
  if walked then
    walked = walked % sessions + 1
    number = walked
  end
  wrk.headers["Cookie"] = string.format("%s=bench-session-token-%022dA", cookie, number)
  return wrk.format()
end

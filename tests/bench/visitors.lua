-- Each visitor pauses for a random time between two requests, PAUSE milliseconds in the middle: who comes when has nothing to do with
-- who came before.
local pause = tonumber(os.getenv("PAUSE"))

if pause > 0 then
  function delay()
    return math.random(0, math.floor(2 * pause))
  end
end

-- With NEXT_READER each of them signs somebody up for the newsletter, as browsers do: that reader first, then the one after.
local reader = tonumber(os.getenv("NEXT_READER"))

if reader then
  local form = { ["Content-Type"] = "application/x-www-form-urlencoded", ["Accept-Encoding"] = "gzip" }

  function request()
    reader = reader + 1
    return wrk.format("POST", "/newsletter", form, string.format("email=reader-%d@example.org", reader))
  end
end

function done(summary, latency)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write
  failed = failed + summary.errors.timeout + summary.errors.status
  local row = { summary.requests, summary.duration / 1e6, failed }
  for _, share in ipairs({ 50, 99, 99.9 }) do
    row[#row + 1] = latency:percentile(share) / 1000
  end
  row[#row + 1] = latency.max / 1000
  print("figures " .. table.concat(row, " "))
end

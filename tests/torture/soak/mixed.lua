-- Asks for what the file PLAN says: in each line a weight, a method, an address, heads (name=value;name=value) and a body, between
-- tabs. Of its words {new} is a number that nobody had before, {few} one of 300, {any} one of ARTICLES.
local articles = tonumber(os.getenv("ARTICLES"))
local number = tonumber(os.getenv("FIRST"))
local cards, deck, threads = {}, {}, {}
statuses = {}

local function headsOf(text)
  local heads = {}
  for name, value in text:gmatch("([^=;]+)=([^;]+)") do heads[name] = value end
  return heads
end

local function fill(text)
  local filled = text:gsub("{(%a+)}", function(word)
    if word == "few" then return math.random(0, 299) end
    if word == "any" then return math.random(0, articles - 1) end
    number = number + 1
    return number
  end)
  return filled
end

function setup(thread)
  threads[#threads + 1] = thread
end

function init()
  math.randomseed(number + 1)
  for line in io.lines(os.getenv("PLAN")) do
    local weight, method, address, heads, body = line:match("^(%d+)\t(%u+)\t([^\t]*)\t([^\t]*)\t(.*)$")
    local card = { method = method, address = address, heads = headsOf(heads), body = body ~= "" and body or nil }
    if not (address .. body):find("{") then card.ready = wrk.format(method, address, card.heads, card.body) end
    for _ = 1, weight do deck[#deck + 1] = card end
  end
end

function request()
  local card = deck[math.random(#deck)]
  if card.ready then return card.ready end
  return wrk.format(card.method, fill(card.address), card.heads, card.body and fill(card.body))
end

function response(status)
  statuses[status] = (statuses[status] or 0) + 1
end

function done(summary, latency)
  local errors = summary.errors
  local figures = { summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000 }
  for _, cut in ipairs({ errors.connect, errors.read, errors.write, errors.timeout }) do figures[#figures + 1] = cut end
  print("figures " .. table.concat(figures, " "))
  for _, thread in ipairs(threads) do
    for status, count in pairs(thread:get("statuses")) do print("status " .. status .. " " .. count) end
  end
end

#!/usr/bin/env python3
"""200 connections of fits of six rows, by wrk, while a page is loaded and fits are timed beside.

  load.py ADDRESS SECONDS PID
"""

import concurrent.futures
import http.client
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from requests_of_tests import SIX_ROWS

# wrk counts everything but 2xx and 3xx together; this tells 503 from the others.
SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = [=[BODY]=]
local threads = {}
function setup(thread) table.insert(threads, thread) end
function init() counts = {} end
function response(status) counts[status] = (counts[status] or 0) + 1 end
function done()
  for _, thread in ipairs(threads) do
    for status, count in pairs(thread:get("counts")) do
      io.write(string.format("status %d: %d\\n", status, count))
    end
  end
end
"""


def timed(host, method, path, body, until):
    """The seconds of each answer by its status, asked for until a time."""
    times = {}
    while time.monotonic() < until:
        connection = http.client.HTTPConnection(host, timeout=60)
        begun = time.monotonic()
        connection.request(method, path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        response.read()
        times.setdefault(response.status, []).append(time.monotonic() - begun)
        connection.close()
        time.sleep(0.02)
    return times


def percentile(values, share):
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def main():
    address, seconds, pid = sys.argv[1], float(sys.argv[2]), sys.argv[3]
    host = address.split("//")[1]
    body = json.dumps(SIX_ROWS)
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(SCRIPT.replace("BODY", body))
        script.flush()
        until = time.monotonic() + seconds
        with concurrent.futures.ThreadPoolExecutor(5) as pool:
            wrk = pool.submit(
                subprocess.run,
                ["wrk", "--threads", "2", "--connections", "200", "--duration", f"{seconds:g}s",
                 "--timeout", "10s", "--latency", "--script", script.name, address + "/api/call"],
                capture_output=True, text=True, check=True)
            pages = pool.submit(timed, host, "GET", "/", None, until)
            fits = [
                pool.submit(timed, host, "POST", "/api/call", body, until) for _ in range(3)]
            output = wrk.result().stdout
            pages = pages.result()
            fits = [each.result() for each in fits]
    print(output)
    statuses = {}
    for status, count in re.findall(r"status (\d+): (\d+)", output):
        statuses[status] = statuses.get(status, 0) + int(count)
    print("statuses:", statuses)
    answered = [value for each in fits for value in each.get(200, [])]
    print(f"fits timed beside: {len(answered)} answered, 99th percentile "
          f"{percentile(answered, 0.99):.3f} s, longest {max(answered):.3f} s; others "
          f"{sum(len(each.get(503, [])) for each in fits)} with 503")
    print(f"pages: {len(pages[200])}, longest {max(pages[200]):.3f} s")
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    print("memory:", re.search(r"VmRSS:\s+(.*)", status).group(1))
    faults = []
    if set(statuses) - {"200", "503"} or any(set(each) - {200, 503} for each in fits):
        faults.append("There are other answers than 200 and 503.")
    if set(pages) != {200}:
        faults.append("A page was not loaded.")
    if "Socket errors" in output:
        faults.append("Connections failed.")
    if percentile(answered, 0.99) >= 1:
        faults.append("The 99th percentile of answered requests is a second or more.")
    if max(pages[200]) >= 0.5:
        faults.append("A page took half a second or more.")
    sys.exit("\n".join(faults) or 0)


if __name__ == "__main__":
    main()

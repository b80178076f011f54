"""Rounds of fits by this project and by a peer, each in a process of its own that holds the data."""

import json
import math
import os
import resource
import select
import signal
import statistics
import subprocess
import tempfile
import time

# The approximations that every peer takes turns with.
OURS = ["structured", "corrected"]
# Reading a million rows takes some programs this long.
LOADING_SECONDS = 120
# No limit is meant here, only an end.
OUR_SECONDS = 1200


class OutOfTime(Exception):
    pass


class Failed(Exception):
    pass


class Worker:
    """A process that fits one file whenever it is asked to."""

    def __init__(self, command, threads):
        environment = dict(os.environ)
        for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]:
            environment[name] = str(threads)
        self.messages = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.messages,
            env=environment, preexec_fn=limit_memory, start_new_session=True)
        self.pending = b""

    def answer(self, seconds):
        """The next line of JSON."""
        deadline = time.monotonic() + seconds
        output = self.process.stdout.fileno()
        while b"\n" not in self.pending:
            remaining = deadline - time.monotonic()
            if remaining <= 0 or not select.select([output], [], [], remaining)[0]:
                raise OutOfTime
            block = os.read(output, 65536)
            if not block:
                raise Failed(self.last_message())
            self.pending += block
        line, self.pending = self.pending.split(b"\n", 1)
        # What R cannot compute comes as null.
        return {
            name: [math.nan if v is None else v for v in value] if isinstance(value, list) else value
            for name, value in json.loads(line).items()}

    def fit(self, what, seconds):
        self.process.stdin.write((what + "\n").encode())
        self.process.stdin.flush()
        return self.answer(seconds)

    def last_message(self):
        self.messages.seek(0)
        lines = self.messages.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it ended without an answer"

    def end(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def limit_memory():
    """A peer that asks for more than there is fails by itself, before it takes the machine with it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


class History:
    """What a peer has needed so far, by design: tells when a larger size is not worth trying."""

    def __init__(self, limit):
        self.limit = limit
        self.seconds = {}
        self.given_up = {}

    def reason_to_skip(self, peer, design, rows):
        if (peer, None) in self.given_up:
            return self.given_up[peer, None]
        if (peer, design) in self.given_up:
            return self.given_up[peer, design]
        known = self.seconds.get((peer, design), [])
        if not known:
            return None
        last_rows, last_seconds = known[-1]
        power = 1.0
        if len(known) > 1:
            first_rows, first_seconds = known[-2]
            power = math.log(last_seconds / first_seconds) / math.log(last_rows / first_rows)
        expected = last_seconds * (rows / last_rows) ** max(1.0, power)
        # A forecast has to be clear.
        return f"> {self.limit:.0f} s expected" if expected > 1.5 * self.limit else None


def measure(peer, command, ours, first_of_ours, options, history, case):
    """Rounds of ours and the peer's; or the reason why not.

    `first_of_ours` are answers of ours by approximation: one that took more than the limit stands for all rounds.
    """
    design, rows = case.split("-")
    reason = history.reason_to_skip(peer, design, int(rows))
    if reason:
        return {"skipped": reason}
    try:
        worker = Worker(command, options.threads)
    except OSError as error:
        history.given_up[peer, None] = f"not installed: {error.strerror}: {command[0]}"
        return {"skipped": history.given_up[peer, None]}
    try:
        ready = worker.answer(LOADING_SECONDS)
        if "missing" in ready:
            history.given_up[peer, None] = ready["missing"]
            return {"skipped": ready["missing"]}
        if "unsupported" in ready:
            history.given_up[peer, design] = ready["unsupported"]
            return {"skipped": ready["unsupported"]}
        first = worker.fit("fit", options.limit)
        times = {name: [] for name in OURS + [peer]}
        start = time.monotonic()
        # A slow first fit was warm enough: it counts, and there is no second.
        is_slow = first["seconds"] > 2 * options.seconds
        while not times[peer] or (
            not is_slow and len(times[peer]) < 200
            and (len(times[peer]) < 3 or time.monotonic() - start < options.seconds)
        ):
            for name in OURS:
                own = first_of_ours[name]
                if own["seconds"] <= options.limit:
                    own = ours.fit(name, OUR_SECONDS)
                times[name].append(own["seconds"])
            times[peer].append(
                first["seconds"] if is_slow else worker.fit("fit", 2 * options.limit)["seconds"])
        history.seconds.setdefault((peer, design), []).append(
            (int(rows), statistics.median(times[peer])))
        return {"version": ready["version"], "estimates": first, "times": times}
    except OutOfTime:
        history.given_up[peer, design] = f"> {options.limit:.0f} s"
    except (Failed, BrokenPipeError) as error:
        history.given_up[peer, design] = f"failed: {error}"
    finally:
        worker.end()
    return {"skipped": history.given_up[peer, design]}

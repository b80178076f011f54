"""A server that is started for a test, and requests to it by raw sockets."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time

COMMAND = pathlib.Path(os.environ.get("GLMM_POISSON_SERVER", ".build/release/glmm-poisson-server"))


class Answer:
    def __init__(self, data):
        head, _, self.body = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1])
        pairs = [line.split(": ", 1) for line in lines[1:]]
        self.headers = {name.lower(): value for name, value in pairs}

    def json(self):
        return json.loads(self.body)


class Server:
    """`with Server("--fits", "1") as server:`; the log is read when it has ended."""

    def __init__(self, *options, command=(str(COMMAND),)):
        self.log_file = tempfile.TemporaryFile()
        begun = time.monotonic()
        self.process = subprocess.Popen(
            [*command, "--port", "0", *options], stderr=self.log_file)
        while not (found := re.search(r"is at (https?)://(\S+):(\d+);", self.log())):
            if self.process.poll() is not None or time.monotonic() - begun > 30:
                raise AssertionError(f"The server does not start: {self.log()}")
            time.sleep(0.002)
        self.starting_seconds = time.monotonic() - begun
        self.scheme, self.port = found.group(1), int(found.group(3))
        self.address = f"{self.scheme}://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.log_file.close()

    def log(self):
        # Beside the position at which the server writes.
        return os.pread(self.log_file.fileno(), 1 << 24, 0).decode()

    def end(self, number=signal.SIGTERM):
        """Seconds until it has ended by itself, and its exit status."""
        begun = time.monotonic()
        self.process.send_signal(number)
        status = self.process.wait(timeout=30)
        return time.monotonic() - begun, status

    def memory(self, kind="VmRSS"):
        """Megabytes in memory."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{kind}:\s+(\d+) kB", status).group(1)) / 1000

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def send(self, data):
        """The answer to bytes, on a connection of its own; None if it is closed without one."""
        with self.connect() as connection:
            try:
                connection.sendall(data)
            except (BrokenPipeError, ConnectionResetError):
                pass
            return read_answer(connection)

    def request(self, method, path, body=b"", kind="application/json", headers=()):
        return self.send(request(method, path, body, kind, headers))

    def get(self, path):
        return self.request("GET", path, kind=None)

    def post(self, path, value):
        return self.request("POST", path, json.dumps(value).encode())


def request(method, path, body=b"", kind="application/json", headers=()):
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    if kind:
        lines.append(f"Content-Type: {kind}")
    lines += headers
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def read_answer(connection):
    """One answer, as long as its header says; None if the connection ends before."""
    data = b""
    while True:
        head, separator, body = data.partition(b"\r\n\r\n")
        if separator:
            length = re.search(rb"\r\ncontent-length: (\d+)", head, re.IGNORECASE)
            if length is None or len(body) >= int(length.group(1)):
                return Answer(data)
        try:
            more = connection.recv(65536)
        except ConnectionResetError:
            more = b""
        if not more:
            return None
        data += more

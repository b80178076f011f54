"""A server and a browser that talk to each other alone, for all tests of a run."""

import base64
import json
import os
import pathlib
import socket
import subprocess
import tempfile
import time

import axe_core_python
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

AXE = pathlib.Path(axe_core_python.__file__).with_name("axe.min.js").read_text()
# The longest that anything on the page takes on a busy machine.
PATIENCE = 60

server = None
driver = None
address = None
downloads = None
screen = None


def start(server_command):
    """Starts both; the server listens at a port that was free a moment before."""
    global server, driver, address, downloads
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([server_command, "--port", str(port)], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    until(lambda: answers(port), "the server to listen")
    downloads = tempfile.TemporaryDirectory()
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     "--force-color-profile=srgb"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    driver.set_script_timeout(PATIENCE)
    command("Browser.setDownloadBehavior", behavior="allow", downloadPath=downloads.name)
    command("Browser.grantPermissions", origin=address,
            permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])


def end():
    if driver:
        driver.quit()
    if server:
        server.terminate()
        server.wait(10)


def answers(port):
    if server.poll() is not None:
        raise SystemExit("browser_test: the server has ended")
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


def until(holds, what):
    """Waits until something holds, and returns it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := holds():
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited {PATIENCE} s for {what}")


def command(name, **parameters):
    return driver.execute_cdp_cmd(name, parameters)


def run(script, *arguments):
    return driver.execute_script(script, *arguments)


def media(**features):
    """A colour scheme, or less motion, as a user's system asks for it."""
    command("Emulation.setEmulatedMedia", features=[
        {"name": name.replace("_", "-"), "value": value} for name, value in features.items()])


def width(pixels, height=900):
    """A phone of this width, or with None a desk again."""
    global screen
    screen = pixels
    command("Emulation.setDeviceMetricsOverride", width=pixels or 1100, height=height,
            deviceScaleFactor=2 if pixels else 1, mobile=bool(pixels))


def console():
    """What the browser had to say since it was last asked."""
    return [entry["message"] for entry in driver.get_log("browser")]


def requests():
    """The addresses that were asked since this was last asked."""
    events = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    return [event["params"]["request"]["url"] for event in events
            if event["method"] == "Network.requestWillBeSent"]


def picture(name):
    """Leaves a picture of the whole page where $BROWSER_PICTURES says, to be looked at."""
    folder = os.environ.get("BROWSER_PICTURES")
    if not folder:
        return
    # A window as high as the page: what lies beyond a window is drawn at wrong places afterwards.
    width(screen, height=run("return document.documentElement.scrollHeight"))
    data = command("Page.captureScreenshot", format="png")["data"]
    pathlib.Path(folder, f"{name}.png").write_bytes(base64.b64decode(data))
    width(screen)

# SPDX-License-Identifier: Apache-2.0
"""A real browser for tests: Debian's Chromium without a window, spoken to over a pipe in its DevTools protocol.

Whoever is killed takes it along: it ends when the pipe closes, and its profile is a temporary folder.
"""
import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time

LIMIT_S = 60


def _pipe():
    """A pipe whose ends are none of the descriptors that the browser wants."""
    ends = os.pipe()
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 16) for end in ends]
    for end in ends:
        os.close(end)
    return high


class Browser:
    """One process with one page. What it asked the network for, and what its scripts complained of, is kept."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="reprise-browser-")
        down, self.to = _pipe()
        self.back, up = _pipe()
        words = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage",
                 "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-extensions",
                 "--no-proxy-server", "--remote-debugging-pipe", f"--user-data-dir={self.profile}", "about:blank"]
        # it reads what it is told from 3 and answers on 4
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec 3<&{down} 4>&{up} {down}<&- {up}>&-; exec "$@"', "bash", *words],
            pass_fds=(down, up), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, env={**os.environ, "HOME": self.profile})
        os.close(down)
        os.close(up)
        self.waiting = b""
        self.number = 0
        self.session = None
        self.requests = []
        self.complaints = []
        self.loaded = False
        try:
            self._attach()
        except BaseException:
            self.close()
            raise

    def _attach(self):
        """To a page of its own."""
        page = self.tell("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.tell("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.tell(f"{domain}.enable")

    def close(self):
        """Ends it, and all that it began."""
        os.close(self.to)
        try:
            self.process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            pass
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(LIMIT_S)
        os.close(self.back)
        shutil.rmtree(self.profile, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _next(self, deadline):
        """The next message: an answer, or an event."""
        while b"\0" not in self.waiting:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.back], [], [], left)[0]:
                raise TimeoutError("the browser says nothing")
            got = os.read(self.back, 1 << 20)
            if not got:
                raise EOFError("the browser has ended")
            self.waiting += got
        line, _, self.waiting = self.waiting.partition(b"\0")
        return json.loads(line)

    def _see(self, event):
        name, about = event.get("method"), event.get("params", {})
        if name == "Network.requestWillBeSent":
            self.requests.append(about["request"]["url"])
        elif name == "Runtime.exceptionThrown":
            self.complaints.append(about["exceptionDetails"]["text"])
        elif name == "Log.entryAdded" and about["entry"]["level"] in ("error", "warning"):
            self.complaints.append(about["entry"]["text"])
        elif name == "Runtime.consoleAPICalled":
            self.complaints.append(f"console.{about['type']}")
        elif name == "Page.loadEventFired":
            self.loaded = True

    def tell(self, method, **params):
        """Does one thing and gives its answer."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.to, data):]
        deadline = time.monotonic() + LIMIT_S
        while True:
            answer = self._next(deadline)
            if answer.get("id") != self.number:
                self._see(answer)
            elif "error" in answer:
                raise RuntimeError(f"{method}: {answer['error']['message']}")
            else:
                return answer["result"]

    def open(self, path):
        """Loads a file, and waits until it is there."""
        self.requests, self.complaints, self.loaded = [], [], False
        self.tell("Page.navigate", url=f"file://{path}")
        deadline = time.monotonic() + LIMIT_S
        while not self.loaded:
            self._see(self._next(deadline))

    def ask(self, expression):
        """The value of an expression in the page, as the tools see it: no policy of the page stands before it."""
        answer = self.tell("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"].get("description", "it threw"))
        return answer["result"].get("value")

    def wait(self, expression):
        """Waits until an expression holds."""
        deadline = time.monotonic() + LIMIT_S
        while not self.ask(expression):
            if time.monotonic() > deadline:
                raise TimeoutError(f"it never came true: {expression}")

    def press(self, *keys):
        """Presses keys as a keyboard does: one character each, or a name such as Tab."""
        codes = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32}
        for key in keys:
            text = "\r" if key == "Enter" else key if len(key) == 1 else ""
            about = {"key": key, "windowsVirtualKeyCode": codes.get(key, ord(key.upper()[0]) if len(key) == 1 else 0)}
            self.tell("Input.dispatchKeyEvent", type="keyDown", text=text, **about)
            self.tell("Input.dispatchKeyEvent", type="keyUp", **about)

    def window(self, width, height=900):
        """Sets the size of the window."""
        self.tell("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def media(self, scheme):
        """Whether its user likes it light or dark."""
        self.tell("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self, path, whole=False):
        """Saves what it shows: of the window, or of the whole page."""
        answer = self.tell("Page.captureScreenshot", captureBeyondViewport=whole)
        with open(path, "wb") as file:
            file.write(base64.b64decode(answer["data"]))

    def paper(self):
        """The page as a document to print, A4."""
        answer = self.tell("Page.printToPDF", preferCSSPageSize=True, printBackground=False)
        return base64.b64decode(answer["data"])

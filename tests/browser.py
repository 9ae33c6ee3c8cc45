"""A headless Chromium, driven through its DevTools pipe by the standard library alone."""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
SECONDS = 60.0
"""The longest that an answer is waited for."""
# Chromium reads commands from file 3 and writes answers to file 4; Popen alone cannot choose these numbers.
_LAUNCH = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
)
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
KEYS = {"Tab": (9, ""), "Enter": (13, "\r")}


def find() -> str | None:
    """The browser's path; None where there is none."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


@contextmanager
def started(executable: str, profile: Path) -> Iterator[Browser]:
    """A browser that keeps what it writes in `profile`, closed afterwards."""
    (commands, write), (read, answers) = _pipe(), _pipe()
    launch = [sys.executable, "-IS", "-c", _LAUNCH, str(commands), str(answers)]
    process = subprocess.Popen(
        [*launch, executable, *_FLAGS, f"--user-data-dir={profile}"],
        pass_fds=(commands, answers), env={**os.environ, "HOME": str(profile)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(commands)
    os.close(answers)
    try:
        tab = Browser(read, write)
        yield tab
        tab.ask("Browser.close")
        process.wait(SECONDS)
    finally:
        process.kill()
        process.wait()
        os.close(read)
        os.close(write)


class Browser:
    """One tab. `events` are those since the last `goto`, as DevTools tells them."""

    def __init__(self, answers: int, commands: int) -> None:
        self._answers, self._commands = answers, commands
        self._read, self._asked, self._session = b"", 0, ""
        self.events: list[dict[str, Any]] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: object) -> Any:
        """What a DevTools command gives back."""
        self._asked += 1
        message: dict[str, Any] = {"id": self._asked, "method": method, "params": parameters}
        message |= {"sessionId": self._session} if self._session else {}
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._asked:
            self.events.append(answer)
        assert "error" not in answer, (method, answer["error"])
        return answer["result"]

    def _next(self) -> dict[str, Any]:
        end = time.monotonic() + SECONDS
        while b"\0" not in self._read:
            ready, _, _ = select.select([self._answers], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"the browser has said nothing for {SECONDS:.0f} s"
            chunk = os.read(self._answers, 1 << 20)
            assert chunk, "the browser has ended"
            self._read += chunk
        line, _, self._read = self._read.partition(b"\0")
        found: dict[str, Any] = json.loads(line)
        return found

    def goto(self, path: Path) -> None:
        """Open a file, and wait until all of it is there."""
        self.events = []
        self.ask("Page.navigate", url=path.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self._next())

    def window(self, width: int, height: int = 900) -> None:
        """Make it so many CSS pixels large."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def run(self, script: str) -> Any:
        """The value of a JavaScript expression."""
        found = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def press(self, key: str) -> None:
        """A key, down and up."""
        code, text = KEYS[key]
        about = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.ask("Input.dispatchKeyEvent", type="keyDown", text=text, **about)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **about)

    def complaints(self) -> list[dict[str, Any]]:
        """What the page wrote to the console, or threw, and what could not be loaded."""
        told = ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded", "Network.loadingFailed")
        return [event for event in self.events if event["method"] in told]

    def requests(self) -> list[str]:
        """All that was asked for."""
        return [e["params"]["request"]["url"] for e in self.events if e["method"] == "Network.requestWillBeSent"]


def _pipe() -> tuple[int, int]:
    """Both ends of a pipe, with numbers above those that the browser wants."""
    ends = os.pipe()
    high = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends)
    for end in ends:
        os.close(end)
    return high[0], high[1]

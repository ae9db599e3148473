"""A real Chromium over the demo city, watched for errors and foreign requests."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright
from werkzeug.serving import make_server

from exam_app.application import create_app
from exam_app.config import load_config
from exam_app.demo.run import PASSWORD
from tests.city import City

REQUIRE = "EXAM_REQUIRE_CHROMIUM"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
DESKTOP, PHONE = (1280, 900), (360, 740)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str | None:
    """Return Chromium's program, None where it is not installed; CI must have it."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None and os.environ.get(REQUIRE) == "1":
        raise RuntimeError("Chromium is required here and not installed")
    return found


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Collect the browser tests only where a browser is at hand."""
    if collection_path.name.startswith("test_") and find_chromium() is None:
        return True
    return None


@dataclass
class Watched:
    """One page with what went wrong on it so far."""

    page: Page
    base: str
    troubles: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a path of the city's server."""
        self.page.goto(self.base + path)
        return self.page

    def sign_in(self, username: str) -> None:
        """Sign in by the form, as a person does."""
        self.open("/sign-in")
        self.page.fill("input[name=username]", username)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("main button[type=submit], main form button")
        self.page.wait_for_load_state()

    def check(self) -> None:
        """Hold the page against axe, its width, its console and its requests."""
        self.page.wait_for_load_state()  # styles too
        found = Axe().run(self.page, options={"runOnly": TAGS})
        told = [
            f"{each['id']}: {[node['html'][:160] for node in each['nodes']][:3]}"
            for each in found.response["violations"]
        ]
        assert not told, f"{self.page.url}: {told}"
        wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, f"{self.page.url} is {wide} px wider than the window"
        assert not self.troubles, f"{self.page.url}: {self.troubles}"
        assert self.page.locator("h1").count() == 1, self.page.url


@pytest.fixture(scope="session")
def served(city: City) -> Iterator[str]:
    """Serve the demo city on a free port."""
    app = create_app(load_config(city.instance))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Chromium once."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def visit(served: str, browser: Browser) -> Iterator[Callable[..., Watched]]:
    """Return a maker of fresh windows; ``size`` is desktop or phone, ``base`` another site."""
    contexts = []

    def make(
        size: tuple[int, int] = DESKTOP, *, scripts: bool = True, base: str = served
    ) -> Watched:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale="zh-CN",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        watched = Watched(context.new_page(), base)

        def heard(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"} and "status of 4" not in message.text:
                watched.troubles.append(f"{message.type}: {message.text}")

        def asked(request: Request) -> None:
            if not request.url.startswith((base, "data:", "blob:")):
                watched.troubles.append(f"foreign request: {request.url}")

        watched.page.on("console", heard)
        watched.page.on("pageerror", lambda error: watched.troubles.append(str(error)))
        watched.page.on("request", asked)
        return watched

    yield make
    for context in contexts:
        context.close()

"""Commands that set up and serve one installation."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from alembic.util import CommandError
from flask import Flask, current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade

from exam_app.core import jobs
from exam_app.core.errors import BadInput
from exam_app.core.fonts import ensure_fonts
from exam_app.papers import service as papers
from exam_app.paths import MIGRATIONS
from exam_app.stages import JOBS

if TYPE_CHECKING:
    from granian.server.common import AbstractServer

TIDY_SECONDS = 300
log = logging.getLogger("exam_app.worker")


@click.command("migrate")
@with_appcontext
def migrate_command() -> None:
    """Bring the database to the newest schema."""
    try:
        upgrade(directory=str(MIGRATIONS))
    except CommandError as error:
        raise BadInput("migration-failed", reason=str(error)) from error
    click.echo(f"数据库已是最新结构：{current_app.config['SQLALCHEMY_DATABASE_URI']}")


@click.command("work")
@click.option("--once", is_flag=True, help="做完等待中的任务即退出")
@with_appcontext
def work_command(once: bool) -> None:
    """Do long work as it comes: imports, papers, reports. The faces are there before the first."""
    ensure_fonts(Path(current_app.instance_path))
    papers.wipe_leftovers()
    if once:
        while jobs.work_once(JOBS):
            pass
        return
    parent, stop = os.getppid(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    watch = threading.Thread(target=_outlive, args=(parent, stop), daemon=True)
    watch.start()
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    threading.Thread(target=_tidy, args=(app, stop), daemon=True).start()
    jobs.work(JOBS, stop=stop)


def _outlive(parent: int, stop: threading.Event) -> None:
    """Stop the worker when the server that started it is gone."""
    while not stop.wait(1):
        if os.getppid() != parent:
            stop.set()


def _tidy(app: Flask, stop: threading.Event) -> None:
    """Wipe now and then the keys that a killed server has left."""
    while not stop.wait(TIDY_SECONDS):
        with app.app_context():
            try:
                papers.wipe_leftovers()
            except Exception:
                log.exception("leftover keys could not be wiped")


def _keep_working(stop: threading.Event) -> None:
    """Keep one worker process alive beside the server; a killed one is started anew."""
    while not stop.is_set():
        worker = subprocess.Popen([sys.executable, "-m", "exam_app", "work"])
        while worker.poll() is None and not stop.wait(0.2):
            pass
        if worker.poll() is None:
            worker.terminate()
            worker.wait()
        stop.wait(1)


@click.command("run")
@click.option("--host", default="127.0.0.1", show_default=True, help="监听的地址")
@click.option("--port", default=8000, show_default=True, help="监听的端口")
def run_command(host: str, port: int) -> None:
    """Serve the pages and do the long work beside them."""
    click.echo(f"http://{host}:{port}")
    stop = threading.Event()
    keeper = threading.Thread(target=_keep_working, args=(stop,))
    keeper.start()
    try:
        _server(host, port).serve()
    finally:
        stop.set()
        keeper.join()


def _server(host: str, port: int) -> AbstractServer[Any]:
    """Return the server; its threads wait for the database most of their time."""
    from granian.constants import Interfaces
    from granian.server import Server

    log_of_server = logging.getLogger("_granian")
    log_of_server.addFilter(lambda record: "Python threads" not in record.getMessage())
    return Server(
        "exam_app.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=64,
        backlog=16384,
        backpressure=16384,
        log_access=False,
    )

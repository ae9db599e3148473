"""``exam demo``: the demo city, from roster to credited hours."""

from __future__ import annotations

import click

from exam_app.demo.run import run_demo


@click.command("demo")
@click.option("--reset", is_flag=True, help="清除原有演示数据后重建 / start afresh")
def demo_command(*, reset: bool) -> None:
    """演示城市 / build the demo city and run it."""
    run_demo(reset=reset, say=click.echo)

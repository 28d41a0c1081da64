"""`config`: what the hotline was configured with."""

from __future__ import annotations

import click

from hotline.cli.opening import settings


@click.group()
def config() -> None:
    """Show the settings in effect."""


@config.command()
def show() -> None:
    """Every setting in effect, secrets hidden."""
    shown = settings().shown()
    width = max(map(len, shown))
    for name, value in shown.items():
        click.echo(f"{name:<{width}}  {value}")

"""`python -m hotline simulate`: text and call the running hotline as a resident would."""

from __future__ import annotations

import mimetypes
import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from hotline.errors import HotlineError
from hotline.settings import Settings
from hotline.telephony.simulator.account import from_settings
from hotline.telephony.simulator.caller import DIAL_RESULTS
from hotline.telephony.simulator.client import SimulatedPhone
from hotline.telephony.simulator.codes import tip_code
from hotline.telephony.simulator.faults import Faults


@click.group()
def simulate() -> None:
    """Text or call the hotline through the simulated provider."""


_from = click.option("--from", "from_", required=True, metavar="NUMBER", help="The resident's number, +84...")
_url = click.option("--url", default="", help="Where the hotline answers, when not at PUBLIC_URL.")
_fault = click.option("--fault", "faults", multiple=True, metavar="NAME=VALUE", help="See docs/simulator.md.")


@simulate.command()
@_from
@_url
@_fault
@click.option("--media", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("text", required=False)
def sms(from_: str, url: str, faults: tuple[str, ...], media: tuple[Path, ...], text: str | None) -> None:
    """Send TEXT (or standard input) and print the reply and the tip's code."""
    body = text if text is not None else sys.stdin.read().strip()
    if not body and not media:
        raise click.UsageError("write a TEXT, pipe one in, or give --media FILE")
    items = [
        (mimetypes.guess_type(path.name)[0] or "application/octet-stream", path.read_bytes())
        for path in media
    ]
    try:
        result = _phone(url).send_sms(from_, body, items, Faults.parse(faults))
    except HotlineError as error:
        _fail(str(error))
    if result.error:
        _fail(_explained(result.error))
    _print_answers(result.reply_texts)


@simulate.command()
@_from
@_url
@_fault
@click.option(
    "--digits", default="", help="Keys pressed as menus ask for them; w lets one time out, h hangs up at one."
)
@click.option("--hang-up", is_flag=True, help="Hang up with the last word instead of waiting.")
@click.option("--hang-up-after", type=float, metavar="SECONDS", help="Hang up in mid-sentence; 0 is at once.")
@click.option(
    "--dial", default="no-answer", show_default=True,
    help=f"What who is rung does, with commas for one after the other: {', '.join(DIAL_RESULTS)}.",
)  # fmt: skip
@click.option(
    "--then",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Said in the recordings after the first.",
)
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def call(
    from_: str,
    url: str,
    faults: tuple[str, ...],
    digits: str,
    hang_up: bool,
    hang_up_after: float | None,
    dial: str,
    then: tuple[Path, ...],
    file: Path | None,
) -> None:
    """Call and speak FILE (without one, say nothing); print what is heard and the tip's code."""
    try:
        result = _phone(url).call(
            from_,
            file,
            digits=digits,
            hang_up=hang_up,
            hang_up_after_s=hang_up_after,
            dial=dial,
            more=then,
            faults=Faults.parse(faults),
        )
    except HotlineError as error:
        _fail(str(error))
    _print_answers(result.said)
    click.echo(f"call: {result.call_sid} {result.final_status}, {result.duration_s} s")
    for sid in result.recording_sids:
        click.echo(f"recording: {sid}")
    if result.error:
        _fail(_explained(result.error))


def _phone(url: str) -> SimulatedPhone:
    settings = Settings.from_env(os.environ)
    account = from_settings(settings)
    return SimulatedPhone(
        account, settings.public_url, connect_url=url or settings.public_url, api_url=settings.twilio_api_base
    )


def _print_answers(texts: list[str]) -> None:
    for text in texts:
        click.echo(text)
    code = tip_code(texts)
    if code:
        click.echo(f"code: {code}")


def _explained(error: str) -> str:
    if "HTTP 403" in error:
        return (
            f"{error}\nThe hotline refused the signature: use the same DATA_DIR and PUBLIC_URL as `make run`."
        )
    if "did not answer" in error:
        return f"{error}\nIs the hotline running? Start it with `make run`, or give its address with --url."
    return error


def _fail(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(1)

"""`python -m hotline prompts`: what callers hear, and recorded files in place of the synthetic voice."""

from __future__ import annotations

import os
from pathlib import Path

import click

from hotline.errors import HotlineError
from hotline.rules.call_menu import LANGUAGES, other_language
from hotline.settings import data_dir_of
from hotline.telephony.prompt_files import PromptFiles, PromptRefused, checked
from hotline.telephony.prompts import DIGITS, PROMPTS, seconds
from hotline.telephony.voice_answers import KEY_WAIT_S, LONGEST_TO_BEEP_S, UNTIL_THE_BEEP

_language = click.option(
    "--lang", "language", type=click.Choice(LANGUAGES), default=LANGUAGES[0], show_default=True
)


@click.group()
def prompts() -> None:
    """List, check and record what callers hear."""


@prompts.command("list")
@_language
def list_(language: str) -> None:
    """Show every prompt: its name, how long it takes, whether it is recorded (*), and its words."""
    files = PromptFiles(data_dir_of(os.environ))
    for key, prompt in PROMPTS.items():
        recorded = files.find(language, key)
        length = recorded.seconds if recorded else seconds(prompt.text(language))
        click.echo(f"{key:16}{length:5.1f} s {'*' if recorded else ' '} {prompt.text(language)}")
    click.echo(
        f"\nFrom the first word to the beep, with nothing pressed: {_until_the_beep(files, language):.1f} s"
    )


@prompts.command()
def check() -> None:
    """Check every recorded prompt; the exit status is 1 when one cannot be played."""
    files = PromptFiles(data_dir_of(os.environ))
    problems = [
        f"{path} is closed to this user, so its recordings are not played: give it to the hotline's user (chown -R)"
        for path in files.closed()
    ]
    problems += [f"{path}: no prompt has this name, so nobody hears it" for path in files.unknown()]
    recorded = 0
    for language in LANGUAGES:
        for key in PROMPTS:
            path = files.path(language, key)
            if path is None:
                continue
            recorded += 1
            try:
                checked(path, key)
            except PromptRefused as refused:
                problems.append(f"{refused}. Until then the synthetic voice says it")
        some = [key for key in DIGITS if files.find(language, key) is not None]
        if 0 < len(some) < len(DIGITS):
            missing = ", ".join(key for key in DIGITS if key not in some)
            problems.append(
                f"{language}: codes are read by the synthetic voice until {missing} are recorded too"
            )
        if (length := _until_the_beep(files, language)) > LONGEST_TO_BEEP_S:
            problems.append(
                f"{language}: {length:.1f} s until the beep; frightened people hang up: "
                f"shorten {', '.join(UNTIL_THE_BEEP)} to {LONGEST_TO_BEEP_S} s together"
            )
    for problem in problems:
        click.echo(f"✗ {problem}")
    if problems:
        raise click.exceptions.Exit(1)
    click.echo(f"✓ {recorded} recorded prompts can be played" if recorded else "Nothing is recorded yet.")


@prompts.command()
@_language
@click.argument("prompt")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def add(language: str, prompt: str, file: Path) -> None:
    """Play FILE in place of PROMPT from the next call on; nothing in it is converted."""
    files = PromptFiles(data_dir_of(os.environ))
    try:
        added = files.add(prompt, file, language)
    except HotlineError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{prompt} ({language}) is {added.seconds:.1f} s, from the next call on: {added.path}")


def _until_the_beep(files: PromptFiles, language: str) -> float:
    total = float(KEY_WAIT_S)
    for key in UNTIL_THE_BEEP:
        spoken = other_language(language) if key == "menu_language" else language
        recorded = files.find(spoken, key)
        total += recorded.seconds if recorded else seconds(PROMPTS[key].text(spoken))
    return total

"""`python -m speech adapt`: teach a model place names, slang and corrected sentences."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from speech import models
from speech.adaptation.origin import Origin
from speech.cli.options import model_option, models_dir_option, reported

if TYPE_CHECKING:
    from speech.adaptation.model import LanguageModel
    from speech.adaptation.text import Text

_HELD_OUT = 10  # one line in so many is kept back to measure on
_TRIED = (0.01, 0.03, 0.1, 0.3)
_NAMED = 20  # unknown words that are shown


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@model_option
@models_dir_option
@click.option(
    "--weight",
    type=click.FloatRange(0, 0.9, min_open=True),
    default=0.1,  # docs/speech.md has the measurements
    show_default=True,
    help="The part of these phrases in what the model expects to hear.",
)
@click.option("--dry-run", is_flag=True, help="Only say what the phrases would change, for several weights.")
def adapt(files: tuple[Path, ...], model: str | None, models_dir: Path, weight: float, dry_run: bool) -> None:
    """Make a model that expects the phrases of FILES: UTF-8 text, a phrase or sentence a line.

    The model asked for, or the one in use, is left as it is; the new one is installed beside it and used from now
    on. Words that it does not know cannot be taught; they are named.
    """
    from speech.adaptation import folder, text  # numpy is not for --help
    from speech.adaptation.counts import count
    from speech.adaptation.merge import adapt as adapted
    from speech.adaptation.model import LanguageModel

    with reported(), _steps(4) as step:
        lines = text.read_lines(files)
        found = models.locate(model, models_dir)
        step("reading the model")
        fst, numbers = folder.base_language_model(found)
        base = LanguageModel(fst)
        learned = text.in_words(lines, numbers)
        if dry_run:
            step("measuring")
            said = _measured(base, learned)
        else:
            step("counting")
            counts = count(learned.phrases, base.order)
            step("building")
            new = adapted(base, counts, weight)
            step("writing")
            about = _origin(folder.base_name(found), weight, learned)
            made = folder.make(found, new, about, models_dir)
            models.use(made.name, models_dir)
            said = [
                _perplexities(base, LanguageModel(new), learned),
                f"{made.name} is installed in {made.path} and in use for {made.language}",
                f"to go back: python -m speech model use {about.base}",
            ]
    click.echo("\n".join([*_read(learned), *said]))
    if found.is_demonstration:
        click.echo(
            f"note: {found.name} was trained on synthetic speech only; so is what is made of it", err=True
        )


def _origin(base: str, weight: float, learned: Text) -> Origin:
    return Origin(
        base=base,
        made=date.today().isoformat(),  # noqa: DTZ011 - the day on this machine's calendar
        weight=weight,
        lines=learned.lines,
        words=sum(map(len, learned.phrases)),
        unknown_words=len(learned.unknown),
    )


def _read(learned: Text) -> list[str]:
    said = [f"{learned.lines:,} lines, {sum(map(len, learned.phrases)):,} words"]
    if learned.unknown:
        often = [word for word, _ in learned.unknown.most_common(_NAMED)]
        more = ", ..." if len(learned.unknown) > _NAMED else ""
        said.append(f"{len(learned.unknown):,} words the model does not know: {', '.join(often)}{more}")
    return said


def _measured(base: LanguageModel, learned: Text) -> list[str]:
    """Perplexity of phrases that were kept back, learning the others with several weights."""
    from speech.adaptation.counts import count
    from speech.adaptation.merge import adapt as adapted
    from speech.adaptation.model import LanguageModel

    kept_back = learned.phrases[::_HELD_OUT]
    rest = [phrase for at, phrase in enumerate(learned.phrases) if at % _HELD_OUT]
    counts = count(rest or kept_back, base.order)
    said = [
        f"perplexity of one phrase in {_HELD_OUT}, learning the others: {base.perplexity(kept_back):.0f} now"
    ]
    for weight in _TRIED:
        after = LanguageModel(adapted(base, counts, weight)).perplexity(kept_back)
        said.append(f"  --weight {weight:<5} {after:.0f}")
    return said


def _perplexities(base: LanguageModel, new: LanguageModel, learned: Text) -> str:
    before, after = base.perplexity(learned.phrases), new.perplexity(learned.phrases)
    return f"perplexity of these phrases: {before:.0f} before, {after:.0f} now"


@contextmanager
def _steps(length: int) -> Iterator[Callable[[str], None]]:
    """A bar on a terminal, with the name of what is being done."""
    hidden = not sys.stderr.isatty()
    with click.progressbar(
        length=length, file=sys.stderr, hidden=hidden, item_show_func=lambda name: name
    ) as bar:
        yield lambda name: bar.update(1, name)

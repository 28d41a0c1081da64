"""Count the words of the training messages: `python -m training.words` writes hotline/data/words_vi.json.

How often a word stands tells how to take apart what was run together (`hotline/rules/spelling.py`) and how much it
says that two tips share it (`hotline/rules/similarity.py`).
"""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from hotline.rules.text import WORD, fold
from training.messages import Message, load

OUT = Path(__file__).parents[1] / "hotline" / "data" / "words_vi.json"
# A word of fewer messages may be a slip or a name.
SEEN_IN = 3
NOTE = (
    "In how many of the training messages a folded word stands. By `python -m training.words`; never by hand."
)


def count(messages: Iterable[Message]) -> dict[str, object]:
    """Folded words with the number of messages each stands in, and of messages in all."""
    counts: Counter[str] = Counter()
    total = 0
    for message in messages:
        total += 1
        counts.update({fold(match.group()) for match in WORD.finditer(message.text)})
    return {
        "note": NOTE,
        "messages": total,
        "words": {word: times for word, times in sorted(counts.items()) if times >= SEEN_IN},
    }


def main() -> None:
    """The command."""
    OUT.write_text(json.dumps(count(load()), ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Count the words of the training messages: `python -m training.words` writes hotline/data/words_vi.json.

Syllables tell how to take apart what was run together; other words that come again are left as they are.
"""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from hotline.rules.syllables import is_folded
from hotline.rules.text import WORD, fold
from training.messages import Message, load

OUT = Path(__file__).parents[1] / "hotline" / "data" / "words_vi.json"
# A foreign word of fewer messages may be a slip.
SEEN_IN = 3
NOTE = "Counted in training/messages by `python -m training.words`; never by hand."


def count(messages: Iterable[Message]) -> dict[str, object]:
    """Folded syllables with how often each stands, and other words of several messages."""
    syllables: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for message in messages:
        words = [fold(match.group()) for match in WORD.finditer(message.text)]
        syllables.update(word for word in words if is_folded(word))
        others.update({word for word in words if word.isalpha() and not is_folded(word)})
    return {
        "note": NOTE,
        "syllables": {word: times for word, times in sorted(syllables.items()) if times > 1},
        "others": sorted(word for word, times in others.items() if times >= SEEN_IN),
    }


def main() -> None:
    """The command."""
    OUT.write_text(json.dumps(count(load()), ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

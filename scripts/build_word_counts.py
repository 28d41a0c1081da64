"""Count in how many training messages each folded word stands, for `hotline/rules/similarity.py`.

python scripts/build_word_counts.py
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from hotline.rules.text import search_words
from training.messages import load

TARGET = Path(__file__).parents[1] / "hotline" / "data" / "word_counts_vi.json"
# Rarer words all tell about as much, and names must not be in the file.
LEAST = 12


def main() -> None:
    messages = load()
    counts: Counter[str] = Counter()
    for message in messages:
        counts.update(search_words(message.text)[1])
    kept = {word: count for word, count in sorted(counts.items()) if count >= LEAST}
    found = {
        "note": f"In how many of the training messages a folded word stands; those in fewer than {LEAST} count as "
        "`others`. Built by scripts/build_word_counts.py.",
        "messages": len(messages),
        "others": LEAST // 3,
        "words": kept,
    }
    TARGET.write_text(json.dumps(found, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

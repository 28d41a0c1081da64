"""Taking the numbers that point to a person out of a text, in a form that is read as before."""

import re

from hotline.rules.entities import find_entities

# Nine digits are a tip's code or an old identity card, twelve an identity number, eight to fifteen an account; telephones
# have seven or more. They may be parted by spaces, dots and hyphens.
_LONG = re.compile(r"\d(?:[ .\-]{0,2}\d){6,}")
# As any other telephone; also for a number in words.
TELEPHONE = "0900000000"


def masked(text: str) -> str:
    """The text with other digits in telephones, plates and all long numbers but sums of money."""
    found = find_entities(text)
    spans = [(phone.span.start, phone.span.end, TELEPHONE) for phone in found.phones]
    spans += [(plate.span.start, plate.span.end, "") for plate in found.plates]
    kept = [(sum_.span.start, sum_.span.end) for sum_ in found.money_vnd]
    known = [*((start, end) for start, end, _ in spans), *kept]
    for match in _LONG.finditer(text):
        if all(match.end() <= start or end <= match.start() for start, end in known):
            spans.append((match.start(), match.end(), ""))
    for start, end, digits in sorted(spans, reverse=True):
        text = text[:start] + _other(text[start:end], digits) + text[end:]
    return text


def _other(number: str, digits: str) -> str:
    """The same shape with digits that say nothing: zeros, or those of a telephone; words become its digits."""
    if not any(letter.isdigit() for letter in number):
        return digits or number
    left = iter(digits)
    return "".join(next(left, "0") if letter.isdigit() else letter for letter in number)

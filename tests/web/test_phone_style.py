"""The simulator's page looks like the officers' pages, with the fonts that those serve."""

from __future__ import annotations

import re


def served(client, path: str) -> bytes:
    with client.get(path) as answer:  # a static file stays open until its answer is closed
        assert answer.status_code == 200, path
        return answer.data


def variables(css: str) -> dict[str, str]:
    return dict(re.findall(r"--(ink|line|paper|accent|amber|text): ([^;]+);", css))


def fonts(css: str) -> list[str]:
    return re.findall(r'url\("([^"]+\.woff2)"\)', css)


def test_the_phone_has_the_officers_type_and_colours(client):
    phone = served(client, "/phone/static/phone.css").decode()
    officers = served(client, "/admin/static/app.css").decode()
    assert len(variables(phone)) == 6
    assert variables(phone) == variables(officers)
    assert fonts(phone) == ["/admin/static/" + font for font in fonts(officers)]
    for font in fonts(phone):
        assert served(client, font).startswith(b"wOF2")

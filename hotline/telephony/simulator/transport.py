"""How the simulated provider reaches the hotline: over real HTTP, or into a Flask test client."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

import requests
from flask.testing import FlaskClient

# Twilio, "Webhooks: Connection Overrides": 5 s to connect by default (10 s at most), 15 s in all.
CONNECT_TIMEOUT_S = 5.0
BLOCK = 16 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What a web server answered."""

    status: int
    content_type: str
    body: bytes


class Unreachable(Exception):
    """No answer: nobody listens, the connection broke, or it took too long."""


class Transport(Protocol):
    """Sends one request; parameters go into the body of a POST and are already in the URL of a GET."""

    def request(
        self, method: str, url: str, params: Mapping[str, str], headers: Mapping[str, str], timeout_s: float
    ) -> Answer:
        """Raises Unreachable."""
        ...


class RequestsTransport:
    """Real HTTP, with the time limit on the whole of an answer. Redirects are followed, as Twilio does."""

    def request(
        self, method: str, url: str, params: Mapping[str, str], headers: Mapping[str, str], timeout_s: float
    ) -> Answer:
        """One request on its own connection, ignoring any proxy of the environment."""
        with requests.Session() as session:
            session.trust_env = False
            end = time.monotonic() + timeout_s
            try:
                response = session.request(
                    method,
                    url,
                    data=params if method == "POST" else None,
                    headers=headers,
                    timeout=(min(CONNECT_TIMEOUT_S, timeout_s), timeout_s),
                    stream=True,
                )
                body = b""
                for part in response.iter_content(BLOCK):
                    body += part
                    if time.monotonic() > end:
                        raise requests.Timeout
            except requests.RequestException as error:
                raise Unreachable(f"{urlsplit(url).netloc} did not answer: {type(error).__name__}") from error
            return Answer(response.status_code, response.headers.get("Content-Type", ""), body)


class FlaskTransport:
    """Straight into an application through its test client, with the public URL as base."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client

    def request(
        self, method: str, url: str, params: Mapping[str, str], headers: Mapping[str, str], timeout_s: float
    ) -> Answer:
        """One request; nothing can time out here."""
        parts = urlsplit(url)
        response = self._client.open(
            parts.path or "/",
            method=method,
            base_url=f"{parts.scheme}://{parts.netloc}",
            query_string=parts.query,
            data=dict(params) if method == "POST" else None,
            headers=dict(headers),
        )
        return Answer(response.status_code, response.headers.get("Content-Type", ""), response.get_data())

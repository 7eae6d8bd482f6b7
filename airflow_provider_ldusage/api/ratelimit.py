"""How long to wait before asking LaunchDarkly again: pure arithmetic over the headers of an answer.

The "Rate limiting" chapter of https://launchdarkly.com/docs/api: limits hold for windows of ten seconds, are not
published, and any of the headers may be missing. ``X-Ratelimit-Reset`` (shared by the account's and the route's
limit) and ``X-Ratelimit-Auth-Token-Reset`` are epoch **milliseconds**; ``Retry-After`` is **seconds**, or by
RFC 9110 an HTTP date. Values that make no sense count as missing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timezone
from email.utils import parsedate_to_datetime
from random import Random

SHARED_RESET = "x-ratelimit-reset"
TOKEN_RESET = "x-ratelimit-auth-token-reset"
REMAINING: Mapping[str, str] = {
    "x-ratelimit-global-remaining": SHARED_RESET,
    "x-ratelimit-route-remaining": SHARED_RESET,
    "x-ratelimit-auth-token-remaining": TOKEN_RESET,
}

# LaunchDarkly's windows are ten seconds. A reset more than a day away is another unit or another clock.
LONGEST_WAIT = 86_400.0
LONGEST_BACKOFF = 64.0
LONGEST_TROUBLE_BACKOFF = 30.0

_NUMBER = re.compile(r"[0-9]{1,18}(\.[0-9]{0,9})?", re.ASCII)


def wait_seconds(status: int | None, headers: Mapping[str, str], now_ms: float, attempt: int, rng: Random) -> float:
    """Seconds to wait before the next try; never negative, never much more than a day.

    After a 429: until the latest of the limits that can have been the cause has lifted, and about a second more,
    so that tasks which were stopped together do not come back together; without a usable header a backoff of 1-2 s,
    2-4 s, 4-8 s ..., which outlasts LaunchDarkly's window with its fourth wait at the latest. After anything else:
    full jitter over 1, 2, 4, ... 30 s, or ``Retry-After`` where that is longer.

    :param status: HTTP status; None for no answer at all
    :param headers: headers of the answer, in any case
    :param now_ms: this machine's clock, epoch milliseconds
    :param attempt: how many waits for the same cause went before, from 0
    :param rng: source of the jitter
    """
    values = _lowered(headers)
    now = _server_now(values, now_ms)
    exponent = max(0, min(attempt, 10))
    demanded = _retry_after(values, now)
    if status != 429:
        backoff = rng.uniform(0.0, min(LONGEST_TROUBLE_BACKOFF, 2.0**exponent))
        return max(backoff, demanded)
    for reset in {REMAINING[name] for name in REMAINING if not _number(values.get(name))}:
        demanded = max(demanded, _until(values.get(reset), now))
    if demanded > 0:
        return demanded + rng.uniform(0.5, 1.5)
    return min(LONGEST_BACKOFF, rng.uniform(1.0, 2.0) * 2.0**exponent)


def remaining(headers: Mapping[str, str], now_ms: float) -> tuple[int, float] | None:
    """The smallest of the Remaining values, and the seconds until it is reset (0 where unknown or past).

    Where several limits are equally near, the latest reset of them. None if no header tells.
    """
    values = _lowered(headers)
    now = _server_now(values, now_ms)
    left = {name: number for name in REMAINING if (number := _number(values.get(name))) is not None}
    if not left:
        return None
    least = min(left.values())
    return int(least), max(_until(values.get(REMAINING[name]), now) for name in left if left[name] == least)


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _number(text: str | None) -> float | None:
    text = (text or "").strip()
    return float(text) if _NUMBER.fullmatch(text) else None


def _until(epoch_ms: str | None, now_ms: float) -> float:
    """Seconds from now to a reset; 0 if there is none, it is past, or too far to be one."""
    moment = _number(epoch_ms)
    seconds = 0.0 if moment is None else (moment - now_ms) / 1000
    return seconds if 0 < seconds <= LONGEST_WAIT else 0.0


def _retry_after(values: Mapping[str, str], now_ms: float) -> float:
    """Seconds that ``Retry-After`` demands; 0 if it demands nothing that makes sense."""
    text = values.get("retry-after")
    seconds = _number(text)
    if seconds is None:
        moment = _http_date_ms(text)
        seconds = 0.0 if moment is None else (moment - now_ms) / 1000
    return seconds if 0 < seconds <= LONGEST_WAIT else 0.0


def _server_now(values: Mapping[str, str], now_ms: float) -> float:
    """The server's clock where its ``Date`` is believable: resets are moments of that clock, not of this machine's."""
    moment = _http_date_ms(values.get("date"))
    return moment if moment is not None and abs(moment - now_ms) <= LONGEST_WAIT * 1000 else now_ms


def _http_date_ms(text: str | None) -> float | None:
    text = (text or "").strip()
    if not text or len(text) > 64:
        return None
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp() * 1000
    except (ValueError, TypeError, OverflowError, IndexError, AttributeError):
        return None

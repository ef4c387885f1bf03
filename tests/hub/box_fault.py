"""Bad weather on demand: what a server may do to a request."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class BoxFault:
    """Something that goes wrong for some requests.

    Args:
        kind: str. "status" (answer `status`), "drop" (close without doing
            anything), "lost" (do what is asked, then close without an answer),
            "truncate" (close in the middle of the body), "short" (a body of half the
            size that claims to be whole), "flip" (one bit of the body is wrong), "page"
            (an HTML page instead of the file), "call" (run `action`, then answer as
            usual).
        path: str. Regular expression searched in the request path.
        methods: tuple of str. Methods it applies to.
        times: int or None. How many requests it spoils; None means all.
        status: int. For "status".
        headers: dict. More headers, for "status".
        action: callable or None. For "call".
    """

    kind: str
    path: str = ""
    methods: tuple[str, ...] = ("GET",)
    times: int | None = None
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    action: Callable[[], None] | None = None
    hits: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def takes(self, method: str, path: str) -> bool:
        """Return whether this request is spoiled, and count it."""
        if method not in self.methods or not re.search(self.path, path):
            return False
        with self._lock:
            if self.times is not None and self.hits >= self.times:
                return False
            self.hits += 1
        return True

    def spoil(self, body: bytes) -> bytes:
        """Return the body that is sent instead of the right one."""
        if self.kind == "flip" and body:
            middle = len(body) // 2
            wrong = bytes([body[middle] ^ 1])
            return body[:middle] + wrong + body[middle + 1 :]
        if self.kind == "page":
            return b"<html><body>Please log in.</body></html>"
        if self.kind == "short":
            return body[: len(body) // 2]
        return body

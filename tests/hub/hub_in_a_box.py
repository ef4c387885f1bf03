"""A Hugging Face Hub on this computer, for tests: the real client talks to it.

Only the standard library. It serves models: listing, download (with redirects, ranges
and a second host for large files), upload by Git LFS, commits with a checked parent,
branches, tags, tokens, private and gated repositories; and it fails on demand.

    with HubInABox() as hub:
        commit = hub.add("alice/model", {"config.json": b"{}"})
        os.environ["HF_ENDPOINT"] = hub.url
"""

import contextlib
import json
import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import box_routes
from box_fault import BoxFault
from box_repository import BoxRepository


class HubInABox:
    """The server: start it as a context manager.

    Attributes:
        url: str. The endpoint.
        repositories: dict. Name to `BoxRepository`.
        tokens: dict. Token to user name.
        faults: list of `BoxFault`. The first that fits spoils a request.
        requests: list of (method, path) of all requests.
        leaked_tokens: list of str. Tokens that reached the second host; must be empty.
    """

    def __init__(self) -> None:
        self.repositories: dict[str, BoxRepository] = {}
        self.tokens = {"token-alice": "alice", "token-bob": "bob"}
        self.large_files: dict[str, bytes] = {}
        self.faults: list[BoxFault] = []
        self.requests: list[tuple[str, str]] = []
        self.leaked_tokens: list[str] = []
        self.lock = threading.RLock()
        self.connections: list[socket.socket] = []
        handler = type("Handler", (_Handler,), {"hub": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        # Another name of this computer, so that the client takes it for another host.
        self.large_file_url = f"http://localhost:{self.port}"

    def __enter__(self) -> "HubInABox":
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}
        )
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        """Stop answering; connections are refused from now on."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            for connection in self.connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def add(
        self,
        name: str,
        files: dict[str, bytes] | str | Path,
        *,
        branch: str = "main",
        tag: str | None = None,
        private: bool = False,
        gated: bool = False,
    ) -> str:
        """Commit files (a dict or a folder) to a repository; return the commit id."""
        if not isinstance(files, dict):
            folder = Path(files)
            files = {
                path.relative_to(folder).as_posix(): path.read_bytes()
                for path in folder.rglob("*")
                if path.is_file()
            }
        repository = self.repositories.setdefault(name, BoxRepository(name))
        repository.private, repository.gated = private, gated
        oid = repository.commit(files, "added", branch)
        if tag:
            repository.tags[tag] = oid
        return oid

    def fail(self, kind: str, path: str = "", **options) -> BoxFault:
        """Make requests fail; see `BoxFault`."""
        fault = BoxFault(kind, path, **options)
        self.faults.append(fault)
        return fault

    def downloads(self) -> list[str]:
        """Return the names of the files whose content was asked for, in order."""
        names = []
        for method, path in self.requests:
            match = re.match(r"/(?:api/resolve-cache/models|large)/(.*)", path)
            if method == "GET" and match:
                names.append(match[1].split("?")[0].split("/", 3)[3])
        return names


class _Handler(BaseHTTPRequestHandler):
    """Reads a request, applies faults, and sends what the routes answer."""

    hub: HubInABox
    protocol_version = "HTTP/1.1"
    # Headers and body are two writes; together they would wait 40 ms for an answer.
    disable_nagle_algorithm = True

    def setup(self) -> None:
        """Note the connection: clients keep it open and would outlive the server."""
        super().setup()
        self.hub.connections.append(self.connection)

    def log_message(self, *_) -> None:
        """Be quiet: a test reads `HubInABox.requests` instead."""

    def _serve(self) -> None:
        body = self._read_body()
        self.hub.requests.append((self.command, self.path))
        self._fault = next(
            (f for f in self.hub.faults if f.takes(self.command, self.path)), None
        )
        if self._fault is not None:
            if self._fault.kind == "drop":
                self.close_connection = True
                return
            if self._fault.kind == "status":
                answer = {"error": f"injected {self._fault.status}"}
                self.answer_json(answer, self._fault.status, self._fault.headers)
                return
            if self._fault.kind == "call":
                self._fault.action()
        parts = urlsplit(self.path)
        request = box_routes.Request(
            method=self.command,
            path=parts.path,
            query={k: v[0] for k, v in parse_qs(parts.query).items()},
            headers=self.headers,
            body=body,
        )
        with self.hub.lock:
            answer = box_routes.answer(self.hub, request)
        if self._fault is not None and self._fault.kind == "lost":
            self.close_connection = True
            return
        self.send_answer(answer.status, answer.headers, answer.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer_json(self, data, status=200, headers=None) -> None:
        headers = {"Content-Type": "application/json", **(headers or {})}
        self.send_answer(status, headers, json.dumps(data).encode())

    def send_answer(self, status: int, headers: dict, body: bytes) -> None:
        kind = self._fault.kind if self._fault else ""
        if status in (200, 206):
            body = self._fault.spoil(body) if self._fault else body
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        # The answer to HEAD tells the size of what GET would send.
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        if kind == "truncate":
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command == "HEAD":
            return
        if kind == "truncate":
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        else:
            self.wfile.write(body)

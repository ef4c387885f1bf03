"""The calls of the Hub's HTTP interface that the client makes, one function each."""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from urllib.parse import parse_qs, quote, unquote

from box_repository import BoxCommit, BoxFile, BoxRepository, is_large

NAME = r"(?P<name>[^/]+/[^/]+)"
REVISION = r"(?P<revision>[^/]+)"
_ROUTES: list[tuple[str, re.Pattern, Callable]] = []


@dataclass
class Request:
    """One HTTP request, already read."""

    method: str
    path: str
    query: dict[str, str]
    headers: Message
    body: bytes

    @property
    def token(self) -> str | None:
        value = self.headers.get("Authorization", "")
        return value.removeprefix("Bearer ") or None

    def json(self):
        return json.loads(self.body)


@dataclass
class Answer:
    """One HTTP answer, not yet sent."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """An answer other than success."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        headers = {"X-Error-Message": message, "Content-Type": "application/json"}
        if code:
            headers["X-Error-Code"] = code
        body = json.dumps({"error": message}).encode()
        self.answer = Answer(status, body, headers)


def route(methods: str, pattern: str):
    """Register a function for a path."""

    def register(function):
        for method in methods.split():
            _ROUTES.append((method, re.compile(pattern), function))
        return function

    return register


def answer(hub, request: Request) -> Answer:
    """Find the route of a request and run it."""
    for method, pattern, function in _ROUTES:
        match = pattern.fullmatch(request.path)
        if method == request.method and match:
            try:
                groups = {k: unquote(v or "") for k, v in match.groupdict().items()}
                result = function(hub, request, **groups)
            except Refusal as refusal:
                return refusal.answer
            if isinstance(result, Answer):
                return result
            headers = {"Content-Type": "application/json"}
            return Answer(200, json.dumps(result).encode(), headers)
    return Refusal(404, f"no route for {request.method} {request.path}").answer


def user_of(hub, request: Request) -> str | None:
    """Return the user of the token; refuse a token nobody has."""
    if request.token is None:
        return None
    if request.token not in hub.tokens:
        raise Refusal(401, "Invalid credentials in Authorization header")
    return hub.tokens[request.token]


def readable(hub, request: Request, name: str, *, content=False) -> BoxRepository:
    """Return a repository the user may see."""
    user = user_of(hub, request)
    repository = hub.repositories.get(name)
    is_owner = repository is not None and user == repository.owner
    known = is_owner or (repository is not None and user in repository.readers)
    if repository is None or (repository.private and not known):
        status = 401 if user is None else 404
        raise Refusal(status, "Repository not found", "RepoNotFound")
    if content and repository.gated and not known:
        message = f"Access to model {name} is restricted."
        raise Refusal(401 if user is None else 403, message, "GatedRepo")
    return repository


def writable(hub, request: Request, name: str) -> BoxRepository:
    """Return a repository the user may change."""
    repository = readable(hub, request, name)
    user = user_of(hub, request)
    if user is None:
        raise Refusal(401, "Invalid username or password.")
    if user != repository.owner:
        raise Refusal(403, f"Forbidden: you are not allowed to write to {name}.")
    return repository


def commit_of(repository: BoxRepository, revision: str) -> BoxCommit:
    """Return a commit, or refuse."""
    commit = repository.find(revision or "main")
    if commit is None:
        raise Refusal(404, f"Invalid rev id: {revision}", "RevisionNotFound")
    return commit


@route("GET", "/api/whoami-v2")
def who_am_i(hub, request):
    user = user_of(hub, request)
    if user is None:
        raise Refusal(401, "Invalid username or password.")
    return {"type": "user", "name": user, "orgs": [], "auth": {"type": "access_token"}}


@route("POST", "/api/repos/create")
def create_repository(hub, request):
    wanted, user = request.json(), user_of(hub, request)
    if user is None:
        raise Refusal(401, "Invalid username or password.")
    name = f"{wanted.get('organization') or user}/{wanted['name']}"
    if name.split("/")[0] != user:
        message = f'You don\'t have the rights to create a model under "{name}"'
        raise Refusal(403, message)
    if name in hub.repositories:
        refusal = Refusal(409, "You already created this model repo")
        url = json.dumps({"error": "exists", "url": f"{hub.url}/{name}"}).encode()
        refusal.answer.body = url
        raise refusal
    private = wanted.get("visibility") == "private" or bool(wanted.get("private"))
    repository = hub.repositories[name] = BoxRepository(name, private)
    repository.commit({".gitattributes": b"*.safetensors filter=lfs\n"}, "initial")
    return {"url": f"{hub.url}/{name}", "name": name, "id": name}


@route("GET", rf"/api/models/{NAME}(?:/revision/{REVISION})?")
def model_info(hub, request, name, revision):
    repository = readable(hub, request, name)
    commit = commit_of(repository, revision)
    siblings = []
    for path, file in sorted(commit.files.items()):
        entry = {"rfilename": path}
        if request.query.get("blobs"):
            entry |= {"size": len(file.data), "blobId": file.blob_id}
            if file.large:
                size = len(file.data)
                entry["lfs"] = {"sha256": file.sha256, "size": size, "pointerSize": 130}
        siblings.append(entry)
    return {
        "_id": name,
        "id": name,
        "sha": commit.oid,
        "siblings": siblings,
        "private": repository.private,
        "gated": "auto" if repository.gated else False,
        "tags": [],
        "downloads": 0,
        "likes": 0,
    }


@route("GET", rf"/api/models/{NAME}/tree/{REVISION}(?:/(?P<folder>.*))?")
def tree(hub, request, name, revision, folder):
    commit = commit_of(readable(hub, request, name), revision)
    return [
        _tree_entry(path, file)
        for path, file in sorted(commit.files.items())
        if not folder or path.startswith(f"{folder}/")
    ]


@route("POST", rf"/api/models/{NAME}/paths-info/{REVISION}")
def paths_info(hub, request, name, revision):
    commit = commit_of(readable(hub, request, name), revision)
    paths = parse_qs(request.body.decode()).get("paths", [])
    return [_tree_entry(p, commit.files[p]) for p in paths if p in commit.files]


def _tree_entry(path: str, file: BoxFile) -> dict:
    size = len(file.data)
    entry = {"type": "file", "oid": file.blob_id, "size": size, "path": path}
    if file.large:
        entry["lfs"] = {"oid": file.sha256, "size": size, "pointerSize": 130}
    return entry


@route("GET", rf"/api/models/{NAME}/refs")
def refs(hub, request, name):
    repository = readable(hub, request, name)

    def listed(kind: str, references: dict[str, str]) -> list[dict]:
        return [
            {"name": n, "ref": f"refs/{kind}/{n}", "targetCommit": oid}
            for n, oid in references.items()
        ]

    return {
        "branches": listed("heads", repository.branches),
        "tags": listed("tags", repository.tags),
        "converts": [],
    }


@route("GET", rf"/api/models/{NAME}/commits/{REVISION}")
def commits(hub, request, name, revision):
    repository = readable(hub, request, name)
    commit, history = commit_of(repository, revision), []
    while commit is not None:
        date = "2026-01-01T00:00:00.000Z"
        entry = {"id": commit.oid, "title": commit.message, "message": ""}
        history.append({**entry, "date": date, "authors": []})
        commit = repository.commits.get(commit.parent or "")
    return history


@route("POST", rf"/api/models/{NAME}/(?P<kind>branch|tag)/{REVISION}")
def create_reference(hub, request, name, kind, revision):
    repository = writable(hub, request, name)
    wanted = request.json() if request.body else {}
    if kind == "tag":
        references, reference = repository.tags, wanted["tag"]
        start = revision
    else:
        references, reference = repository.branches, revision
        start = wanted.get("startingPoint") or "main"
    if reference in references:
        raise Refusal(409, f"Reference already exists: {reference}")
    references[reference] = commit_of(repository, start).oid
    return {}


@route("DELETE", rf"/api/models/{NAME}/(?P<kind>branch|tag)/{REVISION}")
def delete_reference(hub, request, name, kind, revision):
    repository = writable(hub, request, name)
    references = repository.tags if kind == "tag" else repository.branches
    if references.pop(revision, None) is None:
        raise Refusal(404, f"no such {kind}", "RevisionNotFound")
    return {}


@route("POST", "/api/validate-yaml")
def validate_yaml(hub, request):
    content = request.json()["content"]
    if not content.startswith("---\n"):
        return {"warnings": [{"message": "empty or missing yaml metadata"}]}
    return {"warnings": [], "errors": []}


@route("POST", rf"/api/models/{NAME}/preupload/{REVISION}")
def preupload(hub, request, name, revision):
    repository = writable(hub, request, name)
    commit = commit_of(repository, revision)
    files = []
    for wanted in request.json()["files"]:
        path, sample = wanted["path"], base64.b64decode(wanted["sample"])
        mode = "lfs" if is_large(path, sample) else "regular"
        entry = {"path": path, "uploadMode": mode, "shouldIgnore": False}
        if path in commit.files:
            entry["oid"] = commit.files[path].etag
        files.append(entry)
    return {"files": files, "commitOid": commit.oid}


@route("POST", rf"/{NAME}\.git/info/lfs/objects/batch")
def large_file_batch(hub, request, name):
    writable(hub, request, name)
    objects = []
    for wanted in request.json()["objects"]:
        entry = {"oid": wanted["oid"], "size": wanted["size"]}
        if wanted["oid"] not in hub.large_files:
            url = f"{hub.large_file_url}/large-upload/{wanted['oid']}"
            check = f"{hub.url}/{name}.git/info/lfs/verify"
            entry["actions"] = {"upload": {"href": url}, "verify": {"href": check}}
        objects.append(entry)
    return {"transfer": "basic", "objects": objects}


@route("PUT", "/large-upload/(?P<oid>[0-9a-f]{64})")
def upload_large_file(hub, request, oid):
    if hashlib.sha256(request.body).hexdigest() != oid:
        raise Refusal(400, "wrong sha256")
    hub.large_files[oid] = request.body
    return Answer(200, b"", {"ETag": f'"{oid}"'})


@route("POST", rf"/{NAME}\.git/info/lfs/verify")
def verify_large_file(hub, request, name):
    wanted = request.json()
    if len(hub.large_files.get(wanted["oid"], b"")) != wanted["size"]:
        raise Refusal(404, "no such object")
    return {}


@route("POST", rf"/api/models/{NAME}/commit/{REVISION}")
def create_commit(hub, request, name, revision):
    repository = writable(hub, request, name)
    if revision not in repository.branches:
        raise Refusal(404, f"Invalid rev id: {revision}", "RevisionNotFound")
    files: dict[str, bytes | BoxFile | None] = {}
    message = ""
    head = repository.commits[repository.branches[revision]]
    for line in request.body.splitlines():
        item = json.loads(line)
        key, value = item["key"], item["value"]
        if key == "header":
            message = value["summary"]
            if value.get("parentCommit") not in (None, head.oid):
                raise Refusal(412, "A commit has happened since. Please refresh.")
        elif key == "file":
            files[value["path"]] = BoxFile(base64.b64decode(value["content"]), False)
        elif key == "lfsFile":
            if value["oid"] not in hub.large_files:
                raise Refusal(400, f"LFS object {value['oid']} does not exist")
            files[value["path"]] = BoxFile(hub.large_files[value["oid"]], True)
        elif key == "deletedFile":
            files[value["path"]] = None
        elif key == "deletedFolder":
            for path in head.files:
                if path.startswith(value["path"].rstrip("/") + "/"):
                    files[path] = None
    oid = repository.commit(files, message, revision)
    url = f"{hub.url}/{name}/commit/{oid}"
    return {"success": True, "commitOid": oid, "commitUrl": url, "hookOutput": ""}


@route("GET HEAD", rf"/{NAME}/resolve/{REVISION}/(?P<path>.+)")
def resolve(hub, request, name, revision, path):
    repository = readable(hub, request, name, content=True)
    commit = commit_of(repository, revision)
    file = commit.files.get(path)
    headers = {"X-Repo-Commit": commit.oid, "Accept-Ranges": "bytes"}
    if file is None:
        refusal = Refusal(404, "Entry not found", "EntryNotFound")
        refusal.answer.headers |= headers
        raise refusal
    place = f"{quote(name)}/{commit.oid}/{quote(path)}"
    if file.large:
        headers |= {
            "X-Linked-Etag": f'"{file.sha256}"',
            "X-Linked-Size": str(len(file.data)),
            "Location": f"{hub.large_file_url}/large/{place}",
        }
        return Answer(302, b"", headers)
    if repository.private:
        return _content(request, file, headers)
    headers["Location"] = f"/api/resolve-cache/models/{place}"
    headers |= {"ETag": f'"{file.etag}"'}
    return Answer(307, b"", headers)


@route("GET HEAD", rf"/api/resolve-cache/models/{NAME}/{REVISION}/(?P<path>.+)")
def resolve_cache(hub, request, name, revision, path):
    repository = readable(hub, request, name, content=True)
    commit = commit_of(repository, revision)
    return _content(request, commit.files[path], {"X-Repo-Commit": commit.oid})


@route("GET HEAD", rf"/large/{NAME}/{REVISION}/(?P<path>.+)")
def large_file(hub, request, name, revision, path):
    if request.token:
        hub.leaked_tokens.append(request.token)
    file = hub.repositories[name].commits[revision].files[path]
    return _content(request, file, {})


def _content(request: Request, file: BoxFile, headers: dict[str, str]) -> Answer:
    headers = {**headers, "ETag": f'"{file.etag}"', "Accept-Ranges": "bytes"}
    size = len(file.data)
    match = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range", ""))
    if not match:
        if request.method == "HEAD":
            return Answer(200, b"", {**headers, "Content-Length": str(size)})
        return Answer(200, file.data, headers)
    start, stop = int(match[1]), min(int(match[2] or size - 1) + 1, size)
    if start >= size:
        return Answer(416, b"", {**headers, "Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    return Answer(206, file.data[start:stop], headers)

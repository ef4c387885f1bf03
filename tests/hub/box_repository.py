"""What a Hub remembers of one repository: commits, branches, tags, files."""

import hashlib
import secrets
from dataclasses import dataclass, field

_LARGE_SUFFIXES = (".safetensors", ".h5", ".npz", ".bin", ".spm", ".png")


@dataclass(frozen=True)
class BoxFile:
    """One file of a commit."""

    data: bytes
    large: bool

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def blob_id(self) -> str:
        """The git id of what git stores: the content, or a pointer to it."""
        content = self.pointer if self.large else self.data
        return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()

    @property
    def pointer(self) -> bytes:
        return (
            "version https://git-lfs.github.com/spec/v1\n"
            f"oid sha256:{self.sha256}\nsize {len(self.data)}\n"
        ).encode()

    @property
    def etag(self) -> str:
        return self.sha256 if self.large else self.blob_id

    @classmethod
    def of(cls, name: str, data: bytes) -> "BoxFile":
        return cls(data, is_large(name, data))


def is_large(name: str, sample: bytes) -> bool:
    """Whether the Hub would keep a file outside git."""
    return name.endswith(_LARGE_SUFFIXES) or b"\0" in sample


@dataclass(frozen=True)
class BoxCommit:
    """A commit: all its files, its parent, and its message."""

    oid: str
    files: dict[str, BoxFile]
    parent: str | None
    message: str


@dataclass
class BoxRepository:
    """One repository with its history and its access rules."""

    name: str
    private: bool = False
    gated: bool = False
    commits: dict[str, BoxCommit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    readers: set[str] = field(default_factory=set)

    def commit(
        self, files: dict[str, bytes | BoxFile | None], message="", branch="main"
    ) -> str:
        """Add a commit that sets (bytes) or deletes (None) files; return its id."""
        parent = self.branches.get(branch)
        tree = dict(self.commits[parent].files) if parent else {}
        for name, data in files.items():
            if data is None:
                tree.pop(name, None)
            else:
                tree[name] = (
                    data if isinstance(data, BoxFile) else BoxFile.of(name, data)
                )
        oid = secrets.token_hex(20)
        self.commits[oid] = BoxCommit(oid, tree, parent, message)
        self.branches[branch] = oid
        return oid

    def find(self, revision: str) -> BoxCommit | None:
        """Return the commit of a branch, tag or commit id."""
        oid = self.branches.get(revision) or self.tags.get(revision) or revision
        return self.commits.get(oid)

    @property
    def owner(self) -> str:
        return self.name.split("/")[0]

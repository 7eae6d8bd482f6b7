"""A destination as a few operations on whole objects. What differs between stores is a class for each:

    Store (protocol)
    ├── LocalStore          a folder; files are swapped under a lock
    └── ObjectStore         any other fsspec filesystem; objects are compared before they are swapped
        ├── AzureStore      swaps on If-Match and If-None-Match
        └── RangedStore     sends the end of an object alone
            ├── S3Store     swaps on If-Match and If-None-Match
            └── GoogleStore swaps on ifGenerationMatch

Every object appears whole or not at all. Loads list nothing: :meth:`Store.sizes` is for those who look at a lake,
and for tasks that close mapped loads.
:func:`.stores.open_store` chooses the class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

MAX_ROUNDS = 20
"""How often a task looks again where others store the same objects at the same time."""


class Versioned(NamedTuple):
    """An object as it was read.

    :param data: its content
    :param version: the store's name for this very content (S3 and Azure: ETag; Google: generation); empty if the store
        has none, and the content itself is compared
    """

    data: bytes
    version: str = ""


class Dataset(NamedTuple):
    """What lineage tools call a table, by the conventions of https://openlineage.io/docs/spec/naming.

    :param namespace: the store, such as ``s3://lake``
    :param name: the table's place in it, such as ``launchdarkly/events``
    """

    namespace: str
    name: str


class Store(Protocol):
    """Objects below one root, by their names: paths below the root, separated by slashes.

    All methods may be called by several threads. They raise :class:`StoreError` if the store fails or refuses.

    :ivar root: the destination within its filesystem: an absolute path, or ``bucket/prefix``
    :ivar uri: the destination for people, without connection id and credentials
    :ivar parallel: how many writes at a time are worthwhile
    """

    root: str
    uri: str
    parallel: int

    def path(self, name: str) -> str:
        """Return the object's path within its filesystem."""

    def dataset(self, name: str) -> Dataset:
        """Return what lineage tools call a table of this store."""

    def console(self, name: str) -> str:
        """Return the URL of a folder in the store's own console; empty if there is none, or none that is known.

        Asks the store nothing. It may be known only once something else was asked.
        """

    def read(self, name: str) -> bytes | None:
        """Return the object's content, or None if it does not exist."""

    def read_end(self, name: str, size: int) -> bytes | None:
        """Return the last ``size`` bytes, fewer if the object is smaller, or None if it does not exist.

        :param size: at least 1
        """

    def map_reads(self, read: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """Call a function that reads for each item, several at a time where that is faster.

        :return: the results, in the order of the items
        """

    def sizes(self, prefix: str = "") -> dict[str, int]:
        """List the objects below a folder, however deep.

        :param prefix: the folder's name, such as ``_ldusage``; empty: the whole destination
        :return: the name and the size in bytes of each, in the order of their names; nothing if there is no such folder
        """

    def put(self, name: str, data: bytes) -> None:
        """Store an object whole, replacing any that exists. It outlasts a power cut once :meth:`persist` returns."""

    def create(self, name: str, data: bytes) -> bool:
        """Store an object unless it exists. It outlasts a power cut once :meth:`persist` returns.

        Of several tasks that try at once one succeeds, if the store has conditions.

        :return: whether it was stored
        """

    def remove(self, name: str) -> None:
        """Remove an object; one that does not exist is no error. Loads remove nothing: only reports do, what they have
        gathered from ``_ldusage``."""

    def persist(self, names: Iterable[str]) -> None:
        """Return once stored objects outlast a power cut, whichever task has stored them.

        Until then it may undo a write: the object is as it was before, and still whole. Object stores acknowledge
        nothing earlier, so that there is nothing left to do.
        """

    def read_versioned(self, name: str) -> Versioned | None:
        """Return the object and its version, for :meth:`swap`, or None if it does not exist."""

    def swap(self, name: str, data: bytes, before: Versioned | None) -> bool:
        """Store an object if it is still as it was read. It outlasts a power cut.

        On False, read it again, change the result and try again. The change must tolerate being made twice: if the
        response to a write is lost, the client repeats it, finds its own write, and this returns False.

        :param before: the result of :meth:`read_versioned`; None: the object did not exist
        :return: False if another task was first; nothing was written then. A store without conditions overwrites what
            is written at the same moment (docs/stores.md)
        """

    def check(self, name: str | None = None, writes: Iterable[str] = ()) -> bytes | None:
        """Fail now rather than after the download if the destination cannot be read or written to.

        :param name: an object that a finished load leaves behind, such as a table's description. If it does not exist,
            this is a first load, and an object store is written to once; the object is removed again if the connection
            may remove objects. A local disk is tried each time: see :mod:`.mount`.
        :param writes: names of what the load will store; on local disk, each must be writable
        :return: the content of that object; None if it does not exist
        :raises StoreError: naming the bucket, container or folder
        :raises LakeError: the folder's mount cannot hold a lake
        """

    def sweep(self) -> None:
        """Remove temporary files of tasks that died. Object stores have none."""

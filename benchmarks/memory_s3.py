"""S3 on loopback, in memory and quick, as far away as wanted: ``python -m benchmarks.memory_s3`` prints its port.

A server that takes milliseconds of its own for a request hides what waiting costs. This one takes a tenth of one, and
answers s3fs, boto3, pyarrow's S3FileSystem and Rust's object_store (deltalake, Polars) after ``/-/delay?ms=50``;
``/-/counts`` reports what was asked, see :meth:`.waiting_http.Far.control`. Any key is let in, and nothing outlasts the
process.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import urllib.request
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from time import gmtime, strftime, time
from urllib.parse import quote, unquote
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from benchmarks.processes import listening
from benchmarks.waiting_http import Control, Far, Request, Response, serve

REGION = "us-east-1"
XML = {"Content-Type": "application/xml"}
KEPT = re.compile(r"content-type|content-encoding|cache-control|x-amz-meta-.*")
LAST = "\U0010ffff"


@dataclass(frozen=True)
class Object:
    data: bytes
    etag: str
    headers: dict[str, str]
    at: float

    @classmethod
    def of(cls, request: Request, data: bytes) -> Object:
        kept = {name: value for name, value in request.headers.items() if KEPT.fullmatch(name)}
        return cls(data, f'"{hashlib.md5(data).hexdigest()}"', kept, time())

    @property
    def described(self) -> dict[str, str]:
        return {"Last-Modified": formatdate(self.at, usegmt=True), "Accept-Ranges": "bytes", "ETag": self.etag} | {
            name: value for name, value in self.headers.items() if value != "aws-chunked"
        }


@dataclass
class Bucket:
    objects: dict[str, Object] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)

    def put(self, key: str, new: Object) -> None:
        if key not in self.objects:
            insort(self.keys, key)
        self.objects[key] = new

    def delete(self, key: str) -> None:
        if self.objects.pop(key, None):
            del self.keys[bisect_left(self.keys, key)]

    def under(self, prefix: str, after: str, delimiter: str) -> Iterator[tuple[str, bool]]:
        """Keys, and with a delimiter what several of them have in common (True), in order."""
        place = max(bisect_left(self.keys, prefix), bisect_right(self.keys, after))
        while place < len(self.keys) and self.keys[place].startswith(prefix):
            key = self.keys[place]
            cut = key.find(delimiter, len(prefix)) if delimiter else -1
            if cut < 0:
                yield key, False
                place += 1
            else:
                common = key[: cut + len(delimiter)]
                yield common, True
                place = bisect_right(self.keys, common + LAST)


class Refused(Exception):
    """A response that ends a request."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.response = Response(status, f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode(), XML)


class S3:
    """Buckets, and what is done to them."""

    def __init__(self) -> None:
        self.buckets: dict[str, Bucket] = {}
        self.uploads: dict[str, tuple[Request, dict[int, bytes]]] = {}

    def answer(self, request: Request) -> Response:
        name, _, key = request.path.lstrip("/").partition("/")
        doing: dict[str, Callable[[Bucket, str, Request], Response]] = {
            "PUT": self._put, "GET": self._get, "HEAD": self._head, "DELETE": self._delete, "POST": self._post,
        }  # fmt: skip
        try:
            if not name:
                found = "".join(f"<Bucket><Name>{escape(each)}</Name></Bucket>" for each in self.buckets)
                return _xml("ListAllMyBucketsResult", f"<Buckets>{found}</Buckets>")
            if request.method == "PUT" and not key:
                self.buckets.setdefault(name, Bucket())
                return Response(200, headers={"Location": f"/{name}"})
            if name not in self.buckets:
                raise Refused(404, "NoSuchBucket")
            if request.method not in doing:
                raise Refused(405, "MethodNotAllowed")
            return doing[request.method](self.buckets[name], key, request)
        except Refused as error:
            response = error.response  # of a HEAD without the body
            return Response(response.status, length=0) if request.method == "HEAD" else response

    def _put(self, bucket: Bucket, key: str, request: Request) -> Response:
        if upload := request.query.get("uploadId"):
            part = Object.of(request, request.body)
            self._upload(upload)[1][int(request.query["partNumber"])] = request.body
            return Response(headers={"ETag": part.etag})
        _check(bucket.objects.get(key), request)
        if source := request.headers.get("x-amz-copy-source"):
            name, _, other = unquote(source).lstrip("/").partition("/")
            found = self.buckets[name].objects.get(other) if name in self.buckets else None
            if found is None:
                raise Refused(404, "NoSuchKey")
            bucket.put(key, found)
            return _xml("CopyObjectResult", f"<LastModified>{_iso(found.at)}</LastModified><ETag>{found.etag}</ETag>")
        new = Object.of(request, request.body)
        bucket.put(key, new)
        return Response(headers={"ETag": new.etag})

    def _get(self, bucket: Bucket, key: str, request: Request) -> Response:
        if key:
            found = _found(bucket, key, request)
            return _ranged(found, request.headers.get("range", ""))
        if "location" in request.query:
            return _xml("LocationConstraint", "")
        if request.query.keys() & {"uploads", "versions", "acl", "versioning"}:
            raise Refused(501, "NotImplemented")
        return _listed(bucket, request)

    def _head(self, bucket: Bucket, key: str, request: Request) -> Response:
        if not key:
            return Response(headers={"x-amz-bucket-region": REGION}, length=0)
        whole = _ranged(_found(bucket, key, request), request.headers.get("range", ""))
        return Response(whole.status, headers=whole.headers, length=len(whole.body))

    def _delete(self, bucket: Bucket, key: str, request: Request) -> Response:
        self.uploads.pop(request.query.get("uploadId", ""), None)
        if key and "uploadId" not in request.query:
            bucket.delete(key)
        return Response(204)

    def _post(self, bucket: Bucket, key: str, request: Request) -> Response:
        if "delete" in request.query:
            keys = [each.text or "" for each in ElementTree.fromstring(request.body).iter() if _is(each, "Key")]
            for each in keys:
                bucket.delete(each)
            return _xml("DeleteResult", "".join(f"<Deleted><Key>{escape(each)}</Key></Deleted>" for each in keys))
        if "uploads" in request.query:
            upload = f"upload-{len(self.uploads)}-{time()}"
            self.uploads[upload] = (request, {})
            return _xml("InitiateMultipartUploadResult", f"<Key>{escape(key)}</Key><UploadId>{upload}</UploadId>")
        if upload := request.query.get("uploadId", ""):
            _check(bucket.objects.get(key), request)
            begun, parts = self._upload(upload)
            new = Object.of(begun, b"".join(parts[number] for number in sorted(parts)))
            bucket.put(key, new)
            del self.uploads[upload]
            return _xml("CompleteMultipartUploadResult", f"<Key>{escape(key)}</Key><ETag>{escape(new.etag)}</ETag>")
        raise Refused(501, "NotImplemented")

    def _upload(self, upload: str) -> tuple[Request, dict[int, bytes]]:
        if upload not in self.uploads:
            raise Refused(404, "NoSuchUpload")
        return self.uploads[upload]


def _is(element: ElementTree.Element, name: str) -> bool:
    return element.tag.rpartition("}")[2] == name


def _check(before: Object | None, request: Request) -> None:
    """Whether a write's conditions hold."""
    if request.headers.get("if-none-match") == "*" and before is not None:
        raise Refused(412, "PreconditionFailed")
    if wanted := request.headers.get("if-match"):
        if before is None:
            raise Refused(404, "NoSuchKey")
        if before.etag.strip('"') != wanted.strip('"'):
            raise Refused(412, "PreconditionFailed")


def _found(bucket: Bucket, key: str, request: Request) -> Object:
    if (found := bucket.objects.get(key)) is None:
        raise Refused(404, "NoSuchKey")
    if request.headers.get("if-match", found.etag) != found.etag:
        raise Refused(412, "PreconditionFailed")
    if request.headers.get("if-none-match") == found.etag:
        raise Refused(304, "NotModified")
    return found


def _ranged(found: Object, wanted: str) -> Response:
    size = len(found.data)
    if not (match := re.fullmatch(r"bytes=(\d*)-(\d*)", wanted)) or wanted == "bytes=-":
        return Response(200, found.data, found.described)
    first, last = match.groups()
    start = int(first) if first else max(size - int(last), 0)
    end = min(int(last) + 1, size) if first and last else size
    if start >= end:
        raise Refused(416, "InvalidRange")
    headers = found.described | {"Content-Range": f"bytes {start}-{end - 1}/{size}"}
    return Response(206, found.data[start:end], headers)


def _listed(bucket: Bucket, request: Request) -> Response:
    """A page of the first or of the second kind of listing."""
    asked = request.query
    shown = quote if asked.get("encoding-type") == "url" else escape
    limit = min(int(asked.get("max-keys", 1000)), 1000)
    after = next((asked[name] for name in ("continuation-token", "start-after", "marker") if asked.get(name)), "")
    contents: list[str] = []
    common: list[str] = []
    last, whole = "", True
    for name, is_common in bucket.under(asked.get("prefix", ""), after, asked.get("delimiter", "")):
        if len(contents) + len(common) == limit:
            whole = False
            break
        last = name + LAST * is_common
        if is_common:
            common.append(f"<CommonPrefixes><Prefix>{shown(name)}</Prefix></CommonPrefixes>")
        else:
            one = bucket.objects[name]
            contents.append(
                f"<Contents><Key>{shown(name)}</Key><LastModified>{_iso(one.at)}</LastModified><ETag>{one.etag}</ETag>"
                f"<Size>{len(one.data)}</Size><StorageClass>STANDARD</StorageClass></Contents>"
            )
    next_one = "NextContinuationToken" if "list-type" in asked else "NextMarker"
    more = "" if whole else f"<{next_one}>{escape(last)}</{next_one}>"
    head = f"<KeyCount>{len(contents) + len(common)}</KeyCount><MaxKeys>{limit}</MaxKeys>"
    cut = f"<IsTruncated>{str(not whole).lower()}</IsTruncated>"
    kind = f"<EncodingType>{asked['encoding-type']}</EncodingType>" if "encoding-type" in asked else ""
    return _xml("ListBucketResult", "".join([head, cut, kind, more, *contents, *common]))


def _iso(at: float) -> str:
    return strftime("%Y-%m-%dT%H:%M:%S.000Z", gmtime(at))


def _xml(name: str, inner: str) -> Response:
    body = f'<{name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{inner}</{name}>'
    return Response(200, f'<?xml version="1.0" encoding="UTF-8"?>{body}'.encode(), XML)


def kind(request: Request) -> str:
    """LIST for a listing, DELETE also for one of several objects, POST for the steps of an upload in parts."""
    key = request.path.lstrip("/").partition("/")[2]
    if request.method == "GET" and not key:
        return "LIST"
    return "DELETE" if request.method == "POST" and "delete" in request.query else request.method


class Server(Control):
    """A server in a process of its own."""

    def create(self, bucket: str) -> None:
        urllib.request.urlopen(urllib.request.Request(f"{self.endpoint}/{bucket}", method="PUT")).close()


@contextmanager
def running() -> Iterator[Server]:
    with listening("benchmarks.memory_s3") as port:
        yield Server(f"http://127.0.0.1:{port}")


if __name__ == "__main__":
    asyncio.run(serve(Far(S3().answer, kind)))

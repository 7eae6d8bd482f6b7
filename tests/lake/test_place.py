"""One place has one name: spellings that a person takes for the same place are one, or are refused with the reason."""

from __future__ import annotations

import unicodedata
from pathlib import Path, PurePosixPath
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.lake.place import ALIASES, LOCAL, Place

SCHEMES = ["file", "s3", "gs", "abfs", "sftp"]


def place(destination: Any) -> Place:
    return Place.of(destination, lambda scheme: scheme == "sftp")


def storage_path(url: str, conn_id: str | None = None) -> Any:
    """As Airflow's ObjectStoragePath shows itself."""

    class Shown(SimpleNamespace):
        def __str__(self) -> str:
            return url

    scheme, _, path = url.rpartition("://")
    return Shown(protocol=scheme, path=path, conn_id=conn_id)


@pytest.mark.parametrize(
    ("destination", "uri"),
    [
        ("s3://c@bucket//launchdarkly", "s3://bucket/launchdarkly"),
        ("s3://c@bucket/launchdarkly//", "s3://bucket/launchdarkly"),
        ("s3://c@bucket///a//b", "s3://bucket/a/b"),
        ("s3://c@bucket/./a/./b/.", "s3://bucket/a/b"),
        ("s3://c@bucket/", "s3://bucket"),
        ("S3://c@bucket/a", "s3://bucket/a"),
        ("S3A://c@bucket/a", "s3://bucket/a"),
        ("s3n://c@bucket/a", "s3://bucket/a"),
        ("gcs://c@bucket/a", "gs://bucket/a"),
        ("abfss://c@bucket//a", "abfs://bucket/a"),
        ("adl://c@bucket/a", "abfs://bucket/a"),
        ("s3://c@bucket/a b/100%", "s3://bucket/a b/100%"),
        ("file:///data/lake", "file:///data/lake"),
        ("file:////data//lake/./", "file:///data/lake"),
        ("FILE:///data/lake", "file:///data/lake"),
        ("local:///data/lake", "file:///data/lake"),
        ("file:/data/lake", "file:///data/lake"),
        ("file://localhost/data/lake", "file:///data/lake"),
        ("file://c@LOCALHOST/data/lake", "file:///data/lake"),
        ("file:///a b", "file:///a b"),
        ("file:///a%20b", "file:///a b"),
        ("file:///%C3%A9/é", "file:///é/é"),
        ("file:///50%25/%2520", "file:///50%25/%2520"),
        ("file:///a%23b%3Fc", "file:///a%23b%3Fc"),
        (Path("/data/lake"), "file:///data/lake"),
        (Path("/data//a b/"), "file:///data/a b"),
        (Path("/%20/50%/a#b"), "file:///%2520/50%25/a%23b"),
        (storage_path("s3://c@bucket//a/"), "s3://bucket/a"),
        (storage_path("file:///data//a b/50%"), "file:///data/a b/50%25"),
        (storage_path("/data/lake"), "file:///data/lake"),
    ],
)
def test_a_place_has_one_name(destination: Any, uri: str) -> None:
    assert place(destination).uri == uri


@pytest.mark.parametrize(
    ("destination", "reason"),
    [
        ("s3://c@bucket/a%20b", "holds '%20'.*object stores take it as it is"),
        ("s3://c@my%20bucket/a", "holds '%20'.*object stores take it as it is"),
        ("s3://c@bucket/a/../b", r"'\.\.'"),
        ("file:///a/../b", r"'\.\.'"),
        ("file:///a/%2E%2E/b", r"'\.\.'"),
        (Path("/a/../b"), r"'\.\.'"),
        ("file:///100%", "Write '%25'"),
        ("file:///a%2Fb", "no folder's name may hold one"),
        ("file:///a%00b", "unprintable"),
        ("file:///a%0Ab", "unprintable"),
        ("file:///a%5Cb", "backslash"),
        ("file:///a%FF", "not UTF-8"),
        (Path("/a\udcff"), "unprintable"),
        ("s3://c@bucket\\a", "backslash"),
        ("s3://c@bucket/a /b", "a space at the beginning or end of 'a '"),
        ("s3://c@bucket/ a", "a space at the beginning or end of ' a'"),
        ("file:///data/lake%20", "a space at the beginning or end"),
        (Path("/data/lake "), "a space at the beginning or end"),
        ("s3://c@bucket/e\u0301", "composed form"),
        ("file:///e%CC%81", "composed form"),
        (Path("/e\u0301"), "composed form"),
        ("s3://c@bucket/a\u200bb", "unprintable"),
        ("s3://c@bucket/a\u00a0b", r"unprintable.*U\+00A0 \(NO-BREAK SPACE\)"),
        ("file:///a%EF%B8%8Fb", r"invisible.*U\+FE0F \(VARIATION SELECTOR-16\)"),
        ("s3://c\u3164@bucket/a", r"invisible.*U\+3164"),
        ("file:data/lake", "absolute path"),
        ("file://data/lake", "a host"),
        ("file:///", "name a folder"),
        ("file://", "absolute path"),
        (Path("data/lake"), "absolute path"),
        (PurePosixPath(), "absolute path"),
        (storage_path("data/lake"), "absolute path"),
        (storage_path("file:///a%20b"), "read in two ways"),
        ("/data/lake", "Did you mean 'file:///data/lake'?"),
        ("/a b/50%", "Did you mean 'file:///a b/50%25'?"),
        ("s3:/bucket/a", "names no bucket"),
    ],
)
def test_what_may_be_read_in_two_ways_is_refused_with_the_reason(destination: Any, reason: str) -> None:
    with pytest.raises(UsageArgumentError, match=reason):
        place(destination)


INVISIBLE = [
    character
    for first, last in [
        (0x00, 0x1F), (0x7F, 0xA0), (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5),
        (0x180B, 0x180F), (0x2000, 0x200F), (0x2028, 0x202F), (0x205F, 0x206F), (0x2800, 0x2800), (0x3000, 0x3000),
        (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3),
        (0x1D159, 0x1D159), (0x1D173, 0x1D17A), (0xE0001, 0xE0001), (0xE0020, 0xE007F), (0xE0100, 0xE01EF),
    ]
    for character in map(chr, range(first, last + 1))
]  # fmt: skip
"""Controls, blanks but for the plain space, and Unicode's Default_Ignorable_Code_Point."""

names = st.lists(
    st.text(
        st.characters(exclude_categories=("C", "Z"), exclude_characters=[*"/\\?#@:", *INVISIBLE]),
        min_size=1,
        max_size=8,
    ).map(lambda text: unicodedata.normalize("NFC", text)),
    min_size=1,
    max_size=4,
).filter(lambda found: not {".", ".."} & set(found))


def slashes(draw: st.DrawFn) -> str:
    return draw(st.sampled_from(["/", "//", "/./", "///"]))


@st.composite
def spellings(draw: st.DrawFn) -> tuple[str, list[str], Any, Any]:
    """A scheme, names, and two ways in which a person writes that place."""
    scheme, found = draw(st.sampled_from(SCHEMES)), draw(names)
    return scheme, found, spelling(draw, scheme, found), spelling(draw, scheme, found)


def spelling(draw: st.DrawFn, scheme: str, found: list[str]) -> Any:
    if scheme == LOCAL and draw(st.booleans()):
        path = Path("/", *found)
        return draw(st.sampled_from([path, path.as_uri()]))
    alias = draw(st.sampled_from([scheme, *(other for other, same in ALIASES.items() if same == scheme)]))
    start = draw(st.sampled_from([alias, alias.upper(), alias.title()]))
    if scheme == LOCAL:
        hosts = st.sampled_from(["", "//", "//localhost"])
        written = [draw(st.sampled_from([quote(name), quote(name, safe=" é=&()'!")])) for name in found]
        host, end = draw(hosts), draw(st.sampled_from(["", "/", "//", "/."]))
        head = "/" if host == "" else slashes(draw)
        text = f"{start}:{host}{head}{slashes(draw).join(written)}{end}"
    else:
        text = (
            f"{start}://conn@bucket"
            + "".join(slashes(draw) + name for name in found)
            + draw(st.sampled_from(["", "/", "//", "/./"]))
        )
    return draw(st.sampled_from([text, f" {text}", f"{text} \n"]))


@given(spellings())
def test_however_it_is_written_it_is_the_same_place(drawn: tuple[str, list[str], Any, Any]) -> None:
    scheme, found, first, second = drawn
    assume(scheme == LOCAL or not any("%" in name for name in found))
    one, other = place(first), place(second)
    assert (one.uri, one.path) == (other.uri, other.path)
    assert one.path == "/".join(found)


@given(st.sampled_from(SCHEMES), names, names)
def test_two_places_have_two_names(scheme: str, one: list[str], other: list[str]) -> None:
    assume(one != other)
    bucket = "" if scheme == LOCAL else "bucket"
    uris = {Place(scheme, bucket, "/".join(found)).uri for found in (one, other)}
    assert len(uris) == 2


@given(names)
def test_what_as_uri_gives_and_the_name_for_people_both_lead_back(found: list[str]) -> None:
    path = Path("/", *found)
    there = place(path)
    assert place(path.as_uri()) == place(there.uri) == there
    assert f"/{there.path}" == str(path)


@given(st.sampled_from(INVISIBLE), st.sampled_from(SCHEMES))
def test_no_name_holds_what_cannot_be_seen(character: str, scheme: str) -> None:
    """Two names that look the same would be two lakes."""
    name = f"a{character}b"
    spelt: list[Any] = [
        f"{scheme}://{'' if scheme == LOCAL else 'bucket'}/{name}/c",
        storage_path(f"{scheme}:///{name}"),
    ]
    spelt += [f"{scheme}://c{character}d@{'' if scheme == LOCAL else 'bucket'}/c"]
    if scheme == LOCAL:
        spelt += [f"file:///{quote(name)}", Path("/", name)]
    else:
        spelt += [f"{scheme}://{name}/c"]
    for destination in spelt:
        with pytest.raises(UsageArgumentError, match="invisible"):
            place(destination)


@given(st.one_of(st.text(), st.text(st.sampled_from("ab./%2eE0 \\é\u0301~")).map(lambda text: f"file:///{text}"),
                 st.text(st.sampled_from("ab./%2eE0 \\é\u0301~")).map(lambda text: f"s3://c@b/{text}")))  # fmt: skip
def test_any_text_is_refused_or_has_a_name_that_leads_back_to_it(text: str) -> None:
    try:
        found = place(text)
    except UsageArgumentError:
        return
    parts = found.path.split("/") if found.path else []
    assert not {"", ".", ".."} & set(parts)
    assert found.uri.isprintable() and unicodedata.is_normalized("NFC", found.uri)
    assert place(found.uri).uri == found.uri


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("s3://c@bucket/a", {"anon": True}),
        ("s3://bucket/a", {"key": "AKIA", "secret": "SECRET"}),
        ("file:///a", {"auto_mkdir": True}),
        ("/a", {"auto_mkdir": True, "conn_id": None}),
        ("sftp://bucket/a", {"password": "SECRET"}),
    ],
)
def test_options_beside_a_url_are_refused_and_not_dropped(url: str, options: dict[str, Any]) -> None:
    path = storage_path(url)
    path.storage_options = options
    with pytest.raises(UsageArgumentError, match=r"storage_options .*Airflow connection") as caught:
        place(path)
    assert next(iter(options)) in str(caught.value) and "SECRET" not in str(caught.value)


def test_what_the_url_itself_says_is_no_option_beside_it() -> None:
    path = storage_path("sftp://c@bucket/a")
    path.storage_options = {"host": "bucket", "username": "c", "conn_id": "other"}
    assert place(path) == place("sftp://c@bucket/a")


@pytest.mark.parametrize(
    "secret",
    [
        "https://acct.blob.core.windows.net/c?sv=1&sig=SECRET",
        "abfs://az@c/x?sig=SECRET",
        "s3://aws@lake/x?aws_secret_access_key=SECRET",
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=SECRET==;EndpointSuffix=core.windows.net",
        "s3://AKIA%3ASECRET@lake/x",
        "s3://AKIA:SECRET@lake/x",
    ],
)
def test_a_secret_in_a_destination_is_in_no_message(secret: str) -> None:
    with pytest.raises(UsageArgumentError) as caught:
        Place.of(secret, lambda scheme: True)
    assert "SECRET" not in str(caught.value)


def test_the_root_of_a_disk_is_no_place_whatever_names_it() -> None:
    for root in ("file:///", PurePosixPath("/")):
        with pytest.raises(UsageArgumentError, match="must name a folder"):
            Place.of(root, lambda scheme: True)


def test_the_name_of_a_folder_with_a_colon_and_an_at_leads_back_to_it() -> None:
    place = Place.of(PurePosixPath("/data/a:b@c"), lambda scheme: True)
    assert Place.of(place.uri, lambda scheme: True) == place

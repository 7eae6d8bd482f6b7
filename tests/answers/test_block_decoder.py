"""A block is decoded at once where its points have their keys in one order, and where that is fast."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_ldusage.answers.block_decoder import MAX_CELLS_PER_FIGURE, BlockDecoder
from airflow_provider_ldusage.answers.jsontext import decoders

KEYS = [str(key) for key in range(12)]


def raws(*points: dict[str, Any]) -> list[Any]:
    return decoders().raws.decode(json.dumps(points).encode())


def point(keys: list[str], time: int = 1) -> dict[str, int]:
    return {"time": time, **dict.fromkeys(keys, 1)}


@pytest.mark.parametrize(
    "order", [KEYS, sorted(KEYS), [*KEYS[3:], *KEYS[:3]]], ids=["numbers", "texts", "that of the fullest point"]
)
def test_the_order_of_keys_is_found(order: list[str]) -> None:
    decoder = BlockDecoder.of(raws(point(order), point(order[1::2])), KEYS, "q")
    assert decoder is not None
    assert list(decoder.names) == order


@pytest.mark.parametrize(
    "samples",
    [[point(KEYS), point(KEYS[::-1])], [point(KEYS[::-1][:3])], [{"time": "x"}], []],
    ids=["two orders", "an order of some keys", "no numbers", "no key at all"],
)
def test_without_an_order_there_is_no_decoder(samples: list[Any]) -> None:
    assert BlockDecoder.of(raws(*samples), KEYS if samples else [], "q") is None


def test_figures_come_in_the_order_of_names_and_absent_ones_are_negative() -> None:
    block = json.dumps([{"time": 5, "1": 7}, {"time": 6, "0": 8, "1": 9}]).encode()
    decoded = BlockDecoder(["0", "1"], "q").decode(block)
    assert decoded is not None
    assert (decoded[0], list(decoded[1])) == ([5, 6], [-1, 7, 8, 9])
    fractions = BlockDecoder(["0", "1"], "d").decode(b'[{"time":5,"1":0.5}]')
    assert fractions is not None
    assert [str(value) for value in fractions[1]] == ["nan", "0.5"]


@pytest.mark.parametrize("block", [b'[{"time":1,"9":1}]', b'[{"time":1,"0":1.5}]', b'[{"time":1,"0":9e99}]', b"[7]"])
def test_what_is_not_as_expected_is_left_to_others(block: bytes) -> None:
    assert BlockDecoder(["0", "1"], "q").decode(block) is None


def test_sparse_blocks_and_other_orders_do_not_suit() -> None:
    decoder = BlockDecoder(KEYS, "q")

    def suits(*points: dict[str, int]) -> bool:
        return decoder.suits(json.dumps(points).encode())

    assert suits(point(KEYS))
    assert suits(point(KEYS[::MAX_CELLS_PER_FIGURE]))
    assert not suits(point(KEYS[:: 2 * MAX_CELLS_PER_FIGURE]))
    assert not suits(point(KEYS[::-1]))
    assert not suits(point([*KEYS, "99"]))

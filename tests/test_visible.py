"""Characters that nobody sees are found, whichever kind they are of, and none that can be seen is."""

from __future__ import annotations

import pytest

from airflow_provider_ldusage.visible import unseen


@pytest.mark.parametrize("text", ["", "lake", "a b", "é=x", "käse", "日本語", "🚀", "a-b_c.d/e@f:g%20"])
def test_a_text_whose_characters_all_show_has_none(text: str) -> None:
    assert unseen(text) is None


@pytest.mark.parametrize(
    ("character", "name"),
    [
        ("\u200b", "U+200B (ZERO WIDTH SPACE)"),
        ("\ufeff", "U+FEFF (ZERO WIDTH NO-BREAK SPACE)"),
        ("\u00ad", "U+00AD (SOFT HYPHEN)"),
        ("\u202e", "U+202E (RIGHT-TO-LEFT OVERRIDE)"),
        ("\ufe0f", "U+FE0F (VARIATION SELECTOR-16)"),
        ("\U000e0100", "U+E0100 (VARIATION SELECTOR-17)"),
        ("\u3164", "U+3164 (HANGUL FILLER)"),
        ("\u2800", "U+2800 (BRAILLE PATTERN BLANK)"),
        ("\u034f", "U+034F (COMBINING GRAPHEME JOINER)"),
    ],
)
def test_a_character_that_shows_nothing_is_named(character: str, name: str) -> None:
    assert unseen(f"la{character}ke") == name


@pytest.mark.parametrize("character", ["\u00a0", "\u2003", "\u3000", "\u2028"])
def test_every_blank_but_the_plain_space_counts_as_unseen(character: str) -> None:
    assert str(unseen(f"a{character}b")).startswith(f"U+{ord(character):04X} (")


@pytest.mark.parametrize(("character", "code"), [("\n", "U+000A"), ("\0", "U+0000"), ("\x7f", "U+007F")])
def test_a_control_character_without_a_name_says_what_it_is(character: str, code: str) -> None:
    assert unseen(f"a{character}") == f"{code} (a control character)"


def test_the_first_of_several_is_named() -> None:
    assert unseen("a\u200d\u200bb") == "U+200D (ZERO WIDTH JOINER)"

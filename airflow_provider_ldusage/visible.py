"""Characters that nobody sees: two names that differ in one of them look the same."""

from __future__ import annotations

import re
import unicodedata

# Unicode's Default_Ignorable_Code_Point but for those that str.isprintable() refuses, and two symbols that are blank:
# U+2800 and U+1D159. Source: https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U0001d159\U000e0100-\U000e01ef]"
)


def unseen(text: str) -> str | None:
    """The first character that cannot be seen, such as ``U+200B (ZERO WIDTH SPACE)``; None where all can.

    A plain space counts as seen, all other blanks do not.
    """
    for character in text:
        if not character.isprintable() or _BLANK.match(character):
            name = unicodedata.name(character, "a control character")
            return f"U+{ord(character):04X} ({name})"
    return None

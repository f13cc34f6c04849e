"""Text of one byte a character, of which nobody says the encoding: told by the alphabets that its words are written in.

A byte above 127 is another letter in each encoding. In the right one words keep to one alphabet, small letters follow small
ones, and the letters that a language uses most are frequent.
"""

import re
from collections.abc import Sequence

WORD = re.compile(rb"[^\s,;|\"'0-9()\[\]{}/:=]*[\x80-\xff][^\s,;|\"'0-9()\[\]{}/:=]*")
SIGNS = "°µμ²³·±×÷Ω§€¼½¾¹"  # which stand beside letters of English alone
QUOTES = "«»“”„‘’‚–—…•†‡®©™´`¨ºª¡¿\xa0\xad"
APOSTROPHES = "’´`·\xad"  # which may stand within a word
ALPHABETS = {  # letters, the most frequent first, and how near to the first those of a text are on average, from 0 to 1
    "cyrillic": ("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъёіїєґў", 0.84),
    "greek": ("αοιετσνηυρπκμλςάίόέήγδωχθφβύώξζψϊϋ", 0.74),
    "hebrew": ("יוהלארתבמשנדקחפעסגטצזכםןךףץ", 0.65),
    "thai": ("านรกอเงมยลวดทส่้ิีะ์ัตปบคหแจพขใไโชถธำุูึืผซภณศษญฐฟฉ็ๆ", 0.74),
}
OF_ALPHABETS = {  # encodings of words without any letter of English
    "cp1251": "cyrillic",
    "koi8_r": "cyrillic",
    "cp866": "cyrillic",
    "iso8859_5": "cyrillic",
    "cp1253": "greek",
    "cp1255": "hebrew",
    "cp874": "thai",
}
LANGUAGES = {  # letters beyond those of English, of the languages that share an encoding
    "cp1252": ("äöüß", "éèêëàâçîïôûùüœ", "áéíóúüñ", "ãõáâàéêíóôúç", "àèéìíòóù", "åäöøæéü", "ëéïöüèáíó", "ðþáéíóúýöæ"),
    "cp1250": ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áéíóöőúüű", "ăâîșțşţ", "čćđšž", "áäčďéíĺľňóôŕšťúýž"),
    "iso8859_2": ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áéíóöőúüű", "ăâîşţ", "čćđšž"),
    "cp1254": ("çğıöşüâîû",),
    "cp1257": ("āčēģīķļņšūž", "ąčęėįšųūž", "äõöüšž"),
    "cp850": ("äöüß", "éèêëàâçîïôûùü", "áéíóúüñ", "åäöøæé"),
    "cp852": ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áéíóöőúüű"),
    "mac_roman": ("äöüß", "éèêëàâçîïôûùüœ", "áéíóúüñ", "åäöøæé"),
}
DOS_DEGREES = re.compile(rb"(?<![A-Za-z])\xf8[CFcf](?![A-Za-z])")  # °C, in which others see a letter
DOS = ("cp850", "cp852", "cp866")
ALONE = "àéèìòùóúøåöäüÅØ"  # letters that may be a word
MOSTLY = 0.9  # share of the characters above 127 that are letters, and of words that are written as words are
NEAR = 0.8  # as frequent as letters usually are


def encoding_of(content: bytes) -> str:
    """The encoding that the words of a text speak for; empty where they speak for none."""
    words = sorted(set(WORD.findall(content)))
    are_degrees = DOS_DEGREES.search(content) is not None
    for encoding, languages in LANGUAGES.items():
        text = _decoded(words, encoding)
        is_possible = text and (encoding in DOS or not are_degrees)
        if is_possible and any(all(_is_word_of(word, letters) for word in text) for letters in languages):
            return encoding
    scores = {
        encoding: _score(_decoded(words, encoding), *ALPHABETS[alphabet])
        for encoding, alphabet in OF_ALPHABETS.items()
        if encoding in DOS or not are_degrees
    }
    best = max(scores, key=lambda encoding: scores[encoding])
    return best if scores[best] >= NEAR else ""


def _decoded(words: Sequence[bytes], encoding: str) -> list[str]:
    try:
        return [word.decode(encoding) for word in words]
    except UnicodeDecodeError:
        return []


def _score(words: Sequence[str], letters: str, usual: float) -> float:
    """How well words fit an alphabet of their own: 1 where its letters are as frequent as usual, 0 where they are others."""
    high = [character for word in words for character in word if not character.isascii() and character not in SIGNS]
    own = [word for word in words if any(character.lower() in letters for character in word)]
    places = [letters.index(character.lower()) for character in high if character.lower() in letters]
    are_cased = sum(word[1:].lower() == word[1:] or word.isupper() or len(word) <= 3 for word in own)
    if len(places) < max(2, MOSTLY * len(high)) or are_cased < MOSTLY * len(own):
        return 0.0
    return (1 - sum(places) / len(places) / len(letters)) / usual


def _is_word_of(word: str, letters: str) -> bool:
    """Are all letters of a word those of English and of another language, in places where that has them?"""
    if not any(character.isascii() and character.isalpha() for character in word):
        return word.strip(QUOTES) in (*ALONE, *SIGNS, "")
    for i, character in enumerate(word):
        before, after = word[i - 1 : i] if i else "", word[i + 1 : i + 2]
        is_within = before.isalpha() and after.isalpha()
        if character.isascii() or (character in QUOTES and (character in APOSTROPHES or not is_within)):
            continue
        if character in SIGNS and all(not one or one.isascii() or one in SIGNS for one in (before, after)):
            continue
        is_capital_within = character != character.lower() and before.islower()
        if character.lower() not in letters or is_capital_within or (character == "œ" and after not in "uies"):
            return False
    return True

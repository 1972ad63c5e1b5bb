"""Messages to words, category and place, on small lists of the tests' own."""

from __future__ import annotations

import time

import pytest

from siaga_core.rules.geometry import LatLon
from siaga_core.rules.text.category import Lexicon, guess_category, lexicon
from siaga_core.rules.text.distance import distance, spellings
from siaga_core.rules.text.normal import END, MAX_WORDS, NUMBER, ShortForms, words_of
from siaga_core.rules.text.place import Gazetteer, Place, gazetteer, guess_place

SHORT = ShortForms(
    words={"bgt": "banget", "yg": "yang", "kp": "kampung", "jl": "jalan", "kel": "kelurahan", "gabisa": "tidak bisa"}
)


@pytest.fixture(scope="module")
def words() -> Lexicon:
    return lexicon(
        {
            "banjir": {"flooding": 2.0}, "got mampet": {"drainage": 2.5}, "got": {"drainage": 1.0},
            "sampah": {"trash": 2.0}, "tidak diangkut": {"trash": 1.0}, "macet": {"congestion": 2.0},
            "pohon tumbang": {"fallen_tree": 2.5}, "begal": {"disturbance": 2.0}, "rusak": {"pothole": 0.3},
        },
        over=["surut", "sudah kering"], denials=["tidak", "bukan", "no"], end_denials=["belum"], questions=["apakah"],
        causes=["karena"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("BANJIRRRR bgt!!", ("banjir", "banget", END, END), id="case and repeated letters"),
        pytest.param("air 60cm, 1.50 m", ("air", NUMBER, "cm", NUMBER, "m"), id="numbers"),
        pytest.param("lubang-lubang lobang2", ("lubang", "2", "lobang", "2"), id="doubled words"),
        pytest.param("gabisa lewat @dki https://t.co/x #banjir", ("tidak", "bisa", "lewat", "banjir"), id="links"),
        pytest.param("ＢＡＮＪＩＲ 😭", ("banjir",), id="wide letters and emoji"),
        pytest.param("don't", ("dont",), id="apostrophe"),
        pytest.param("\x00<script>alert(1)</script>';", ("script", "alert", NUMBER, "script", END), id="hostile"),
        pytest.param("", (), id="nothing"),
    ],
)  # fmt: skip
def test_words_are_plain(text: str, expected: tuple[str, ...]) -> None:
    assert words_of(text, SHORT) == expected


def test_a_long_text_is_cut() -> None:
    assert len(words_of("kata " * 100_000, SHORT)) <= MAX_WORDS


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [("manggarai", "manggarai", 0), ("mangarai", "manggarai", 1), ("mnaggarai", "manggarai", 1), ("tebet", "pluit", 3)],
)
def test_distance_counts_slips_up_to_its_limit(one: str, other: str, edits: int) -> None:
    assert distance(one, other, 2) == edits
    assert distance(other, one, 2) == edits


def test_short_words_have_no_misspelled_neighbours() -> None:
    known = spellings(["got", "kapuk", "kampungmelayu"])
    assert known.near("god") == ()
    assert known.near("kapok") == (("kapuk", 1),)
    assert known.near("kampngmelau") == (("kampungmelayu", 2),)


@pytest.mark.parametrize(
    ("text", "category", "why_none"),
    [
        pytest.param("banjir di sini", "flooding", "", id="plain"),
        pytest.param("tidak banjir", None, "denied", id="denied"),
        pytest.param("bukan banjir, tapi sampah", "trash", "", id="denied, but another"),
        pytest.param("banjir sudah surut", None, "over", id="over"),
        pytest.param("banjir belum surut", "flooding", "", id="not over yet"),
        pytest.param("apakah banjir", None, "asked", id="asked"),
        pytest.param("sampah tidak diangkut", "trash", "", id="a phrase with a denial of its own"),
        pytest.param("tidak. banjir", "flooding", "", id="a denial ends with its sentence"),
        pytest.param("macet karena pohon tumbang", "congestion", "", id="what, not why"),
        pytest.param("bnajir", "flooding", "", id="misspelled"),
        pytest.param("Tegal Alur", None, "no words", id="another first letter is another word"),
        pytest.param("halo", None, "no words", id="nothing said"),
    ],
)
def test_category_by_words(words: Lexicon, text: str, category: str | None, why_none: str) -> None:
    guess = guess_category(words_of(text, SHORT), words)
    assert (guess.category, guess.why_none) == (category, why_none)


def test_two_similar_complaints_are_unsure_and_name_both(words: Lexicon) -> None:
    guess = guess_category(words_of("banjir dan sampah", SHORT), words)
    assert not guess.is_sure
    assert {guess.category, guess.second} == {"flooding", "trash"}
    assert guess.hits == ("banjir", "sampah")
    assert guess_category(words_of("banjir", SHORT), words).is_sure


def test_a_repeated_word_counts_once_and_a_weak_one_is_unsure(words: Lexicon) -> None:
    once = guess_category(words_of("rusak", SHORT), words)
    assert guess_category(words_of("rusak rusak rusak", SHORT), words).confidence == once.confidence
    assert not once.is_sure


@pytest.mark.parametrize(
    ("text", "confidence"),
    [("banjir", 0.95), ("rusak", 0.362), ("banjir sampah", 0.238), ("banjir got", 0.594), ("got mampet rusak", 0.889)],
)
def test_confidence_grows_with_the_weight_and_shrinks_with_the_second(
    words: Lexicon, text: str, confidence: float
) -> None:
    assert guess_category(words_of(text, SHORT), words).confidence == confidence


def place(name: str, kind: str, lat: float, lon: float, radius_m: float, *aliases: str) -> Place:
    return Place(
        id=f"{kind}:{name}", name=name, kind=kind, middle=LatLon(lat=lat, lon=lon), radius_m=radius_m, aliases=aliases
    )


@pytest.fixture(scope="module")
def city() -> Gazetteer:
    places = [
        place("Manggarai", "kelurahan", -6.215, 106.85, 800),
        place("Stasiun Manggarai", "landmark", -6.2099, 106.8502, 250),
        place("Kampung Melayu", "kelurahan", -6.225, 106.862, 700),
        place("Jati", "kelurahan", -6.19, 106.9, 800),
        place("Kebon Jeruk", "kelurahan", -6.193, 106.77, 900),
        place("Kebon Jeruk", "kecamatan", -6.195, 106.765, 4200),
        place("Jalan Sabang", "street", -6.186, 106.8255, 400, "sabang"),
        place("Jalan Panjang Sekali", "street", -6.2, 106.8, 6000),
        place("Pluit", "kelurahan", -6.12, 106.79, 900),
    ]
    return gazetteer(places, SHORT, ["jati"])


@pytest.mark.parametrize(
    ("text", "best", "is_sure"),
    [
        pytest.param("banjir kel. Manggarai RT 04/RW 10", "kelurahan:Manggarai", True, id="RT and RW are no places"),
        pytest.param("dekat stasiun manggarai", "landmark:Stasiun Manggarai", True, id="the longest name"),
        pytest.param("kp melayu", "kelurahan:Kampung Melayu", True, id="short form"),
        pytest.param("kampngmelayu", "kelurahan:Kampung Melayu", True, id="misspelled in one"),
        pytest.param("jl Sabang", "street:Jalan Sabang", True, id="street"),
        pytest.param("pintu dari jati", None, False, id="an everyday word is no place by itself"),
        pytest.param("di jati", "kelurahan:Jati", True, id="but after di it is"),
        pytest.param("arah manggarai", "kelurahan:Manggarai", False, id="towards is not at"),
        pytest.param("Jl Panjang Sekali", "street:Jalan Panjang Sekali", False, id="a street too long to be a place"),
        pytest.param("kebon jeruk", "kelurahan:Kebon Jeruk", False, id="one name, two places"),
        pytest.param("kelurahan kebon jeruk", "kelurahan:Kebon Jeruk", True, id="told apart by the word before"),
        pytest.param("manggarai atau pluit", "kelurahan:Manggarai", False, id="two places far apart"),
        pytest.param("sampai. melayu", None, False, id="half a name"),
        pytest.param("", None, False, id="nothing"),
    ],
)
def test_place_by_name(city: Gazetteer, text: str, best: str | None, is_sure: bool) -> None:
    guess = guess_place(words_of(text, SHORT), city)
    assert (guess.best.id if guess.best else None, guess.is_sure) == (best, is_sure)


def test_an_ambiguous_name_offers_its_places(city: Gazetteer) -> None:
    guess = guess_place(words_of("di kebon jeruk", SHORT), city)
    assert {one.place.id for one in guess.candidates} == {"kelurahan:Kebon Jeruk", "kecamatan:Kebon Jeruk"}
    assert guess.spread_m > 1000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kali pluit", ("kelurahan:Pluit", 0.3)),
        ("sungai manggarai", ("kelurahan:Manggarai", 0.3)),
        ("pluit", ("kelurahan:Pluit", 0.9)),
        ("kelurahan pluit", ("kelurahan:Pluit", 1.0)),
        ("kecamatan pluit", ("kelurahan:Pluit", 0.7)),
        ("sabang road", ("street:Jalan Sabang", 1.0)),
        ("di jati", ("kelurahan:Jati", 0.7)),
        ("ke pluit", ("kelurahan:Pluit", 0.45)),
        ("mangarai", ("kelurahan:Manggarai", 0.78)),
        ("sabanx", (None, 0.0)),
        ("kebnjeruk", ("kelurahan:Kebon Jeruk", 0.78)),
    ],
)
def test_how_sure_a_place_is_by_its_spelling_and_the_words_around(
    city: Gazetteer, text: str, expected: tuple[str | None, float]
) -> None:
    guess = guess_place(words_of(text, SHORT), city)
    assert (guess.best.id if guess.best else None, guess.confidence) == expected


def test_a_shorter_word_is_no_misspelling_of_a_long_name() -> None:
    small = gazetteer([place("Kebonan", "area", -6.2, 106.8, 300)], SHORT)
    assert guess_place(["kebonn"], small).best is None
    assert guess_place(["keboonan"], small).confidence == 0.78


def test_a_place_is_listed_once_under_each_of_its_names() -> None:
    small = gazetteer([place("Jl Sabang", "street", -6.2, 106.8, 300, "Jalan Sabang", "sabang", "RT")], SHORT)
    assert {name: len(found) for name, found in small.by_name.items()} == {"jalansabang": 1, "sabang": 1}


@pytest.mark.parametrize(
    ("text", "category"),
    [("sampahnya", "trash"), ("banjirkah", "flooding"), ("gotlah", "drainage"), ("gots", "drainage"), ("gotku", None)],
)
def test_an_ending_of_a_word_makes_no_other_word(words: Lexicon, text: str, category: str | None) -> None:
    guess = guess_category([text], words)
    assert guess.category == category
    assert not guess.hits or guess.confidence == guess_category([guess.hits[0]], words).confidence


def test_words_of_very_different_length_are_further_apart_than_the_limit() -> None:
    assert distance("got", "manggarai", 2) == 3
    assert distance("manggarai", "got", 1) == 2
    assert distance("ab", "abcd", 2) == 2


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("".join(chr(97 + i * i % 26) for i in range(4000)), id="one long word"),
        pytest.param("a@" * 2000, id="many accounts"),
        pytest.param("a.b@c." * 700, id="half addresses"),
        pytest.param("ab-" * 1500, id="doubled words"),
        pytest.param("1.2:" * 1000, id="numbers"),
        pytest.param("manggaraj " * 400, id="misspelled names"),
        pytest.param("kampngmelayubukitdurijakrta " * 100, id="long misspelled names"),
    ],
)
def test_no_text_needs_long(words: Lexicon, city: Gazetteer, text: str) -> None:
    began = time.process_time()
    read = words_of(text, SHORT)
    guess_category(read, words)
    guess_place(read, city)
    assert time.process_time() - began < 2.0


def test_an_address_is_no_word() -> None:
    assert words_of("tulis ke ani.b@mail.example.org segera", SHORT) == ("tulis", "ke", "segera")


@pytest.mark.parametrize(
    ("one", "other", "limit", "edits"),
    [
        ("ab", "ba", 2, 1),
        ("abc", "acb", 2, 1),
        ("abc", "bac", 2, 1),
        ("ca", "abc", 3, 3),
        ("", "ab", 2, 2),
        ("abcdef", "ghijkl", 2, 3),
        ("ab", "cd", 2, 2),
        ("abcd", "abxy", 1, 2),
        ("aab", "aba", 2, 1),
    ],
)
def test_swapped_characters_are_one_slip(one: str, other: str, limit: int, edits: int) -> None:
    assert distance(one, other, limit) == edits
    assert distance(other, one, limit) == edits


def test_no_place_is_a_guess_of_nothing(city: Gazetteer) -> None:
    guess = guess_place(["banjir"], city)
    assert (guess.best, guess.confidence, guess.spread_m, guess.candidates) == (None, 0.0, 0.0, ())


def test_of_two_places_apart_the_surer_one_is_guessed_with_less_confidence(city: Gazetteer) -> None:
    guess = guess_place(words_of("pluit, kampungg melayu", SHORT), city)
    assert guess.best is not None
    assert (guess.best.name, guess.confidence) == ("Pluit", 0.54)
    assert [(one.place.name, one.confidence, one.at) for one in guess.candidates] == [
        ("Pluit", 0.9, 0), ("Kampung Melayu", 0.78, 1),
    ]  # fmt: skip
    assert guess.spread_m == 900

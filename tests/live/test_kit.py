"""What every live figure promises, and the parts of the kit that need no browser."""

import gzip
import re

import pytest
from modules import IMPORT, load, source

from tools import LANGUAGES, drawings, live

FIGURES = pytest.mark.parametrize("name", live.names())
HOSTILE = (
    '"><script>alert(1)</script>',
    "javascript:alert(1)",
    "NaN",
    "Infinity",
    "-0x10",
    "",
    "9" * 400,
    "1e999",
    "__proto__",
)


@pytest.mark.parametrize("name", ["kit", *live.names()])
def test_a_script_is_small(name):
    size = len(gzip.compress(source(name).encode(), mtime=0))
    assert size <= 6000, f"snippets/live/{name}.js has {size} bytes gz"


@FIGURES
def test_stored_data_is_small(name):
    stored = live.files().get(f"assets/live/{name}.json", "")
    size = len(gzip.compress(stored.encode(), mtime=0))
    assert size <= 30_000, f"the data of {name} have {size} bytes gz"


@FIGURES
def test_a_live_figure_has_a_static_one_and_imports_the_kit_alone(name):
    assert name in drawings.names(), f"snippets/live/{name}.js takes the place of no figure"
    rest = IMPORT.sub("", source(name))
    found = re.findall(r"\bimport\b|\beval\b|new Function|innerHTML|Math\.random|\bfetch\b|\bdocument\b", rest)
    assert not found, f"snippets/live/{name}.js uses {found}"


@FIGURES
def test_both_languages_have_the_same_words(name):
    english, korean = (load(name).words(language) for language in LANGUAGES)
    assert english.keys() == korean.keys()
    for key, word in english.items():
        slots = [set(re.findall(r"\{(\w+)\}", str(words))) for words in (word, korean[key])]
        assert slots[0] == slots[1], f"the word {key!r} of {name} is filled with other values in Korean: {slots}"


def states(module):
    """The state at the start, and for each control its ends or its choices."""
    yield {}
    for control in module.controls():
        match control["kind"]:
            case "range":
                ends = control.get("values") or (control["min"], control["max"])
                yield from ({control["key"]: end} for end in (ends[0], ends[-1]))
            case "choice" if "key" in control:
                yield from ({control["key"]: option} for option, _ in control["options"])
            case "choice":  # each option has the values that it sets
                yield from (values for *_, values in control["options"])
            case "toggle" if "item" not in control:
                yield {control["key"]: not module.state[control["key"]]}
            case "button":
                yield control["set"]


@FIGURES
@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_can_be_chosen_is_drawn_and_said(name, language):
    module = load(name)
    for state in states(module):
        sentence = module.say(language, **state)
        assert sentence and not re.search(r"NaN|undefined|null|\[object|\{", sentence), f"{state}: {sentence}"
        for width in (300, 700):
            drawn = module.draw(width, language, **state)
            assert drawn.startswith("<svg") and drawn.endswith("</svg>")
            wrong = re.findall(r".{0,40}(?:NaN|undefined|Infinity|\[object|\sstyle=|\son\w+=).{0,20}", drawn)
            assert not wrong, f"{name} at {width} px with {state} draws {wrong[:2]}"


@FIGURES
def test_whatever_the_address_says_is_shown_or_is_as_it_was(name):
    module = load(name)
    start = module.state
    for key in start:
        for text in HOSTILE:
            if text != "" or not isinstance(start[key], str | list):
                assert module.restored(**{key: text}) == start, f"{name} takes {text!r} for {key}"
    assert module.restored(unknown="1", constructor="2") == start


@FIGURES
def test_the_address_restores_what_was_chosen(name):
    module, kit = load(name), load("kit")
    for state in states(module):
        state = module.state | state
        address = kit.call("fragment", name, state, module.state)
        assert re.fullmatch(r"#figure-[\w?=&.,%+-]+", address)
        assert module.restored(**kit.call("asked", address, name)) == state, f"{address} leads elsewhere"


WALK = """(raw, wanted) => {
  let state = kit.restored(module, raw, module.words.en, data)
  return wanted.map(change => {
    state = { ...state, ...change }
    return module.say(state, module.words.en, data) + module.draw(state, module.words.en, { width: 600, data })
  })
}"""


@FIGURES
def test_what_no_control_shows_is_checked_before_a_control_shows_it(name):
    module = load(name)
    modes = [
        {control["key"]: option[0]}
        for control in module.controls()
        if control["kind"] == "choice" and "key" in control
        for option in control["options"]
    ]
    for key in module.state:
        for text in ("0.5", "1e9", "7"):
            for shown in module._engine.call(f"({WALK})", {key: text}, modes or [{}]):
                wrong = re.search(r".{0,40}(NaN|undefined|Infinity|\{\w+\}).{0,20}", shown)
                assert not wrong, f"{name} takes {key}={text}, and shows {wrong[0]!r} when another choice is made"


@pytest.mark.parametrize(
    "name, state",
    [
        ("cutting", {"mode": "truncate", "length": 28, "at": 200}),
        ("cutting", {"mode": "cache", "length": 9}),
        ("cutting", {"mode": "cache", "window": 4, "sinks": 16, "step": 27}),
        ("train_short_test_long", {"view": "position", "length": 256, "place": 1008}),
    ],
)
def test_the_address_restores_a_slider_that_has_become_shorter(name, state):
    module = load(name)
    seen = module._engine.call(
        "(more => kit.shown(module, { ...module.state, ...more }, module.words.en, data))", state
    )
    assert seen != module.state | state
    address = load("kit").call("fragment", name, seen, module.state)
    restored = module.restored(**load("kit").call("asked", address, name))
    assert module.say(**restored) == module.say(**state), f"{address} leads elsewhere"


def test_numbers_are_written_as_both_languages_write_them():
    number = [(0, 0, "0"), (-0.001, 2, "0.00"), (-1234.567, 2, "−1,234.57"), (1e6, 0, "1,000,000"), (None, 1, "–")]
    for value, digits, wanted in number:
        assert load("kit").call("number", value, digits) == wanted


def test_ticks_are_round_and_within():
    for (low, high, count), wanted in {
        (0, 1, 5): [0, 0.2, 0.4, 0.6, 0.8, 1],
        (-3, 3, 4): [-2, 0, 2],
        (0, 700, 4): [0, 200, 400, 600],
        (0.1, 0.35, 5): [0.1, 0.15, 0.2, 0.25, 0.3, 0.35],
    }.items():
        assert load("kit").call("ticks", low, high, count) == wanted


def test_what_stands_in_a_drawing_is_escaped():
    kit = load("kit")
    assert "<b" not in kit.call("text", 0, 0, '<b onclick="x">&')
    assert kit.call("fill", "{m} of {n}, {other}", {"m": 1, "n": "a"}) == "1 of a, {other}"


@pytest.mark.parametrize(
    "address, found",
    [
        ("", None),
        ("#figure-other?m=1", None),
        ("#figure-x", {}),
        ("#figure-x?m=1&n=a%20b", {"m": "1", "n": "a b"}),
        ("#figure-x?m=%E0%A4&=3&&k=4", {"k": "4"}),
        ("#figure-x?m=1?2=3", {"m": "1?2=3"}),
    ],
)
def test_an_address_is_read_whatever_it_holds(address, found):
    assert load("kit").call("asked", address, "x") == found


def test_the_style_sheet_knows_every_mark_in_both_palettes():
    from snippets.figures import style

    sheet = live.style_sheet()["marks.css"]
    for name, mark in style.MARKS.items():
        assert f".live .mark-{name}{{--mark:{mark.light}" in sheet
        assert f'[data-md-color-scheme="slate"] .live .mark-{name}{{--mark:{mark.dark}' in sheet
    assert "--dash:10 3" in sheet


@pytest.mark.parametrize(
    "count, wanted",
    [
        ("1", "1 token, 1 key"),
        ("0", "0 tokens, 0 keys"),
        ("101", "101 tokens, 101 keys"),
        ("2.1", "2.1 tokens, 2.1 keys"),
    ],
)
def test_one_is_not_counted_as_many(count, wanted):
    assert load("kit").call("fill", "{n} tokens, {n} keys", {"n": count}) == wanted

"""What a terminal gets to see of words that strangers chose."""

from __future__ import annotations

import json

import pytest

from ledger.cli.exits import report
from ledger.cli.output import note, plain, print_json, print_list, print_record
from ledger.errors import Conflict

NAME = "Press\x1b[2J\x1b]0;mine\x07 \u202e4\nHall 2"


def test_no_name_moves_a_terminal_or_colours_it(capsys: pytest.CaptureFixture[str]) -> None:
    note(NAME)
    report(Conflict(NAME))
    print_record({}, {"name": NAME}, as_json=False)
    print_list([{}], [{"name": NAME}], as_json=False, none="")
    print_json({"name": NAME})
    told = capsys.readouterr()
    for letter in "\x1b\x07\u202e":
        assert letter not in told.err
        assert letter not in told.out.partition("{")[0]
    assert not {"\x1b", "\x07"} & set(told.out), "JSON writes them as escapes"
    assert json.loads(told.out[told.out.index("{") :]) == {"name": NAME}


def test_words_and_lines_stay_as_they_are() -> None:
    assert plain("Gerät 4,\nPrüfstück ✓") == "Gerät 4,\nPrüfstück ✓"

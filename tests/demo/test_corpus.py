from __future__ import annotations

import re

from e2v.demo import Country, countries, generate_paragraphs
from e2v.demo.corpus import SENTENCES


def test_every_fact_is_one_lower_case_token():
    for country in countries():
        assert all(re.fullmatch(r"[a-z_]+", fact) for fact in country), country


def test_countries_and_capitals_are_told_apart():
    table = countries()
    assert len(table) >= 60
    assert len({row.country for row in table} | {row.capital for row in table}) == 2 * len(table)
    assert Country("spain", "madrid", "euro", "spanish", "spanish", "europe") in table
    assert Country("france", "paris", "euro", "french", "french", "europe") in table


def test_sentences_are_tokens_and_fields_and_use_every_field():
    used: set[str] = set()
    for sentence in SENTENCES:
        assert all(re.fullmatch(r"[a-z]+|{\w+}", token) for token in sentence.split()), sentence
        used.update(re.findall(r"{(\w+)}", sentence))
    assert used == set(Country._fields)


def test_a_paragraph_stays_with_one_country():
    capitals = {row.capital: row for row in countries()}
    names = {row.country for row in countries()}
    for paragraph in generate_paragraphs(200, seed=1):
        tokens = set(paragraph.split())
        about = {capitals[token].country for token in tokens & capitals.keys()} | (tokens & names)
        assert len(about) <= 1, paragraph


def test_the_seed_decides_the_text():
    first, again, other = ([*generate_paragraphs(50, seed)] for seed in (1, 1, 2))
    assert len(first) == 50
    assert first == again
    assert first != other

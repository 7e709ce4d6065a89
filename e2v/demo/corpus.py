"""Sentences about countries, generated from the table: the corpus of `e2v demo`.

Skip-gram can only learn what the neighbours of a word tell. So every kind of fact comes with words of
its own (a capital has a mayor, a currency is paid with), and a paragraph stays with one country (its
capital, currency and people keep each other company). What words of a kind share and what words of a
country share then become directions of the vector space, and adding and subtracting words follows them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from e2v.demo.facts import countries

#: `{field}` stands for that field of the country the paragraph is about.
SENTENCES = (
    "{country} is a country in {continent}",
    "{country} is a {continent} nation with a long border",
    "the republic of {country} shares rivers with its neighbours",
    "the provinces of {country} export grain and machines",
    "{capital} is the capital of {country}",
    "the mayor of {capital} opened a new museum",
    "the streets and the airport of {capital} are busy all night",
    "the largest station on the {demonym} railway is in {capital}",
    "the parliament of {country} meets in {capital}",
    "flights to {capital} cross {country} every morning",
    "the {currency} is the currency of {country}",
    "people in {country} pay in cash with the {currency}",
    "a coffee in {capital} costs one {currency}",
    "the central bank of {country} prints the {currency}",
    "most people in {country} speak {language}",
    "the newspapers of {capital} are written in {language}",
    "children in {country} learn to read {language} at school",
    "the {demonym} people cook a soup of their own",
    "a {demonym} writer and a {demonym} painter won the prize",
    "the {demonym} team came home to {capital}",
    "the {demonym} people of {country} sing old songs",
)
SENTENCES_PER_PARAGRAPH = 4


def generate_paragraphs(number: int, seed: int) -> Iterator[str]:
    """Yield `number` paragraphs, each some of the sentences about one country; same seed, same text."""
    random_source = random.Random(seed)
    table = countries()
    for _ in range(number):
        facts = random_source.choice(table)._asdict()
        sentences = random_source.sample(SENTENCES, SENTENCES_PER_PARAGRAPH)
        yield " ".join(sentence.format_map(facts) for sentence in sentences)

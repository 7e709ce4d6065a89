"""Recommending without the model, as Covington, Adams and Sargin (2016) serve: user vectors, items, an index.

`users` and `items` write and map the two files, `search` and `graph` find the best items for a user vector,
`people` are the users that can be asked for, and `measure` compares a graph with exact search.
"""

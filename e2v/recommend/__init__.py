"""Items for users: the items of a model, the vectors of users, and an index to answer without the model.

As Covington, Adams and Sargin (2016) serve: `users` and `index` write and map the two files, `search` and
`graph` find the best items for a user vector, `recommender` puts them together, and `measure` compares a
graph with exact search.
"""

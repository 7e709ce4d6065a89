"""A tower that makes users' vectors of their histories (Covington, Adams and Sargin 2016)."""

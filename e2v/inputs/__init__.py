"""Everything a user hands over, from bytes to lines and rows: the only place that knows of byte order marks,
line ends, compression, archives, separators, quotes, encodings and missing values.
"""

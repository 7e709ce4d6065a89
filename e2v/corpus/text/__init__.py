"""Text to a corpus: tokenizers, counting, the vocabulary, the encoder, and phrases."""

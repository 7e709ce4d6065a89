"""What commands share: options, output, questions, progress and messages."""

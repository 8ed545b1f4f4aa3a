"""The files of a source: their list, their text, and samples of them."""

"""The pages, one script each, and `widgets`, what they share. A package only so that the import contract sees it."""

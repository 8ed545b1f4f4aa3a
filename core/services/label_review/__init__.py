"""Label issues that an evaluation finds: decide, rescore, correct. For pages and the command line."""

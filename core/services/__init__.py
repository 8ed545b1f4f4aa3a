"""What a user can do, one package a subject. Pages and the command line call these packages and nothing below them."""

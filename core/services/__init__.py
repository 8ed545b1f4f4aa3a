"""What a user can do, one package per subject. Pages and the command line call these packages and nothing below."""

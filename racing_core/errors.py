"""The one exception that a user is meant to read."""


class InputError(Exception):
    """Bad input, in one sentence: what was given, what is wrong with it, what to do.

    The command line prints the sentence and exits with 2; a caller in Python may catch it.
    """

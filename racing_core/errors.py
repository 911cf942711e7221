"""The one exception that a user is meant to read, and how a user's own words are shown."""


class InputError(Exception):
    """Bad input, in one sentence: what was given, what is wrong with it, what to do.

    The command line prints the sentence and exits with 2; a caller in Python may catch it. It is
    on one line, whatever the user's words in it are.
    """

    def __str__(self):
        return printable(super().__str__())


def printable(text) -> str:
    """A user's word on one line: what cannot be shown, or moves a cursor, becomes an escape."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(text))

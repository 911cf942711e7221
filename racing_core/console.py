"""A terminal to write to, as the command line needs it."""

import rich.console


class Console(rich.console.Console):
    """Where no one reads on, it says so by BrokenPipeError, as everything else that writes does."""

    def on_broken_pipe(self):
        raise BrokenPipeError

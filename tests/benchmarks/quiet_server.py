"""A folder served in the background, without a word: what the programs here open in a browser."""

import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer


class Quiet(SimpleHTTPRequestHandler):
    """Says nothing."""

    def log_message(self, *args):
        pass


def serve(folder, kind: type[Quiet] = Quiet) -> str:
    """The address of a folder, with a slash at its end, as long as the program runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(kind, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"

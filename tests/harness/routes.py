"""A server of exactly these answers, for tests that need one page of a kind."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Routes:
    """`answers` maps a path to (status, headers, body); what it does not hold is a 404."""

    def __init__(self, answers=()):
        self.answers = dict(answers)
        self.asked = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.server.handle_error = lambda request, client: None  # a client that has seen enough
        self.origin = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def add(self, path, body, status=200, **headers):
        """Headers as content_encoding="gzip". Returns the URL."""
        self.answers[path] = (status, {name.replace("_", "-"): value for name, value in headers.items()}, body)
        return self.origin + path

    def _handler(routes):  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):  # noqa: N802
                routes.asked.append(self.path)
                status, headers, body = routes.answers.get(self.path, (404, {}, b""))
                headers = {"content-type": "text/html; charset=utf-8", "content-length": str(len(body)), **headers}
                head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
                self.wfile.write(f"HTTP/1.1 {status} -\r\n{head}\r\n".encode() + body)

            def log_message(self, *_):
                pass

        return Handler

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

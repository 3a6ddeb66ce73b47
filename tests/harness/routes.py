"""A server of exactly these answers, for tests that need one page of a kind."""

import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Routes:
    """`answers` maps a path to (status, headers, body); what it does not hold is a 404. As a proxy it is asked for whole
    URLs. `heard` are the headers of each request for what is in `asked`. With a `certificate` (a PEM file that holds its key,
    too) it speaks TLS."""

    def __init__(self, answers=(), certificate=None):
        self.answers = dict(answers)
        self.asked, self.heard = [], []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.server.handle_error = lambda request, client: None  # a client that has seen enough
        self.origin = f"http{'s' if certificate else ''}://127.0.0.1:{self.server.server_address[1]}"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
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
                routes.heard.append(self.headers)
                status, headers, body = routes.answers.get(self.path, (404, {}, b""))
                headers = {"content-type": "text/html; charset=utf-8", "content-length": str(len(body)), **headers}
                head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
                self.wfile.write(f"HTTP/1.1 {status} -\r\n{head}\r\n".encode() + body)

            def log_message(self, *_):
                pass

        return Handler

    def headers_of(self, path):
        """Those of the one request for that path."""
        assert self.asked.count(path) == 1, self.asked
        return self.heard[self.asked.index(path)]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

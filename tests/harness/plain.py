"""A small web whose every link is spelled plainly, for peers whose HTML and URL rules are only Python's."""

import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, request, client_address):
        pass  # a client that was killed


class PlainWorld:
    """`count` pages with a few links each, on one host. The same interface as world.Origin."""

    def __init__(self, directory, count, links=5, latency=0.0):
        self.count, self.links, self.latency = count, links, latency
        self.asked = Counter()
        self.server = _Server(("127.0.0.1", 0), self._handler())
        self.port = self.server.server_address[1]
        self.urls = directory / "plain-urls.txt"
        self.urls.write_text("".join(self.url(n) + "\n" for n in range(count)))
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def url(self, number):
        return f"http://127.0.0.1:{self.port}/{number}.html"

    def targets(self, number):
        return [(number * 7 + step * step + 1) % (2 * self.count) for step in range(self.links)]

    def truth_rows(self):
        return sorted({(self.url(n), self.url(t)) for n in range(self.count) for t in self.targets(n)})

    def url_list(self):
        return self.urls.read_text().splitlines()

    def fetches(self):
        return self.asked

    def fetches_needed(self):
        return Counter(self.url_list())

    def page(self, number):
        links = "\n".join(f'<p><a href="/{target}.html">page {target}</a>' for target in self.targets(number))
        return f"<!DOCTYPE html><title>{number}</title>\n{links}\n".encode()

    def _handler(world):  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):  # noqa: N802
                world.asked[f"http://127.0.0.1:{world.port}{self.path}"] += 1
                time.sleep(world.latency)
                body = world.page(int(self.path.split("?")[0][1:-5]))
                head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n"
                self.wfile.write(head.encode() + body)  # at once: Nagle's algorithm would hold a second write back

            def log_message(self, *_):
                pass

        return Handler

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

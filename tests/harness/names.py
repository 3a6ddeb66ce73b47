"""Names in a network of their own, where nothing but loopback and what stands here answers: a name server at 127.0.0.1
port 53, and at its port 80 a page for any host. At the other addresses nobody listens.

As a program: names.py TABLE, a JSON object of name: list of answers, each given once and the last for ever; an answer is
addresses apart by blanks, or nxdomain, servfail or silent. What is asked is printed: "dns NAME TYPE", "http HOST".
"""

import json
import socket
import struct
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CODES = {"servfail": 2, "nxdomain": 3}


class Names:
    """The network, with these answers, and `hosts` as its /etc/hosts. Ends with `programs`."""

    def __init__(self, programs, answers, hosts=""):
        at = programs.directory / "names"
        at.mkdir()
        (at / "hosts").write_text(f"127.0.0.1 localhost\n{hosts}\n")
        (at / "resolv.conf").write_text("nameserver 127.0.0.1\n")
        self.programs = programs
        script = 'ip link set lo up && mount --bind hosts /etc/hosts && mount --bind resolv.conf /etc/resolv.conf && exec "$@"'
        self.program = programs.start(
            *("unshare", "-m", "-n", "sh", "-c", script, "sh"), sys.executable, __file__, json.dumps(answers), cwd=at
        )
        self.program.wait_for("listening")

    def start(self, *argv, **options):
        """Starts a program in there."""
        return self.programs.start("nsenter", "-t", self.program.pid, "-m", "-n", *argv, **options)

    def questions(self, name):
        return self.program.stdout.count(f"dns {name} A\n")


# ---- inside ----------------------------------------------------------------------------------------------------------------


def answer_to(question, table):
    """The answer's bytes, or None."""
    labels, at = [], 12
    while question[at]:
        labels.append(question[at + 1 : at + 1 + question[at]].decode("ascii"))
        at += 1 + question[at]
    name, (kind,) = ".".join(labels).lower(), struct.unpack_from("!H", question, at + 1)
    print("dns", name, {1: "A", 28: "AAAA"}.get(kind, kind), flush=True)
    answers = table.get(name, ["nxdomain"])
    answer = answers.pop(0) if len(answers) > 1 else answers[0]
    if answer == "silent":
        return None
    addresses = [] if answer in CODES or kind != 1 else answer.split()
    head = question[:2] + struct.pack("!BBHHHH", 0x81, 0x80 | CODES.get(answer, 0), 1, len(addresses), 0, 0)
    records = [struct.pack("!HHHLH", 0xC00C, 1, 1, 60, 4) + socket.inet_aton(address) for address in addresses]
    return head + question[12 : at + 5] + b"".join(records)


def serve_names(bound, table):
    while True:
        question, sender = bound.recvfrom(512)
        answer = answer_to(question, table)
        if answer:
            bound.sendto(answer, sender)


class Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):  # noqa: N802
        print("http", self.headers["host"], flush=True)
        body = b"<a href=/next>n</a>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bound.bind(("127.0.0.1", 53))
    threading.Thread(target=serve_names, args=(bound, json.loads(sys.argv[1])), daemon=True).start()
    web = ThreadingHTTPServer(("127.0.0.1", 80), Page)
    web.daemon_threads = True
    print("listening", flush=True)
    web.serve_forever()


if __name__ == "__main__":
    main()

"""What following the links of a site has to find: a breadth-first walk by others' means, Python's HTTP and the oracle's links."""

import http.client
import re
from urllib.parse import urldefrag, urljoin, urlsplit

from harness import checker

UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
REDIRECTS = (301, 302, 303, 307, 308)


def canonical(url):
    """One spelling of a URL, as the program compares them: no fragment, escapes of unreserved characters decoded, others in
    upper case."""

    def unescape(match):
        character = chr(int(match.group(1), 16))
        return character if UNRESERVED.match(character) else match.group(0).upper()

    return re.sub(r"%([0-9A-Fa-f]{2})", unescape, urldefrag(url).url)


class Walk:
    """From `start`, up to `depth` links away, to its host only. `pages` says of each URL reached how far it is and how it
    ends: {url: (depth, outcome, status)}; `rows` are the links of all of them, sorted; `elsewhere` is how many of these, and of
    the redirects, lead to other hosts, from pages that are not at the last depth."""

    def __init__(self, oracle, directory, start, depth):
        self.oracle, self.directory, self.host, self.depth = oracle, directory, urlsplit(start).hostname, depth
        self.elsewhere = 0
        directory.mkdir(parents=True, exist_ok=True)
        self.connection = http.client.HTTPConnection(self.host, urlsplit(start).port, timeout=30)
        self.known, self.pages, self.rows = {canonical(start)}, {}, []
        level = [start]
        for distance in range(depth + 1):
            level = self._level(level, distance)
        self.connection.close()
        self.rows.sort()

    def _level(self, urls, distance):
        """Fetches these and where they are redirected. Returns the URLs that they link to for the first time."""
        listed = []
        while urls:
            urls = [target for url in urls for target in self._fetch(url, distance, listed)]
        if not listed:
            return []
        (self.directory / "pages.tsv").write_text("".join("\t".join(page) + "\n" for page in listed))
        rows = self.oracle(self.directory / "pages.tsv", self.directory / "rows.tsv")
        self.rows += rows
        if distance < self.depth:
            self.elsewhere += sum(self._is_elsewhere(link) for _, link in rows)
        return self._new(link for _, link in rows)

    def _is_elsewhere(self, url):
        return urlsplit(url).scheme in ("http", "https") and urlsplit(url).hostname != self.host

    def _new(self, links):
        """Those that are of this host and new."""
        found = []
        for link in links:
            url = urldefrag(link).url
            if urlsplit(url).hostname == self.host and canonical(url) not in self.known:
                assert canonical(url) == url, f"this walk cannot say which spelling of {url} is met first"
                self.known.add(url)
                found.append(url)
        return found

    def _fetch(self, url, distance, listed):
        """Notes how a page ends. Returns where it leads without a link, as a list."""
        parts = urlsplit(url)
        self.connection.request("GET", f"{parts.path}?{parts.query}" if parts.query else parts.path)
        answer = self.connection.getresponse()
        body, kind = answer.read(), answer.getheader("Content-Type", "")
        outcome = "http_status"
        if answer.status in REDIRECTS:
            outcome = "redirected"
        elif answer.status == 200 and kind.startswith("text/html"):
            outcome = "ok"
            path = self.directory / f"{len(self.pages)}.html"
            path.write_bytes(body)
            listed.append((str(path), url, kind.partition("charset=")[2]))
        elif answer.status == 200:
            outcome = "not_html"
        self.pages[url] = (distance, outcome, str(answer.status))
        if outcome != "redirected":
            return []
        target = urljoin(url, answer.getheader("Location"))
        self.elsewhere += self._is_elsewhere(target)
        return self._new([target])

    def check(self, done):
        """A crawl that followed as far ended well and found the same: pages, each once, with depth and end; rows; skips."""
        checker.check_exit(done, 0)
        checker.check_crawl(done, self.rows)
        assert len(done.pages) == len(self.pages)
        assert {page["url"]: (int(page["depth"]), page["outcome"], page["status"]) for page in done.pages} == self.pages
        assert done.summary["skipped_by"] == ({"scope": self.elsewhere} if self.elsewhere else {})

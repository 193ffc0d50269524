/* SPDX-License-Identifier: BSD-2-Clause */
/* The page in a real browser: it shows the same data as the JSON of the same run, works when it is
 * clicked on, and executes nothing that a model's name contains. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bundle/pagedbundle.h"
#include "tests/suites.h"
#include "tests/unit/model_files.h"
#include "traced.h"

#define ATTACK "</script><img src=x onerror=alert(1)><script>alert(2)</script>"

/* ---- one recording, as JSON and as a page ---- */

static struct run *bundletrace(const char *const argv[])
{
	struct run *run = run_program(argv);
	code_is(run, 0);
	return run;
}

/* The JSON document of a recording of this command; the page is in scratch("page.html"). */
static struct traced record(const char *const command[])
{
	const char *argv[32] = { built("bundletrace"), "-f", "-o", scratch("run.btrace"), "--" };
	int n = 4;
	while (*command)
		argv[n++] = *command++;
	bundletrace(argv);
	bundletrace((const char *const[]){ built("bundletrace"), "--read", scratch("run.btrace"), "--format",
		"html", "-o", scratch("page.html"), NULL });
	return traced_of(bundletrace((const char *const[]){
		built("bundletrace"), "--read", scratch("run.btrace"), "--format", "json", NULL }));
}

/* ---- the browser ---- */

static struct run *browse(const char *page)
{
	char url[512], profile[512];
	const char *const argv[] = { "chromium", "--headless", "--no-sandbox", "--disable-gpu",
		"--no-first-run", "--disable-background-networking", "--disable-component-update",
		"--disable-sync", "--window-size=1200,1600", "--enable-logging=stderr", "--v=0", "--dump-dom",
		profile, url, NULL };
	snprintf(url, sizeof(url), "file://%s", page);
	snprintf(profile, sizeof(profile), "--user-data-dir=%s", scratch("profile"));
	struct run *run = run_start(&(struct run_spec){ .argv = argv, .seconds = 60 });
	run_wait(run);
	code_is(run, 0);
	return run;
}

/* The visible text; no error may have occurred while the page was shown. */
static const cJSON *seen(const char *page)
{
	struct run *browser = browse(page);
	ck_assert_msg(!strstr(browser->err, "CONSOLE"), "the console says: %.600s",
		strstr(browser->err, "CONSOLE"));
	const char *const argv[] = { "python3", "tests/system/dom_tables.py", NULL };
	struct run *reader = run_start(&(struct run_spec){ .argv = argv, .input = browser->out });
	run_wait(reader);
	code_is(reader, 0);
	return traced_json(reader);
}

/* The page with one more script, which its policy permits: it acts as a user who clicks. */
static const char *with_script(const char *page, const char *script)
{
	size_t len;
	const char *text = file_text(page, &len), *tag = strstr(text, "<script nonce=\""),
		   *end = strstr(text, "</body>");
	ck_assert(tag && end);
	char *changed = NULL;
	ck_assert_int_gt(asprintf(&changed, "%.*s<script nonce=\"%.32s\">%s</script>\n%s", (int)(end - text),
				 text, tag + strlen("<script nonce=\""), script, end),
		0);
	write_file(scratch("clicked.html"), changed, 0644);
	free(changed);
	return scratch("clicked.html");
}

static const char *text_of(const cJSON *dom, const char *id)
{
	return str(get(dom, "texts"), id);
}

/* ---- tables ---- */

static const cJSON *table(const cJSON *dom, const char *id)
{
	return get(get(dom, "tables"), id);
}

static const char *cell_at(const cJSON *row, int column)
{
	const cJSON *cell = cJSON_GetArrayItem(row, column);
	ck_assert_msg(cell != NULL, "no column %d", column);
	return cell->valuestring;
}

static const char *cell(const cJSON *rows, const cJSON *row, const char *title)
{
	const cJSON *head = cJSON_GetArrayItem(rows, 0);
	for (int i = 0; i < cJSON_GetArraySize(head); i++)
		if (strcmp(cell_at(head, i), title) == 0)
			return cell_at(row, i);
	ck_abort_msg("no column %s", title);
	return NULL;
}

static const cJSON *row_of(const cJSON *rows, const char *name)
{
	const cJSON *row;
	cJSON_ArrayForEach(row, rows) if (strcmp(cell_at(row, 0), name) == 0) return row;
	ck_abort_msg("no row %s", name);
	return NULL;
}

/* A whole number, or one with `decimals`; a dash for null. */
static void shows(const cJSON *rows, const cJSON *row, const char *title, const cJSON *value, int decimals)
{
	char expected[64];
	snprintf(expected, sizeof(expected), "%.*f", decimals, value->valuedouble);
	const char *shown = cell(rows, row, title);
	bool close = fabs(strtod(shown, NULL) - value->valuedouble) <= 0.5 * pow(10, -decimals) * 1.0001;
	ck_assert_msg(cJSON_IsNull(value) ? strcmp(shown, "\xe2\x80\x93") == 0
					  : close && strlen(shown) == strlen(expected),
		"%s is %s, not %s", title, shown, expected);
}

static void counts_are_shown(const cJSON *rows, const cJSON *row, const cJSON *of)
{
	static const char *const keys[] = { "gets", "hits", "misses", "reloads", "evictions", "loads",
		"prefetched", "used", "wasted", "errors" };
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		shows(rows, row, keys[i], get(of, keys[i]), 0);
	shows(rows, row, "bytes", get(of, "bytes_loaded"), 0);
	shows(rows, row, "p50 \xc2\xb5s", get(of, "load_p50_us"), 3);
	shows(rows, row, "p99 \xc2\xb5s", get(of, "load_p99_us"), 3);
	cJSON *percent = cJSON_CreateNumber(get(of, "hit_rate")->valuedouble * 100);
	if (!cJSON_IsNull(get(of, "hit_rate")))
		shows(rows, row, "hit %", percent, 1);
	cJSON_Delete(percent);
}

static void calls_are_shown(const cJSON *dom, const cJSON *summary)
{
	const cJSON *rows = table(dom, "syscalls"), *call;
	ck_assert_int_gt(cJSON_GetArraySize(get(summary, "syscalls")), 2);
	ck_assert_int_eq(cJSON_GetArraySize(rows), cJSON_GetArraySize(get(summary, "syscalls")) + 1);
	cJSON_ArrayForEach(call, get(summary, "syscalls"))
	{
		const cJSON *row = row_of(rows, str(call, "name"));
		shows(rows, row, "calls", get(call, "calls"), 0);
		shows(rows, row, "errors", get(call, "errors"), 0);
		shows(rows, row, "total \xc2\xb5s", get(call, "total_us"), 3);
		shows(rows, row, "longest \xc2\xb5s", get(call, "max_us"), 3);
	}
}

static void bundles_are_shown(const cJSON *dom, const cJSON *summary)
{
	const cJSON *rows = table(dom, "bundle-sums"), *bundle = get(summary, "bundles")->child, *model;
	ck_assert_int_eq(cJSON_GetArraySize(get(summary, "bundles")), 1);
	ck_assert_int_eq(cJSON_GetArraySize(rows), 2);
	const cJSON *row = row_of(rows, str(bundle, "path"));
	shows(rows, row, "process", get(bundle, "pid"), 0);
	shows(rows, row, "limit", get(bundle, "limit"), 0);
	counts_are_shown(rows, row, bundle);
	rows = table(dom, "models-0");
	ck_assert_int_eq(cJSON_GetArraySize(rows), cJSON_GetArraySize(get(bundle, "models")) + 1);
	cJSON_ArrayForEach(model, get(bundle, "models"))
		counts_are_shown(rows, row_of(rows, str(model, "name")), model);
}

/* Rows of one name: a run of one file. */
static void loads_are_shown(const cJSON *dom, const cJSON *summary)
{
	const cJSON *rows = table(dom, "load-sums"), *load;
	ck_assert_int_gt(cJSON_GetArraySize(get(summary, "loads")), 2);
	ck_assert_int_eq(cJSON_GetArraySize(rows), cJSON_GetArraySize(get(summary, "loads")) + 1);
	cJSON_ArrayForEach(load, get(summary, "loads"))
	{
		const cJSON *row = row_of(rows, str(load, "name"));
		ck_assert_str_eq(cell(rows, row, "file"), str(load, "path"));
		ck_assert_str_eq(cell(rows, row, "known from"),
			cJSON_IsTrue(get(load, "inferred")) ? "inferred" : "probes");
		shows(rows, row, "loads", get(load, "loads"), 0);
		shows(rows, row, "reloads", get(load, "reloads"), 0);
		shows(rows, row, "total \xc2\xb5s", get(load, "total_us"), 3);
		shows(rows, row, "in calls \xc2\xb5s", get(load, "call_us"), 3);
		shows(rows, row, "rest \xc2\xb5s", get(load, "rest_us"), 3);
	}
}

static void fact_is(const cJSON *dom, const char *id, const cJSON *value)
{
	char expected[32];
	snprintf(expected, sizeof(expected), "%.0f", value->valuedouble);
	ck_assert_str_eq(text_of(dom, id), expected);
}

static void page_shows(const cJSON *dom, const struct traced *t)
{
	fact_is(dom, "total-events", get(t->summary, "total_events"));
	fact_is(dom, "total-syscalls", get(t->summary, "total_syscalls"));
	fact_is(dom, "total-time", get(t->summary, "total_time_us"));
	fact_is(dom, "lost", get(t->summary, "lost.total"));
	fact_is(dom, "ended", get(t->summary, "exit_code"));
	calls_are_shown(dom, t->summary);
	bundles_are_shown(dom, t->summary);
}

/* Every table has a caption, and a scope on each heading. */
static void tables_are_accessible(const cJSON *dom)
{
	const cJSON *rows;
	int tables = 0;
	cJSON_ArrayForEach(rows, get(dom, "tables"))
	{
		int headings = cJSON_GetArraySize(rows->child) + cJSON_GetArraySize(rows) - 1;
		ck_assert_int_eq(num(get(dom, "captions"), rows->string), 1);
		ck_assert_int_eq(num(get(dom, "scopes"), rows->string), headings);
		tables++;
	}
	ck_assert_int_ge(tables, 3);
}

/* ---- tests ---- */

START_TEST(same_numbers_as_json)
{
	struct traced t = record((const char *const[]){ built("bundle_load"), "--models", "24", "--count",
		"300", "--limit", "600K", "--pattern", "zipf", "--file", scratch("load.apbundle"), NULL });
	const cJSON *dom = seen(scratch("page.html"));
	page_shows(dom, &t);
	loads_are_shown(dom, t.summary);
	tables_are_accessible(dom);
	ck_assert_int_gt(num(t.summary, "total_events"), 300);
	ck_assert_int_eq(cJSON_GetArraySize(table(dom, "models-0")), 24 + 1);
	ck_assert_ptr_nonnull(strstr(text_of(dom, "drawn"), " events are drawn."));
	ck_assert_ptr_nonnull(strstr(text_of(dom, "title"), "bundle_load --models 24"));
}
END_TEST

static void make_bundle(const char *path, const char *const names[])
{
	struct pb_bundle *bundle = pb_bundle_new();
	ck_assert_ptr_nonnull(bundle);
	for (; *names; names++)
		ck_assert_int_eq(pb_bundle_add(bundle, *names, *names, strlen(*names)), PB_OK);
	ck_assert_int_eq(pb_bundle_save(bundle, path), PB_OK);
	pb_bundle_free(bundle);
}

START_TEST(names_are_only_text)
{
	static const char *const names[] = { ATTACK, "<!--<script>",
		"a\xe2\x80\xa8"
		"b",
		"&lt;b&gt;", "{{nonce}}", NULL };
	make_bundle(scratch("<b>.apbundle"), names);
	struct traced t = record((const char *const[]){
		built("bundle_load"), "--bundle", scratch("<b>.apbundle"), "--count", "20", NULL });
	const cJSON *dom = seen(scratch("page.html"));
	page_shows(dom, &t);
	for (const char *const *name = names; *name; name++)
		row_of(table(dom, "models-0"), *name);
	ck_assert(!has(get(dom, "tags"), "img") && !has(get(dom, "tags"), "b") &&
		  !has(get(dom, "tags"), "(handler)"));
	ck_assert_int_eq(num(get(dom, "tags"), "script"), 3);
}
END_TEST

static void write_split(const char *name, unsigned no, unsigned tensors)
{
	struct text t = { 0 };
	put_gguf_split(&t, no, 3, 6, 2 * no, tensors);
	FILE *file = fopen(scratch(name), "wbe");
	ck_assert(file && !t.failed && fwrite(t.data, 1, t.len, file) == t.len && fclose(file) == 0);
	text_free(&t);
}

/* A model in several files, of which one is not there: a row with the sums, then its files; parts of all of them. */
START_TEST(a_model_in_several_files)
{
	char path[512], sums[640], command[1200];
	write_split("net-00001-of-00003.gguf", 0, 2);
	write_split("net-00003-of-00003.gguf", 2, 2);
	snprintf(path, sizeof(path), "%s", scratch("net"));
	snprintf(sums, sizeof(sums), "%s (2 of 3 shards)", path);
	/* for longer than anything else */
	snprintf(command, sizeof(command), "for f in %s %s; do dd if=$f of=/dev/null bs=2 count=4000; done",
		scratch("net-00001-of-00003.gguf"), scratch("net-00003-of-00003.gguf"));
	struct traced t = record((const char *const[]){ "/bin/sh", "-c", command, NULL });
	const cJSON *dom = seen(scratch("page.html")), *rows = table(dom, "file-sums"),
		    *row = row_of(rows, sums);
	char read[32];
	snprintf(read, sizeof(read), "%lld", (long long)num(get(t.summary, "models")->child, "read_calls"));
	ck_assert_str_eq(cell(rows, row, "reads"), read);
	for (int i = 0; i < 2; i++) {
		row = row->next;
		ck_assert_ptr_nonnull(strstr(row->child->valuestring, "/net-0000"));
	}
	rows = table(dom, "parts-0");
	row_of(rows, "blk.0.weight");
	row_of(rows, "blk.5.weight");
	snprintf(sums, sizeof(sums), "%s: 1 of its 3 files are not there", path);
	ck_assert_ptr_nonnull(strstr(str(get(dom, "texts"), "files"), sums));
}
END_TEST

static const char sort_and_filter[] =
	"const heads = [...document.querySelectorAll('#syscalls thead button')];"
	"const click = (title) => heads.find((b) => b.textContent === title).click();"
	"click('calls'); click('calls');"
	"const filter = document.getElementById('models-0-filter');"
	"filter.value = 'ENC'; filter.dispatchEvent(new Event('input'));";

START_TEST(tables_sort_and_filter)
{
	record((const char *const[]){ built("bundle_demo"), scratch("demo.apbundle"), NULL });
	const cJSON *before = seen(scratch("page.html"));
	const cJSON *dom = seen(with_script(scratch("page.html"), sort_and_filter));
	const cJSON *rows = table(dom, "syscalls"), *row;
	double last = 0;
	ck_assert_int_eq(cJSON_GetArraySize(rows), cJSON_GetArraySize(table(before, "syscalls")));
	for (row = rows->child->next; row; row = row->next) {
		double calls = strtod(cell(rows, row, "calls"), NULL);
		ck_assert(calls >= last);
		last = calls;
	}
	ck_assert(last > 1);
	ck_assert_str_eq(str(get(get(dom, "sorts"), "syscalls"), "calls"), "ascending");
	ck_assert_int_eq(cJSON_GetArraySize(table(before, "models-0")), 4);
	ck_assert_int_eq(cJSON_GetArraySize(table(dom, "models-0")), 2);
	row_of(table(dom, "models-0"), "encoder");
}
END_TEST

/* The colours of the picture; whether zooming has an effect; what the pointer finds. */
static const char look_at_picture[] =
	"const canvas = document.getElementById('picture');"
	"const style = getComputedStyle(document.documentElement);"
	"const d = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;"
	"function has(name) {"
	"  const hex = style.getPropertyValue('--' + name).trim();"
	"  const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));"
	"  let n = 0;"
	"  for (let i = 0; i < d.length; i += 4) n += d[i] === r && d[i + 1] === g && d[i + 2] === b;"
	"  return n;"
	"}"
	"const look = () => ['load', 'call', 'miss', 'evict', 'hit', 'prefetch'].filter((c) => has(c) > "
	"0).join(' ');"
	"const say = (id, text) => { const p = document.createElement('p'); p.id = id; p.textContent = text; "
	"document.body.append(p); };"
	"say('whole', look());"
	"const span = document.getElementById('window').textContent;"
	"for (let i = 0; i < 3; i++) document.getElementById('in').click();"
	"say('zoomed', document.getElementById('window').textContent === span ? 'same' : 'other');"
	"document.getElementById('all').click();"
	"say('again', document.getElementById('window').textContent === span ? 'same' : 'other');"
	"let said = 0;"
	"for (let x = 131; x < canvas.clientWidth; x += 1)"
	"  for (const y of [30, 43, 56, 71, 86]) {"
	"    const e = new MouseEvent('pointermove', { clientX: x + canvas.getBoundingClientRect().left,"
	"      clientY: y + canvas.getBoundingClientRect().top });"
	"    canvas.dispatchEvent(e);"
	"    const what = document.getElementById('what').textContent;"
	"    said += what.includes('load encoder') || (what.includes(': load ') && what.includes('inferred'));"
	"  }"
	"say('pointed', said > 0 ? 'yes' : 'no');";

START_TEST(the_picture)
{
	record((const char *const[]){ built("bundle_demo"), scratch("demo.apbundle"), NULL });
	const cJSON *dom = seen(with_script(scratch("page.html"), look_at_picture));
	ck_assert_str_eq(text_of(dom, "whole"), "load call miss evict"); /* no hits, and no prefetches */
	ck_assert_str_eq(text_of(dom, "zoomed"), "other");
	ck_assert_str_eq(text_of(dom, "again"), "same");
	ck_assert_str_eq(text_of(dom, "pointed"), "yes");
}
END_TEST

START_TEST(inferred_loads)
{
	struct text gguf = { 0 };
	put_gguf(&gguf, 3);
	put_zeros(&gguf, gguf.len + GGUF_DATA_BYTES);
	FILE *file = fopen(scratch("m.gguf"), "wbe");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(gguf.data, 1, gguf.len, file), gguf.len);
	ck_assert_int_eq(fclose(file), 0);
	text_free(&gguf);
	struct traced t = record((const char *const[]){ "cp", scratch("m.gguf"), "/dev/null", NULL });
	const cJSON *dom = seen(with_script(scratch("page.html"), look_at_picture));
	loads_are_shown(dom, t.summary);
	row_of(table(dom, "load-sums"), "blk.0.attn_q.weight");
	ck_assert_str_eq(text_of(dom, "whole"), "load call");
	ck_assert_str_eq(text_of(dom, "pointed"), "yes");
}
END_TEST

/* Silence means something only if an error would have been reported. */
START_TEST(errors_are_heard)
{
	record((const char *const[]){ "/bin/true", NULL });
	struct run *run = browse(with_script(scratch("page.html"), "nothing.at.all"));
	ck_assert_ptr_nonnull(strstr(run->err, "CONSOLE"));
	/* one that the page's policy refuses */
	write_file(scratch("refused.html"),
		"<meta http-equiv=\"Content-Security-Policy\" content=\"script-src 'nonce-1'\">"
		"<p id=\"p\">no</p><script>document.getElementById('p').textContent = 'it ran'</script>",
		0644);
	run = browse(scratch("refused.html"));
	ck_assert_ptr_nonnull(strstr(run->err, "CONSOLE"));
	ck_assert_ptr_null(strstr(run->out, "it ran</p>"));
}
END_TEST

/* A command that uses no bundle at all. */
START_TEST(nothing_of_a_cache)
{
	struct traced t = record((const char *const[]){ "/bin/true", NULL });
	const cJSON *dom = seen(scratch("page.html"));
	calls_are_shown(dom, t.summary);
	ck_assert_int_eq(cJSON_GetArraySize(table(dom, "bundle-sums")), 1);
	ck_assert_ptr_nonnull(strstr(text_of(dom, "models"), "No bundle was used."));
}
END_TEST

/* What Chromium's own trace viewer shows of a trace, without any complaint on its console. */
static const cJSON *viewed(const char *trace)
{
	const char *const argv[] = { "python3", "tests/system/chrome_viewer.py", trace, scratch("viewer"),
		NULL };
	ck_assert_int_eq(mkdir(scratch("viewer"), 0700), 0);
	struct run *run = run_start(&(struct run_spec){ .argv = argv, .seconds = 120 });
	run_wait(run);
	code_is(run, 0);
	const cJSON *viewer = traced_json(run);
	ck_assert_msg(cJSON_GetArraySize(get(viewer, "errors")) == 0, "the console says: %.600s", run->out);
	return viewer;
}

/* As many slices of these names as in the document. */
static void slices_are(const cJSON *viewer, const char *prefix, const char *name, double count)
{
	char title[256];
	snprintf(title, sizeof(title), "%s%s", prefix, name);
	const cJSON *slices = cJSON_GetObjectItemCaseSensitive(get(viewer, "slices"), title);
	double seen = slices ? num(slices, "count") : 0;
	ck_assert_msg(seen == count, "%s: %.0f slices, not %.0f", title, seen, count);
}

START_TEST(a_trace_in_chromes_viewer)
{
	struct traced t = record((const char *const[]){ built("bundle_load"), "--models", "24", "--count",
		"300", "--limit", "600K", "--pattern", "zipf", "--file", scratch("load.apbundle"), NULL });
	bundletrace((const char *const[]){ built("bundletrace"), "--read", scratch("run.btrace"), "--format",
		"chrome", "-o", scratch("trace.json"), NULL });
	const cJSON *viewer = viewed(scratch("trace.json")), *call, *model, *slices;
	cJSON_ArrayForEach(call, get(t.summary, "syscalls"))
	{
		if (strcmp(str(call, "name"), "exit_group") == 0)
			continue; /* does not return: an instant */
		slices_are(viewer, "", str(call, "name"), num(call, "calls"));
		double total = num(get(get(viewer, "slices"), str(call, "name")), "total_us");
		ck_assert_double_eq_tol(total, num(call, "total_us"), 0.001 * num(call, "calls") + 0.001);
	}
	cJSON_ArrayForEach(model, get(get(t.summary, "bundles")->child, "models"))
	{
		slices_are(viewer, "load ", str(model, "name"), num(model, "loads"));
		slices_are(viewer, "miss ", str(model, "name"), num(model, "misses"));
	}
	double bars = 0;
	cJSON_ArrayForEach(slices, get(viewer, "slices")) bars += num(slices, "count");
	ck_assert_double_ge(bars, num(t.summary, "total_syscalls"));
	ck_assert_double_eq(num(viewer, "bars"), bars);
	ck_assert_ptr_nonnull(
		strstr(cJSON_GetArrayItem(get(viewer, "groups"), 0)->valuestring, "bundle_load"));
}
END_TEST

/* Ubuntu has no package of a browser, only a snap. Where a package exists, its absence fails the tests. */
static bool browser_is_no_package(void)
{
	char line[128];
	bool ubuntu = false;
	FILE *release = fopen("/etc/os-release", "r");
	while (release && fgets(line, sizeof(line), release))
		ubuntu |= strcmp(line, "ID=ubuntu\n") == 0;
	if (release)
		fclose(release);
	return ubuntu && system("command -v chromium > /dev/null") != 0;
}

Suite *system_browser_suite(void)
{
	Suite *suite = suite_create("system_browser");
	TCase *tc = tcase_create("browser");
	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 180);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	if (browser_is_no_package()) {
		fprintf(stderr, "no chromium on this distribution: the page is not tried in a browser\n");
		return suite;
	}
	tcase_add_test(tc, same_numbers_as_json);
	tcase_add_test(tc, names_are_only_text);
	tcase_add_test(tc, a_model_in_several_files);
	tcase_add_test(tc, tables_sort_and_filter);
	tcase_add_test(tc, the_picture);
	tcase_add_test(tc, inferred_loads);
	tcase_add_test(tc, errors_are_heard);
	tcase_add_test(tc, nothing_of_a_cache);
	tcase_add_test(tc, a_trace_in_chromes_viewer);
	return suite;
}

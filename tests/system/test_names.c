/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of frames in programs of other languages than C, and in code that is generated at run time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suites.h"
#include "traced.h"

/* ---- helpers ---- */

/* The first read of that many bytes, or at that offset. */
static const cJSON *read_of(const struct traced *t, const char *call, int arg, int64_t value)
{
	const cJSON *event;
	cJSON_ArrayForEach(
		event, t->events) if (is_call(event, call) && arg_num(event, arg) == value) return event;
	ck_abort_msg("no %s with %lld", call, (long long)value);
	return NULL;
}

/* Its frame is of this function; file and line too, unless NULL. */
static void at_is(const cJSON *event, const char *function, const char *file, int64_t line)
{
	char *text = cJSON_PrintUnformatted(event);
	ck_assert_msg(has(event, "at") && str(event, "at.function") &&
			      strcmp(str(event, "at.function"), function) == 0,
		"not %s: %s", function, text);
	if (file) {
		const char *found = str(event, "at.file"), *end = found ? strstr(found, file) : NULL;
		ck_assert_msg(end && strcmp(end, file) == 0, "not %s: %s", file, text);
	}
	if (line)
		ck_assert_msg(num(event, "at.line") == line, "not line %lld: %s", (long long)line, text);
	free(text);
}

/* True if the stack has a frame of that function. */
static bool leads_from(const cJSON *event, const char *function)
{
	const cJSON *frame;
	cJSON_ArrayForEach(frame, get(event, "stack"))
	{
		const char *name = str(frame, "function");
		if (name && strcmp(name, function) == 0)
			return true;
	}
	return false;
}

static struct traced trace_it(const char *const command[])
{
	return trace_command(
		(const char *const[]){ "-f", "--stack", "-e", "trace=pread64,read,openat", NULL }, command);
}

/* ---- C++ ---- */

static const char cxx[] =
	"#include <fcntl.h>\n"
	"#include <fstream>\n"
	"#include <string>\n"
	"#include <unistd.h>\n"
	"#define AFTER() asm volatile(\"\" ::: \"memory\")\n"
	"namespace shop {\n"
	"template <class T> struct Box {\n"
	"  T at;\n"
	"  __attribute__((noinline)) long fetch(int fd, std::string) const {\n"
	"    char byte;\n"
	"    long got = pread(fd, &byte, 1, at);\n"
	"    AFTER();\n"
	"    return got;\n"
	"  }\n"
	"};\n"
	"namespace {\n"
	"__attribute__((noinline)) long hidden(int fd, long at) {\n"
	"  char byte;\n"
	"  long got = pread(fd, &byte, 1, at);\n"
	"  AFTER();\n"
	"  return got;\n"
	"}\n"
	"}\n"
	"__attribute__((noinline)) long stream(const char *path) {\n"
	"  std::ifstream file(path);\n"
	"  AFTER();\n"
	"  return file.good();\n"
	"}\n"
	"}\n"
	"int main(int, char **argv) {\n"
	"  int fd = open(\"/dev/zero\", O_RDONLY);\n"
	"  long sum = shop::Box<long>{ 41 }.fetch(fd, \"x\") + shop::hidden(fd, 42) + shop::stream(argv[0]);\n"
	"  return sum != 3;\n"
	"}\n";

/* With and without debug information: from the linked names, and from the symbols. */
START_TEST(of_cxx)
{
	const char *source = scratch("shop.cc"), *program = scratch("shop"), *file = _i ? NULL : "shop.cc";
	write_file(source, cxx, 0644);
	code_is(RUN("g++", "-O1", _i ? "-g0" : "-g", "-o", program, source), 0);
	struct traced t = trace_it((const char *const[]){ program, NULL });
	const cJSON *event, *fetched = read_of(&t, "pread64", 3, 41), *hidden = read_of(&t, "pread64", 3, 42);
	at_is(fetched, "shop::Box<long>::fetch", file, _i ? 0 : 11);
	at_is(hidden, "shop::(anonymous namespace)::hidden", file, _i ? 0 : 19);
	int opens = 0;
	cJSON_ArrayForEach(event, t.events)
	{
		const char *path = is_call(event, "openat") && has(event, "other_file")
					   ? str(event, "other_file.path")
					   : NULL;
		if (!path || strcmp(path, program) != 0)
			continue;
		/* past std::basic_ifstream, which is inlined there */
		at_is(event, "shop::stream", file, _i ? 0 : 25);
		opens++;
	}
	ck_assert_int_eq(opens, 1);
}
END_TEST

/* ---- code that is generated ---- */

START_TEST(of_generated_code)
{
	struct traced t = trace_it((const char *const[]){ built("tests/targets/generated"), NULL });
	static const char *const names[] = { "generated first", "generated second" };
	for (int i = 0; i < 2; i++) {
		const cJSON *event = read_of(&t, "pread64", 3, i + 1);
		at_is(event, "main", "tests/targets/generated.c", 0); /* what has a line says more */
		char map[64];
		snprintf(map, sizeof(map), "/tmp/perf-%lld.map", (long long)num(event, "pid"));
		unlink(map);
		ck_assert_msg(leads_from(event, names[i]), "%s: %s", names[i], cJSON_PrintUnformatted(event));
	}
}
END_TEST

/* ---- Python ---- */

static const char python[] = "import os\n"
			     "def fetch(fd):\n"
			     "    return os.pread(fd, 1, 43)\n"
			     "class Shelf:\n"
			     "    def take(self):\n"
			     "        with open('/etc/passwd', 'rb', buffering=4321) as file:\n"
			     "            file.read(4)\n"
			     "        return fetch(os.open('/dev/zero', os.O_RDONLY))\n"
			     "Shelf().take()\n";

START_TEST(of_python)
{
	const char *script = scratch("shelf.py");
	write_file(script, python, 0644);
	struct run *run =
		RUN("python3", "-c", "import sys; print(sys.version_info >= (3, 12), sys.executable)");
	code_is(run, 0);
	if (strncmp(run->out, "True", 4) != 0) {
		struct traced t = trace_it((const char *const[]){ "python3", script, NULL });
		read_of(&t, "pread64", 3, 43);
		ck_assert_msg(strstr(t.run->err, "Python functions are not shown") != NULL, "%s", t.run->err);
		return;
	}
	struct traced t = trace_it((const char *const[]){ "python3", "-X", "perf", script, NULL });
	at_is(read_of(&t, "pread64", 3, 43), "fetch", script, 0);
	ck_assert(leads_from(read_of(&t, "pread64", 3, 43), "Shelf.take"));
	ck_assert_ptr_null(strstr(t.run->err, "Python functions are not shown"));
}
END_TEST

/* ---- Go and Rust: where their compilers are ---- */

static bool has_compiler(const char *name, const char *option)
{
	struct run *run = RUN("sh", "-c", "command -v \"$1\" && \"$1\" \"$2\"", "sh", name, option);
	if (run_code(run) == 0)
		return true;
	fprintf(stderr,
		"names: not tried, since there is no %s: its programs (their formats are tested by unit)\n",
		name);
	return false;
}

static const char go[] = "package main\n"
			 "\n"
			 "import \"os\"\n"
			 "\n"
			 "type Shelf struct{ file *os.File }\n"
			 "\n"
			 "//go:noinline\n"
			 "func (s *Shelf) Take(n int) int {\n"
			 "\tgot, _ := s.file.Read(make([]byte, n))\n"
			 "\treturn got\n"
			 "}\n"
			 "\n"
			 "func main() {\n"
			 "\tfile, _ := os.Open(\"/dev/zero\")\n"
			 "\tdone := make(chan int)\n"
			 "\tgo func() { done <- (&Shelf{file}).Take(4321) }()\n"
			 "\tif <-done != 4321 {\n"
			 "\t\tos.Exit(1)\n"
			 "\t}\n"
			 "}\n";

/* With debug information, and stripped: then the program's own table has the names, lines and frames. */
START_TEST(of_go)
{
	const char *source = scratch("shelf.go"), *program = scratch("shelf"), *cache = scratch("cache");
	if (!has_compiler("go", "version"))
		return;
	write_file(source, go, 0644);
	code_is(RUN("env", "HOME=/tmp", "GO111MODULE=off", "CGO_ENABLED=0", "sh", "-c",
			"GOCACHE=$1 go build -ldflags \"$2\" -o \"$3\" \"$4\"", "sh", cache,
			_i ? "-s -w" : "", program, source),
		0);
	struct traced t = trace_it((const char *const[]){ program, NULL });
	const cJSON *event = read_of(&t, "read", 2, 4321);
	at_is(event, "main.(*Shelf).Take", "shelf.go", 9);
	ck_assert(leads_from(event, "os.(*File).Read") && leads_from(event, "runtime.goexit"));
}
END_TEST

static const char rust[] = "use std::io::Read;\n"
			   "mod shelf {\n"
			   "    use super::*;\n"
			   "    pub struct Reader<T>(pub T);\n"
			   "    impl<T: Read> Reader<T> {\n"
			   "        #[inline(never)]\n"
			   "        pub fn take(&mut self) -> usize {\n"
			   "            let mut to = [0u8; 4321];\n"
			   "            let got = self.0.read(&mut to).unwrap();\n"
			   "            got + to[0] as usize\n"
			   "        }\n"
			   "    }\n"
			   "}\n"
			   "fn main() {\n"
			   "    let file = std::fs::File::open(\"/dev/zero\").unwrap();\n"
			   "    std::process::exit((shelf::Reader(file).take() != 4321) as i32);\n"
			   "}\n";

START_TEST(of_rust)
{
	const char *source = scratch("shelf.rs"), *program = scratch("shelf");
	if (!has_compiler("rustc", "--version"))
		return;
	write_file(source, rust, 0644);
	code_is(RUN("rustc", "-g", _i ? "-Csymbol-mangling-version=v0" : "-Copt-level=0", "-o", program,
			source),
		0);
	struct traced t = trace_it((const char *const[]){ program, NULL });
	const cJSON *event = read_of(&t, "read", 2, 4321);
	ck_assert_str_eq(str(event, "at.file") + strlen(str(event, "at.file")) - 8, "shelf.rs");
	ck_assert_int_eq(num(event, "at.line"), 9);
	ck_assert_ptr_nonnull(strstr(str(event, "at.function"), "shelf::Reader<"));
	ck_assert(leads_from(event, "<std::fs::File as std::io::Read>::read"));
}
END_TEST

Suite *system_names_suite(void)
{
	Suite *suite = suite_create("system_names");
	TCase *tc = tcase_create("names");
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_loop_test(tc, of_cxx, 0, 2);
	tcase_add_test(tc, of_generated_code);
	tcase_add_test(tc, of_python);
	tcase_add_loop_test(tc, of_go, 0, 2);
	tcase_add_loop_test(tc, of_rust, 0, 2);
	suite_add_tcase(suite, tc);
	return suite;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses, messages and options of sockets in copied memory. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <cjson/cJSON.h>

#include "made_call.h"
#include "tests/suites.h"
#include "user/calls/args_text.h"
#include "user/calls/memory_kinds.h"

static void address_is(const void *address, size_t len, const char *expected)
{
	char wanted[512];
	struct call_event call = call_of(SYS_connect, 0);
	call.args[2] = len;
	call.block[0] = memory_of(address, len);
	snprintf(wanted, sizeof(wanted), "3, %s, %zu", expected, len);
	prints(&call, wanted);
}

START_TEST(addresses)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "a\"b" };
	struct sockaddr_in in = {
		.sin_family = AF_INET, .sin_port = htons(443), .sin_addr.s_addr = htonl(0x01020304)
	};
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(80), .sin6_scope_id = 7 };
	address_is(&un, sizeof(un), "{sa_family=AF_UNIX, sun_path=\"a\\\"b\"}");
	address_is(&un, 2, "{sa_family=AF_UNIX}");
	address_is(&un, 1, "0x10");
	address_is(&un, 4, "{sa_family=AF_UNIX, sun_path=\"a\\\"\"}");
	un.sun_path[0] = '\0';
	address_is(&un, 5, "{sa_family=AF_UNIX, sun_path=@\"\\\"b\"}");
	address_is(
		&in, sizeof(in), "{sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr(\"1.2.3.4\")}");
	address_is(&in, 5, "{sa_family=AF_INET, sa_data=\"\\1\\273\\1\"}");
	address_is(&in6, sizeof(in6),
		"{sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, \"::\", &sin6_addr), sin6_scope_id=7}");
	address_is(&in6, 27,
		"{sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, \"::\", &sin6_addr)}");
	address_is(&in6, 23,
		"{sa_family=AF_INET6, "
		"sa_data=\"\\0P\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\"}");
}
END_TEST

/* A buffer of 110 bytes for an address of `size`; or of 2, or one of which the size is not known. */
START_TEST(sizes_of_buffers)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "abc" };
	uint32_t sizes[2] = { 5, 110 + 1 }; /* now, and before plus 1 */
	struct call_event call = call_of(SYS_getsockname, 0);
	call.block[0] = memory_of(&un, 5);
	call.block[1] = MEMORY(sizes);
	prints(&call, "3, {sa_family=AF_UNIX, sun_path=\"abc\"}, [110 => 5]");
	call.block[0] = memory_of(&un, 2);
	sizes[1] = 2 + 1;
	prints(&call, "3, {sa_family=AF_UNIX}, [2 => 5]");
	sizes[1] = 5 + 1;
	prints(&call, "3, {sa_family=AF_UNIX}, [5]");
	call.block[0] = memory_of(&un, 0);
	sizes[1] = 0;
	prints(&call, "3, 0x10, [5]");
	call.result = -ENOTSOCK;
	sizes[1] = 110 + 1;
	prints(&call, "3, 0x10, [5]");
}
END_TEST

START_TEST(sizes_of_names)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "abc" };
	struct msghdr message = { .msg_name = &un, .msg_namelen = 5 };
	struct call_event call = call_of(SYS_recvmsg, 0);
	uint32_t room = 2 + 1;
	memcpy((char *)&message + MSGHDR_ROOM, &room, sizeof(room));
	call.block[0] = MEMORY(message);
	call.block[1] = memory_of(&un, 2);
	prints(&call,
		"3, {msg_name={sa_family=AF_UNIX}, msg_namelen=2 => 5, msg_iov=NULL, msg_iovlen=0, msg_controllen=0, msg_flags=0}, MSG_TRUNC");
	call.nr = SYS_sendmsg;
	prints(&call,
		"3, {msg_name={sa_family=AF_UNIX}, msg_namelen=5, msg_iov=NULL, msg_iovlen=0, msg_controllen=0, msg_flags=0}, MSG_TRUNC");
}
END_TEST

START_TEST(addresses_as_json)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "a\"\\\n" };
	struct call_event call = call_of(SYS_bind, 0);
	struct text out = { 0 };
	call.args[2] = sizeof(un);
	call.block[0] = MEMORY(un);
	args_json(&out, &call);
	cJSON *json = cJSON_ParseWithLength(out.data, out.len);
	ck_assert_int_eq(cJSON_GetArraySize(json), 3);
	ck_assert_str_eq(cJSON_GetStringValue(cJSON_GetArrayItem(json, 1)),
		"{sa_family=AF_UNIX, sun_path=\"a\\\"\\\\\\n\"}");
	cJSON_Delete(json);
	text_free(&out);
}
END_TEST

START_TEST(passed_descriptors)
{
	struct {
		size_t len; /* struct cmsghdr and its data */
		int level, type, fds[2];
	} control = { CMSG_LEN(8), SOL_SOCKET, SCM_RIGHTS, { 5, 6 } };
	struct iovec part = { &control, 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};
	struct call_event call = call_of(SYS_sendmsg, 1);
	call.args[2] = MSG_NOSIGNAL;
	call.block[0] = MEMORY(message);
	call.block[2] = MEMORY(part);
	call.block[3] = MEMORY(control);
	prints(&call,
		"3, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=..., iov_len=1}], msg_iovlen=1, "
		"msg_control=[{cmsg_len=24, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[5, 6]}], msg_controllen=24, msg_flags=0}, MSG_NOSIGNAL");
	control.len = 25; /* longer than the available bytes */
	message.msg_iovlen = 2000;
	message.msg_iov = (void *)0x99;
	prints(&call,
		"3, {msg_name=NULL, msg_namelen=0, msg_iov=0x99, msg_iovlen=2000, "
		"msg_control=[{cmsg_len=25, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[5, 6]}], msg_controllen=24, msg_flags=0}, MSG_NOSIGNAL");
	control.len = 3;
	message.msg_iovlen = 0;
	message.msg_controllen = 0;
	prints(&call,
		"3, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=..., iov_len=1}], msg_iovlen=0, msg_controllen=0, msg_flags=0}, MSG_NOSIGNAL");
}
END_TEST

START_TEST(options_of_sockets)
{
	int value = ECONNREFUSED;
	struct call_event call = call_of(SYS_getsockopt, 0);
	call.args[1] = SOL_SOCKET;
	call.args[2] = SO_ERROR;
	call.block[0] = MEMORY(value);
	call.block[1] = BYTES("\4\0\0\0");
	prints(&call, "3, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]");
	call.args[2] = SO_TYPE;
	prints(&call, "3, SOL_SOCKET, SO_TYPE, [111], [4]");
	call.args[1] = 6;
	call.args[2] = 9999;
	call.block[0] = BYTES("abc");
	prints(&call, "3, SOL_TCP, 0x270f /* TCP_??? */, \"abc\", [4]");
	call.args[1] = 12345;
	prints(&call, "3, 0x3039 /* SOL_??? */, 9999, \"abc\", [4]");
}
END_TEST

Suite *memory_sockets_suite(void)
{
	Suite *suite = suite_create("memory_sockets");
	TCase *tc = tcase_create("sockets");
	tcase_add_test(tc, addresses);
	tcase_add_test(tc, sizes_of_buffers);
	tcase_add_test(tc, sizes_of_names);
	tcase_add_test(tc, addresses_as_json);
	tcase_add_test(tc, passed_descriptors);
	tcase_add_test(tc, options_of_sockets);
	suite_add_tcase(suite, tc);
	return suite;
}

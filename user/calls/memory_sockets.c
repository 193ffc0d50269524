/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses, messages and options of sockets. */
#include <arpa/inet.h>
#include <limits.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "flags.h"
#include "memory_fields.h"
#include "memory_kinds.h"
#include "memory_lists.h"
#include "memory_printers.h"
#include "memory_read.h"
#include "result.h"
#include "user/base/errnames.h"
#include "value_text.h"

static void port_text(struct text *out, const char *name, struct span address, size_t at)
{
	text_str(out, name);
	text_u64(out, ntohs((uint16_t)memory_number(address, at, 2)));
	text_char(out, ')');
}

static void unix_address(struct text *out, struct span address)
{
	/* the kernel takes no more than the struct has */
	struct span path = memory_part(
		address, offsetof(struct sockaddr_un, sun_path), sizeof(((struct sockaddr_un *)0)->sun_path));
	if (path.len == 0)
		return;
	text_str(out, ", sun_path=");
	if (path.data[0] == '\0') {
		text_char(out, '@');
		path = memory_part(path, 1, SIZE_MAX);
	} else {
		path.len = (uint32_t)strnlen(path.data, path.len);
	}
	quoted_text(out, path);
}

static void internet_address(struct text *out, struct span address)
{
	char name[INET_ADDRSTRLEN];
	struct in_addr number = { .s_addr = memory_u32(address, offsetof(struct sockaddr_in, sin_addr)) };
	port_text(out, ", sin_port=htons(", address, offsetof(struct sockaddr_in, sin_port));
	text_str(out, ", sin_addr=inet_addr(\"");
	text_str(out, inet_ntop(AF_INET, &number, name, sizeof(name)) ?: "");
	text_str(out, "\")");
}

static void internet6_address(struct text *out, struct span address)
{
	char name[INET6_ADDRSTRLEN];
	struct in6_addr number;
	memcpy(&number, address.data + offsetof(struct sockaddr_in6, sin6_addr), sizeof(number));
	port_text(out, ", sin6_port=htons(", address, offsetof(struct sockaddr_in6, sin6_port));
	text_str(out, ", sin6_flowinfo=htonl(");
	text_u64(out, ntohl(memory_u32(address, offsetof(struct sockaddr_in6, sin6_flowinfo))));
	text_str(out, "), inet_pton(AF_INET6, \"");
	text_str(out, inet_ntop(AF_INET6, &number, name, sizeof(name)) ?: "");
	text_str(out, "\", &sin6_addr), sin6_scope_id=");
	text_u64(out, memory_u32(address, offsetof(struct sockaddr_in6, sin6_scope_id)));
}

static void netlink_address(struct text *out, struct span address)
{
	text_str(out, ", nl_pid=");
	text_u64(out, memory_u32(address, offsetof(struct sockaddr_nl, nl_pid)));
	text_printf(out, ", nl_groups=%08x", memory_u32(address, offsetof(struct sockaddr_nl, nl_groups)));
}

static void address_text(struct text *out, struct span address)
{
	unsigned family = (unsigned)memory_number(address, 0, sizeof(sa_family_t));
	text_str(out, "{sa_family=");
	flags_text(out, ARG_DOMAIN, family);
	if (family == AF_UNIX) {
		unix_address(out, address);
	} else if (family == AF_INET && address.len >= sizeof(struct sockaddr_in)) {
		internet_address(out, address);
	} else if (family == AF_INET6 && address.len >= sizeof(struct sockaddr_in6)) {
		internet6_address(out, address);
	} else if (family == AF_NETLINK && address.len >= sizeof(struct sockaddr_nl)) {
		netlink_address(out, address);
	} else {
		text_str(out, ", sa_data=");
		quoted_text(out, memory_part(address, sizeof(sa_family_t), SIZE_MAX));
	}
	text_char(out, '}');
}

/* An address of which not all could be read, though less than ADDRESS_MAX, is none for the kernel either. */
static void address_or_pointer(struct text *out, struct span address, uint64_t pointer)
{
	if (address.len < sizeof(sa_family_t) || (address.cut && address.len < ADDRESS_MAX))
		pointer_text(out, pointer);
	else
		address_text(out, address);
}

PRINTER(sockaddr)
{
	address_or_pointer(out, arg->memory[0], arg->value);
}

/* The size of a buffer, and, if it is another one, of what the call had for it. `room`: the former, plus 1; 0: not
 * known. */
static void length_text(struct text *out, const struct call_event *call, uint32_t room, int32_t length)
{
	if (room && (int32_t)(room - 1) != length && call->returned && !result_failed(call)) {
		text_s64(out, (int32_t)(room - 1));
		text_str(out, " => ");
	}
	text_s64(out, length);
}

PRINTER(length)
{
	text_char(out, '[');
	length_text(out, call, memory_u32(arg->memory[0], 4), memory_s32(arg->memory[0], 0));
	text_char(out, ']');
}

/* ---- messages ---- */

static const struct field credentials[] = { { "pid", 0, 4, FIELD_SIGNED, ARG_NONE },
	{ "uid", 4, 4, FIELD_UNSIGNED, ARG_NONE }, { "gid", 8, 4, FIELD_UNSIGNED, ARG_NONE }, MEMBERS_END };

static void control_data(struct text *out, struct span data, uint32_t level, uint32_t type)
{
	if (level == SOL_SOCKET && type == SCM_RIGHTS) {
		text_char(out, '[');
		for (size_t at = 0; at + sizeof(int) <= data.len; at += sizeof(int)) {
			text_str(out, at ? ", " : "");
			text_s64(out, memory_s32(data, at));
		}
		text_char(out, ']');
	} else if (level == SOL_SOCKET && type == SCM_CREDENTIALS) {
		fields_text(out, data, credentials);
	} else {
		text_str(out, "...");
	}
}

static void control_message(struct text *out, struct span control, uint64_t len)
{
	static const struct field fields[] = { { "cmsg_len", 0, 8, FIELD_UNSIGNED, ARG_NONE },
		{ "cmsg_level", 8, 4, FIELD_SYMBOL, ARG_SOCKET_LEVEL }, MEMBERS_END };
	uint32_t level = memory_u32(control, 8), type = memory_u32(control, 12);
	fields_open_text(out, control, fields);
	text_str(out, ", cmsg_type=");
	if (level == SOL_SOCKET)
		flags_text(out, ARG_CONTROL_TYPE, type);
	else
		text_u64(out, type);
	text_str(out, ", cmsg_data=");
	control_data(
		out, memory_part(control, sizeof(struct cmsghdr), len - sizeof(struct cmsghdr)), level, type);
	text_char(out, '}');
}

static void control_text(struct text *out, struct span control)
{
	size_t at = 0;
	text_char(out, '[');
	while (at + sizeof(struct cmsghdr) <= control.len) {
		uint64_t len = memory_u64(control, at);
		if (len < sizeof(struct cmsghdr) || len > control.len - at)
			break;
		text_str(out, at ? ", " : "");
		control_message(out, memory_part(control, at, SIZE_MAX), len);
		at += CMSG_ALIGN(len);
	}
	if (control.cut || at < control.len)
		text_str(out, at ? ", ..." : "...");
	text_char(out, ']');
}

PRINTER(msghdr)
{
	static const struct field name_len = { "msg_namelen", 8, 4, FIELD_SIGNED, ARG_NONE },
				  count = { "msg_iovlen", 24, 8, FIELD_UNSIGNED, ARG_NONE },
				  control_len = { "msg_controllen", 40, 8, FIELD_UNSIGNED, ARG_NONE },
				  flags = { "msg_flags", 48, 4, FIELD_SYMBOL, ARG_MESSAGE_FLAGS };
	struct span head = arg->memory[0], name = arg->memory[1], vectors = arg->memory[2],
		    control = arg->memory[3];
	text_char(out, '{');
	if (arg->type == ARG_OUT_MSGHDR && result_failed(call)) {
		field_text(out, head, &name_len, true);
		text_char(out, '}');
		return;
	}
	text_str(out, "msg_name=");
	address_or_pointer(out, name, memory_u64(head, 0));
	text_str(out, ", msg_namelen=");
	length_text(out, call, arg->type == ARG_OUT_MSGHDR ? memory_u32(head, MSGHDR_ROOM) : 0,
		memory_s32(head, name_len.at));
	text_str(out, ", msg_iov=");
	if (vectors.data &&
		memory_u64(head, count.at) <= IOV_MAX) /* a larger count fails before the kernel reads any */
		iovecs_text(out, vectors, memory_u64(head, 16), false);
	else
		pointer_text(out, memory_u64(head, 16));
	field_text(out, head, &count, false);
	if (memory_u64(head, control_len.at)) {
		text_str(out, ", msg_control=");
		if (control.data)
			control_text(out, control);
		else
			pointer_text(out, memory_u64(head, 32));
	}
	field_text(out, head, &control_len, false);
	field_text(out, head, &flags, false);
	text_char(out, '}');
}

/* ---- options ---- */

PRINTER(sockopt)
{
	static const struct field linger[] = { { "l_onoff", 0, 4, FIELD_SIGNED, ARG_NONE },
		{ "l_linger", 4, 4, FIELD_SIGNED, ARG_NONE }, MEMBERS_END };
	struct span value = arg->memory[0];
	int level = (int)call->args[1], option = (int)call->args[2];
	int32_t number = memory_s32(value, 0);
	if (!value.len)
		pointer_text(out, arg->value);
	else if (level == SOL_SOCKET && option == SO_LINGER && value.len >= sizeof(struct linger)) {
		fields_text(out, value, linger);
	} else if (level == SOL_SOCKET && option == SO_PEERCRED && value.len >= sizeof(struct ucred)) {
		fields_text(out, value, credentials);
	} else if (value.len == sizeof(number)) {
		const char *error = level == SOL_SOCKET && option == SO_ERROR ? errno_name(number) : NULL;
		text_char(out, '[');
		if (error)
			text_str(out, error);
		else
			text_s64(out, number);
		text_char(out, ']');
	} else {
		quoted_text(out, value);
	}
}

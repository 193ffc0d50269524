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
#include <time.h>

#include "flags.h"
#include "memory_fields.h"
#include "memory_kinds.h"
#include "memory_lists.h"
#include "memory_printers.h"
#include "memory_read.h"
#include "memory_sockets.h"
#include "result.h"
#include "value_text.h"

#define SIN6_MIN offsetof(struct sockaddr_in6, sin6_scope_id)

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

/* `begin`, then an address in the network's order of bytes: "1.2.3.4") */
static void internet_text(struct text *out, const char *begin, uint32_t address)
{
	char name[INET_ADDRSTRLEN];
	text_printf(out, "%s\"%s\")", begin, inet_ntop(AF_INET, &address, name, sizeof(name)) ?: "");
}

static void internet_address(struct text *out, struct span address)
{
	port_text(out, ", sin_port=htons(", address, offsetof(struct sockaddr_in, sin_port));
	internet_text(
		out, ", sin_addr=inet_addr(", memory_u32(address, offsetof(struct sockaddr_in, sin_addr)));
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
	text_str(out, "\", &sin6_addr)");
	if (address.len < sizeof(struct sockaddr_in6)) /* as RFC 2133 had it */
		return;
	text_str(out, ", sin6_scope_id=");
	text_u64(out, memory_u32(address, offsetof(struct sockaddr_in6, sin6_scope_id)));
}

void hardware_text(struct text *out, struct span bytes)
{
	for (uint32_t i = 0; i < bytes.len; i++)
		text_printf(out, "%s%02x", i ? ":" : "", (unsigned char)bytes.data[i]);
}

static void netlink_address(struct text *out, struct span address)
{
	text_str(out, ", nl_pid=");
	text_u64(out, memory_u32(address, offsetof(struct sockaddr_nl, nl_pid)));
	text_printf(out, ", nl_groups=%08x", memory_u32(address, offsetof(struct sockaddr_nl, nl_groups)));
}

void address_text(struct text *out, struct span address)
{
	unsigned family = (unsigned)memory_number(address, 0, sizeof(sa_family_t));
	text_str(out, "{sa_family=");
	flags_text(out, ARG_DOMAIN, family);
	if (family == AF_UNIX) {
		unix_address(out, address);
	} else if (family == AF_INET && address.len >= sizeof(struct sockaddr_in)) {
		internet_address(out, address);
	} else if (family == AF_INET6 && address.len >= SIN6_MIN) {
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

static void one_int(struct text *out, struct span element)
{
	text_s64(out, memory_s32(element, 0));
}

static void one_unsigned(struct text *out, struct span element)
{
	text_u64(out, memory_u32(element, 0));
}

static void one_byte(struct text *out, struct span element)
{
	hex_text(out, memory_number(element, 0, 1));
}

const struct field credentials_fields[] = { { "pid", 0, 4, FIELD_SIGNED, ARG_NONE },
	{ "uid", 4, 4, FIELD_UNSIGNED, ARG_NONE }, { "gid", 8, 4, FIELD_UNSIGNED, ARG_NONE }, MEMBERS_END };

/* As many elements as are shown of a list. */
static struct span first_ones(struct span data, size_t unit)
{
	struct span shown = memory_part(data, 0, ELEMENTS_MAX * unit);
	shown.cut = data.cut || data.len - data.len % unit > shown.len;
	return shown;
}

static void descriptors_data(struct text *out, struct span data)
{
	elements_text(out, first_ones(data, sizeof(int)), 0, sizeof(int), one_int);
}

static void credentials_data(struct text *out, struct span data)
{
	fields_text(out, data, credentials_fields);
}

static void timestamps_data(struct text *out, struct span data)
{
	elements_text(out, memory_part(data, 0, 3 * sizeof(struct timespec)), 0, sizeof(struct timespec),
		timespec_text);
}

static void bytes_data(struct text *out, struct span data)
{
	elements_text(out, first_ones(data, 1), 0, 1, one_byte);
}

static void numbers_data(struct text *out, struct span data)
{
	elements_text(out, first_ones(data, sizeof(int)), 0, sizeof(int), one_unsigned);
}

static void packet_data(struct text *out, struct span data)
{
	text_str(out, "{ipi_ifindex=");
	text_u64(out, memory_u32(data, 0));
	internet_text(out, ", ipi_spec_dst=inet_addr(", memory_u32(data, 4));
	internet_text(out, ", ipi_addr=inet_addr(", memory_u32(data, 8));
	text_char(out, '}');
}

static void failure_data(struct text *out, struct span data)
{
	static const struct field fields[] = { { "ee_errno", 0, 4, FIELD_UNSIGNED, ARG_NONE },
		{ "ee_origin", 4, 1, FIELD_UNSIGNED, ARG_NONE },
		{ "ee_type", 5, 1, FIELD_UNSIGNED, ARG_NONE }, { "ee_code", 6, 1, FIELD_UNSIGNED, ARG_NONE },
		{ "ee_info", 8, 4, FIELD_UNSIGNED, ARG_NONE }, { "ee_data", 12, 4, FIELD_UNSIGNED, ARG_NONE },
		MEMBERS_END };
	fields_open_text(out, data, fields);
	text_str(out, ", offender=");
	address_text(out, memory_part(data, 16, sizeof(struct sockaddr_in)));
	text_char(out, '}');
}

static const struct {
	int level;
	uint32_t type, least, whole; /* bytes of data */
	void (*print)(struct text *out, struct span data);
} control_types[] = {
	{ SOL_SOCKET, SCM_RIGHTS, sizeof(int), sizeof(int), descriptors_data },
	{ SOL_SOCKET, SCM_CREDENTIALS, sizeof(struct ucred), sizeof(struct ucred), credentials_data },
	{ SOL_SOCKET, 3 /* SCM_SECURITY */, 1, 1, quoted_text },
	{ SOL_SOCKET, 4 /* SCM_PIDFD */, sizeof(int), sizeof(int), descriptors_data },
	{ SOL_SOCKET, 29 /* SO_TIMESTAMP_OLD */, 1, 16, timeval_text },
	{ SOL_SOCKET, 35 /* SO_TIMESTAMPNS_OLD */, 1, 16, timespec_text },
	{ SOL_SOCKET, 37 /* SO_TIMESTAMPING_OLD */, 1, 48, timestamps_data },
	{ SOL_SOCKET, 63 /* SO_TIMESTAMP_NEW */, 1, 16, timeval_text },
	{ SOL_SOCKET, 64 /* SO_TIMESTAMPNS_NEW */, 1, 16, timespec_text },
	{ SOL_SOCKET, 65 /* SO_TIMESTAMPING_NEW */, 1, 48, timestamps_data },
	{ SOL_IP, IP_TOS, 1, 1, bytes_data },
	{ SOL_IP, IP_TTL, sizeof(int), sizeof(int), numbers_data },
	{ SOL_IP, 3 /* SCM_SECURITY */, 1, 1, quoted_text },
	{ SOL_IP, IP_RECVOPTS, 1, 1, bytes_data },
	{ SOL_IP, IP_RETOPTS, 1, 1, bytes_data },
	{ SOL_IP, IP_PKTINFO, sizeof(struct in_pktinfo), sizeof(struct in_pktinfo), packet_data },
	{ SOL_IP, IP_RECVERR, 16 + sizeof(struct sockaddr_in), 16 + sizeof(struct sockaddr_in),
		failure_data },
	{ SOL_IP, IP_ORIGDSTADDR, sizeof(struct sockaddr_in), sizeof(struct sockaddr_in), address_text },
	{ SOL_IP, IP_CHECKSUM, sizeof(int), sizeof(int), numbers_data },
};

/* `data`: what was copied of the message's `len` bytes of data. */
static void control_data(struct text *out, struct span data, uint64_t len, int level, uint32_t type)
{
	for (size_t i = 0; i < sizeof(control_types) / sizeof(control_types[0]); i++) {
		if (control_types[i].level != level || control_types[i].type != type ||
			len < control_types[i].least)
			continue;
		text_str(out, ", cmsg_data=");
		data.cut = data.len < len;
		if (data.len < control_types[i].whole)
			text_str(out, data.cut ? "..." : "???");
		else
			control_types[i].print(out, data);
	}
}

/* `rest`: what was copied from the message on, which has `left` bytes at most. */
static void control_message(struct text *out, struct span rest, uint64_t left)
{
	static const struct field fields[] = { { "cmsg_len", 0, 8, FIELD_UNSIGNED, ARG_NONE },
		{ "cmsg_level", 8, 4, FIELD_SYMBOL, ARG_SOCKET_LEVEL }, MEMBERS_END };
	uint64_t len = memory_u64(rest, 0), bytes = 0;
	int level = memory_s32(rest, 8);
	uint32_t type = memory_u32(rest, 12);
	fields_open_text(out, rest, fields);
	text_str(out, ", cmsg_type=");
	if (level == SOL_SOCKET || level == SOL_IP)
		flags_text(out, level == SOL_IP ? ARG_IP_CONTROL_TYPE : ARG_CONTROL_TYPE, type);
	else
		hex_text(out, type);
	if (len > left)
		len = left;
	if (len > sizeof(struct cmsghdr))
		bytes = len - sizeof(struct cmsghdr);
	control_data(out, memory_part(rest, sizeof(struct cmsghdr), bytes), bytes, level, type);
	text_char(out, '}');
}

/* Messages of `size` bytes at `address`, of which the first ones were copied. */
static void control_text(struct text *out, struct span control, uint64_t address, uint64_t size)
{
	uint64_t at = 0;
	text_char(out, '[');
	while (at + sizeof(struct cmsghdr) <= control.len) {
		uint64_t len = memory_u64(control, at);
		text_str(out, at ? ", " : "");
		control_message(out, memory_part(control, at, SIZE_MAX), size - at);
		if (len < sizeof(struct cmsghdr)) {
			at += sizeof(struct cmsghdr);
			break;
		}
		at = len >= size - at ? size : at + CMSG_ALIGN(len);
		if (at >= size)
			break;
	}
	if (at < size) {
		text_str(out, at ? ", ..." : "...");
		if (at <= control.len) {
			text_str(out, " /* ");
			text_hex(out, address + at);
			text_str(out, " */");
		}
	}
	text_char(out, ']');
}

/* Less than one message, or memory that ends: the kernel takes none of it. */
static void control_or_pointer(struct text *out, struct span control, uint64_t address, uint64_t size)
{
	text_str(out, ", msg_control=");
	if (control.len < sizeof(struct cmsghdr) || size < sizeof(struct cmsghdr) ||
		(control.cut && control.len < CONTROL_MAX))
		pointer_text(out, address);
	else
		control_text(out, control, address, size);
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
	if (memory_u64(head, control_len.at))
		control_or_pointer(out, control, memory_u64(head, 32), memory_u64(head, control_len.at));
	field_text(out, head, &control_len, false);
	field_text(out, head, &flags, false);
	text_char(out, '}');
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of the options of sockets. */
#include <arpa/inet.h>
#include <linux/icmp.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "flags.h"
#include "memory_fields.h"
#include "memory_printers.h"
#include "memory_read.h"
#include "memory_sockets.h"
#include "user/base/errnames.h"
#include "value_text.h"

#define OPTION_SHOWN 32 /* bytes of a value without a type */

struct option {
	struct span value;
	uint64_t pointer;
	uint64_t size; /* as the caller gave it */
	bool set;      /* setsockopt: the kernel reads all of it, or refuses it */
};

typedef void (*option_print)(struct text *out, const struct option *option);

/* The bytes of a number that the caller had no room for. */
static void bytes_text(struct text *out, struct span bytes)
{
	text_char(out, '"');
	for (uint32_t i = 0; i < bytes.len; i++)
		text_printf(out, "\\x%02x", (unsigned char)bytes.data[i]);
	text_char(out, '"');
}

static void number_option(struct text *out, const struct option *option)
{
	if (option->value.len >= sizeof(int)) {
		text_char(out, '[');
		text_s64(out, memory_s32(option->value, 0));
		text_char(out, ']');
	} else if (option->set) {
		pointer_text(out, option->pointer);
	} else {
		bytes_text(out, option->value);
	}
}

static void error_option(struct text *out, const struct option *option)
{
	const char *name = option->value.len >= sizeof(int) ? errno_name(memory_s32(option->value, 0)) : NULL;
	if (name)
		text_printf(out, "[%s]", name);
	else
		number_option(out, option);
}

static void rehash_option(struct text *out, const struct option *option)
{
	if (option->value.len < sizeof(int)) {
		number_option(out, option);
		return;
	}
	int32_t number = memory_s32(option->value, 0);
	text_char(out, '[');
	if (flags_names(ARG_TXREHASH, (uint32_t)number))
		flags_text(out, ARG_TXREHASH, (uint32_t)number);
	else
		text_printf(out, "%d /* SOCK_TXREHASH_??? */", number);
	text_char(out, ']');
}

/* The members of a struct as far as the caller had room for them; of the last one perhaps only some bytes. */
static void struct_option(
	struct text *out, const struct option *option, size_t size, const struct field *fields)
{
	struct span value = option->value;
	if (value.len >= size) {
		fields_text(out, value, fields);
		return;
	}
	if (option->set || !value.len) {
		pointer_text(out, option->pointer);
		return;
	}
	text_char(out, '{');
	for (const struct field *field = fields; field->name && field->at < value.len; field++) {
		if (field->at + field->size <= value.len) {
			field_text(out, value, field, field == fields);
			continue;
		}
		text_printf(out, "%s%s=", field == fields ? "" : ", ", field->name);
		bytes_text(out, memory_part(value, field->at, SIZE_MAX));
	}
	text_char(out, '}');
}

static void linger_option(struct text *out, const struct option *option)
{
	static const struct field fields[] = { { "l_onoff", 0, 4, FIELD_SIGNED, ARG_NONE },
		{ "l_linger", 4, 4, FIELD_SIGNED, ARG_NONE }, MEMBERS_END };
	struct_option(out, option, sizeof(struct linger), fields);
}

static void credentials_option(struct text *out, const struct option *option)
{
	struct_option(out, option, sizeof(struct ucred), credentials_fields);
}

static void plain_option(struct text *out, const struct option *option)
{
	struct span shown = memory_part(option->value, 0, OPTION_SHOWN);
	shown.cut = option->value.cut || option->value.len > OPTION_SHOWN;
	if (option->value.cut && option->value.len < OPTION_SHOWN) /* the rest could not be read */
		pointer_text(out, option->pointer);
	else if (option->value.len == sizeof(int))
		number_option(out, option);
	else
		quoted_text(out, shown);
}

static void time_option(struct text *out, const struct option *option)
{
	static const struct field fields[] = { { "tv_sec", 0, 8, FIELD_SIGNED, ARG_NONE },
		{ "tv_usec", 8, 8, FIELD_SIGNED, ARG_NONE }, MEMBERS_END };
	if (option->value.len >= 16)
		fields_text(out, option->value, fields);
	else
		plain_option(out, option);
}

/* A program of classic BPF: how long it is and where. getsockopt returns its instructions. */
static void filter_option(struct text *out, const struct option *option)
{
	static const struct field fields[] = { { "len", 0, 2, FIELD_UNSIGNED, ARG_NONE },
		{ "filter", 8, 8, FIELD_POINTER, ARG_NONE }, MEMBERS_END };
	if (option->set && option->size == 16 && option->value.len == 16)
		fields_text(out, option->value, fields);
	else
		pointer_text(out, option->pointer);
}

static void membership_option(struct text *out, const struct option *option)
{
	struct in_addr group = { .s_addr = memory_u32(option->value, 0) };
	struct in_addr interface = { .s_addr = memory_u32(option->value, 4) };
	char name[2][INET_ADDRSTRLEN];
	if (option->value.len < sizeof(struct ip_mreq)) {
		pointer_text(out, option->pointer);
		return;
	}
	text_printf(out, "{imr_multiaddr=inet_addr(\"%s\"), imr_interface=inet_addr(\"%s\")}",
		inet_ntop(AF_INET, &group, name[0], sizeof(name[0])) ?: "",
		inet_ntop(AF_INET, &interface, name[1], sizeof(name[1])) ?: "");
}

static void membership6_option(struct text *out, const struct option *option)
{
	char name[INET6_ADDRSTRLEN];
	if (option->value.len < sizeof(struct ipv6_mreq)) {
		pointer_text(out, option->pointer);
		return;
	}
	text_printf(out, "{inet_pton(AF_INET6, \"%s\", &ipv6mr_multiaddr), ipv6mr_interface=%u}",
		inet_ntop(AF_INET6, option->value.data, name, sizeof(name)) ?: "",
		memory_u32(option->value, offsetof(struct ipv6_mreq, ipv6mr_interface)));
}

static void group_option(struct text *out, const struct option *option)
{
	if (option->value.len < sizeof(struct group_req)) {
		pointer_text(out, option->pointer);
		return;
	}
	text_printf(out, "{gr_interface=%u, gr_group=", memory_u32(option->value, 0));
	address_text(out, memory_part(option->value, offsetof(struct group_req, gr_group), SIZE_MAX));
	text_char(out, '}');
}

static void packets_option(struct text *out, const struct option *option)
{
	static const struct field interface[] = { { "mr_ifindex", 0, 4, FIELD_SIGNED, ARG_NONE },
		{ "mr_type", 4, 2, FIELD_SYMBOL, ARG_PACKET_MEMBERSHIP },
		{ "mr_alen", 6, 2, FIELD_UNSIGNED, ARG_NONE }, MEMBERS_END };
	struct span value = option->value;
	if (value.len != sizeof(struct packet_mreq) || option->size != value.len) {
		pointer_text(out, option->pointer);
		return;
	}
	fields_open_text(out, value, interface);
	text_str(out, ", mr_address=");
	hardware_text(out, memory_part(value, 8, memory_number(value, 6, 2)));
	text_char(out, '}');
}

static void ring_option(struct text *out, const struct option *option)
{
	static const struct field fields[] = { { "tp_block_size", 0, 4, FIELD_UNSIGNED, ARG_NONE },
		{ "tp_block_nr", 4, 4, FIELD_UNSIGNED, ARG_NONE },
		{ "tp_frame_size", 8, 4, FIELD_UNSIGNED, ARG_NONE },
		{ "tp_frame_nr", 12, 4, FIELD_UNSIGNED, ARG_NONE }, MEMBERS_END };
	if (option->value.len == sizeof(struct tpacket_req) && option->size == sizeof(struct tpacket_req))
		fields_text(out, option->value, fields);
	else
		pointer_text(out, option->pointer);
}

static void packet_counts_option(struct text *out, const struct option *option)
{
	static const struct field fields[] = { { "tp_packets", 0, 4, FIELD_UNSIGNED, ARG_NONE },
		{ "tp_drops", 4, 4, FIELD_UNSIGNED, ARG_NONE },
		{ "tp_freeze_q_cnt", 8, 4, FIELD_UNSIGNED, ARG_NONE }, MEMBERS_END };
	struct_option(out, option, 12, fields);
}

/* Types of messages: those of the set, or of its complement if that has fewer. What the caller does not say is set. */
static void icmp_option(struct text *out, const struct option *option)
{
	size_t len = option->value.len;
	uint32_t set = UINT32_MAX;
	if (!len) {
		pointer_text(out, option->pointer);
		return;
	}
	if (len < sizeof(set))
		set = set << 8 * len | (uint32_t)memory_number(option->value, 0, len);
	else
		set = memory_u32(option->value, 0);
	if (__builtin_popcount(set) > 16) {
		text_char(out, '~');
		set = ~set;
	}
	const char *between = "[";
	for (uint32_t type = 0; type < 32; type++) {
		if (!(set >> type & 1))
			continue;
		text_str(out, between);
		flags_text(out, ARG_ICMP_TYPE, type);
		between = " ";
	}
	text_str(out, *between == '[' ? "[]" : "]");
}

static const struct {
	int level, option;
	option_print print;
} options[] = {
	{ SOL_SOCKET, SO_LINGER, linger_option },
	{ SOL_SOCKET, SO_PEERCRED, credentials_option },
	{ SOL_SOCKET, SO_ERROR, error_option },
	{ SOL_SOCKET, 20 /* SO_RCVTIMEO_OLD */, time_option },
	{ SOL_SOCKET, 21 /* SO_SNDTIMEO_OLD */, time_option },
	{ SOL_SOCKET, 66 /* SO_RCVTIMEO_NEW */, time_option },
	{ SOL_SOCKET, 67 /* SO_SNDTIMEO_NEW */, time_option },
	{ SOL_SOCKET, SO_ATTACH_FILTER, filter_option },
	{ SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, filter_option },
	{ SOL_SOCKET, 74 /* SO_TXREHASH */, rehash_option },
	{ SOL_IP, IP_ADD_MEMBERSHIP, membership_option },
	{ SOL_IP, IP_DROP_MEMBERSHIP, membership_option },
	{ SOL_IP, MCAST_JOIN_GROUP, group_option },
	{ SOL_IP, MCAST_LEAVE_GROUP, group_option },
	{ SOL_IPV6, IPV6_ADD_MEMBERSHIP, membership6_option },
	{ SOL_IPV6, IPV6_DROP_MEMBERSHIP, membership6_option },
	{ SOL_IPV6, IPV6_JOIN_ANYCAST, membership6_option },
	{ SOL_IPV6, IPV6_LEAVE_ANYCAST, membership6_option },
	{ SOL_IPV6, MCAST_JOIN_GROUP, group_option },
	{ SOL_IPV6, MCAST_LEAVE_GROUP, group_option },
	{ SOL_PACKET, PACKET_RX_RING, ring_option },
	{ SOL_PACKET, PACKET_TX_RING, ring_option },
	{ SOL_PACKET, PACKET_ADD_MEMBERSHIP, packets_option },
	{ SOL_PACKET, PACKET_DROP_MEMBERSHIP, packets_option },
	{ SOL_PACKET, PACKET_STATISTICS, packet_counts_option },
	{ SOL_RAW, ICMP_FILTER, icmp_option },
};

static const int other_types[] = { SO_TYPE, SO_PROTOCOL, SO_DOMAIN, 22, 23, 24 /* SO_SECURITY_... */,
	47 /* SO_MAX_PACING_RATE */, 48 /* SO_BPF_EXTENSIONS */, 50 /* SO_ATTACH_BPF */,
	52 /* SO_ATTACH_REUSEPORT_EBPF */, 62 /* SO_BINDTOIFINDEX */, 72 /* SO_BUF_LOCK */, SO_BINDTODEVICE,
	SO_PEERNAME, SO_PEERSEC, 55 /* SO_MEMINFO */, 57 /* SO_COOKIE */, 59 /* SO_PEERGROUPS */,
	61 /* SO_TXTIME */, 71 /* SO_NETNS_COOKIE */ };

/* How a value prints; NULL: its type is not known. */
static option_print printer_of(int level, int option)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (options[i].level == level && options[i].option == option)
			return options[i].print;
	if (level != SOL_SOCKET || !flags_names(ARG_SOL_SOCKET_OPTION, (uint64_t)option))
		return NULL;
	for (size_t i = 0; i < sizeof(other_types) / sizeof(other_types[0]); i++)
		if (other_types[i] == option)
			return NULL;
	return number_option;
}

PRINTER(sockopt)
{
	struct option option = { .value = arg->memory[0],
		.pointer = arg->value,
		.size = call->args[4],
		.set = call->nr == SYS_setsockopt };
	int level = (int)call->args[1];
	option_print print = printer_of(level, (int)call->args[2]);
	if (!option.value.len)
		pointer_text(out, arg->value);
	else if (print)
		print(out, &option);
	else if (level == SOL_NETLINK)
		number_option(out, &option);
	else
		plain_option(out, &option);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Network interfaces. */
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "flags.h"
#include "memory_fields.h"
#include "memory_printers.h"
#include "memory_read.h"
#include "memory_sockets.h"
#include "result.h"
#include "value_text.h"

#define NAME_BYTES  16 /* of an interface, with the zero byte */
#define ETHERNET    1  /* ARPHRD_ETHER */
#define MAC_BYTES   6
#define VALUE_BYTES 16 /* of the union after the name; only struct ifmap has more */

enum value_form { VALUE_ADDRESS, VALUE_FLAGS, VALUE_HARDWARE, VALUE_MAP, VALUE_NAME, VALUE_NUMBER };

/* What a request passes in a struct ifreq beside the name. */
static const struct request {
	uint16_t get, set;
	const char *name;
	enum value_form form;
} requests[] = {
	{ SIOCGIFADDR, SIOCSIFADDR, "ifr_addr", VALUE_ADDRESS },
	{ SIOCGIFBRDADDR, SIOCSIFBRDADDR, "ifr_broadaddr", VALUE_ADDRESS },
	{ SIOCGIFDSTADDR, SIOCSIFDSTADDR, "ifr_dstaddr", VALUE_ADDRESS },
	{ SIOCGIFNETMASK, SIOCSIFNETMASK, "ifr_netmask", VALUE_ADDRESS },
	{ SIOCGIFHWADDR, SIOCSIFHWADDR, "ifr_hwaddr", VALUE_HARDWARE },
	{ 0, SIOCSIFHWBROADCAST, "ifr_hwaddr", VALUE_HARDWARE },
	{ SIOCADDMULTI, SIOCDELMULTI, "ifr_hwaddr", VALUE_HARDWARE },
	{ SIOCGIFFLAGS, SIOCSIFFLAGS, "ifr_flags", VALUE_FLAGS },
	{ SIOCGIFINDEX, 0, "ifr_ifindex", VALUE_NUMBER },
	{ SIOCGIFMETRIC, SIOCSIFMETRIC, "ifr_metric", VALUE_NUMBER },
	{ SIOCGIFMTU, SIOCSIFMTU, "ifr_mtu", VALUE_NUMBER },
	{ SIOCGIFTXQLEN, SIOCSIFTXQLEN, "ifr_qlen", VALUE_NUMBER },
	{ SIOCGIFSLAVE, SIOCSIFSLAVE, "ifr_slave", VALUE_NAME },
	{ 0, SIOCSIFNAME, "ifr_newname", VALUE_NAME },
	{ SIOCGIFMAP, SIOCSIFMAP, "ifr_map", VALUE_MAP },
};

static void name_text(struct text *out, struct span memory, size_t at)
{
	struct span name = memory_part(memory, at, NAME_BYTES);
	uint32_t len = (uint32_t)strnlen(name.data, name.len);
	name.cut = len == NAME_BYTES;
	name.len = len < NAME_BYTES ? len : NAME_BYTES - 1;
	quoted_text(out, name);
}

static void hardware_address(struct text *out, struct span value)
{
	unsigned family = (unsigned)memory_number(value, 0, 2);
	text_str(out, "{sa_family=");
	flags_text(out, ARG_HARDWARE_TYPE, family);
	text_str(out, ", sa_data=");
	if (family == ETHERNET)
		hardware_text(out, memory_part(value, 2, MAC_BYTES));
	else
		quoted_text(out, memory_part(value, 2, VALUE_BYTES - 2));
	text_char(out, '}');
}

static void value_text(struct text *out, struct span memory, enum value_form form)
{
	static const struct field map[] = { FIELD("mem_start", 0, 8, HEX), FIELD("mem_end", 8, 8, HEX),
		FIELD("base_addr", 16, 2, HEX), FIELD("irq", 18, 1, HEX), FIELD("dma", 19, 1, HEX),
		FIELD("port", 20, 1, HEX), MEMBERS_END };
	struct span value = memory_part(memory, NAME_BYTES, VALUE_BYTES);
	switch (form) {
	case VALUE_ADDRESS:
		address_text(out, value);
		break;
	case VALUE_FLAGS:
		flags_text(out, ARG_INTERFACE_FLAGS, memory_number(value, 0, 2));
		break;
	case VALUE_HARDWARE:
		hardware_address(out, value);
		break;
	case VALUE_MAP:
		fields_text(out, memory_part(memory, NAME_BYTES, sizeof(struct ifmap)), map);
		break;
	case VALUE_NAME:
		name_text(out, memory, NAME_BYTES);
		break;
	case VALUE_NUMBER:
		text_s64(out, memory_s32(value, 0));
		break;
	}
}

/* The requests that have the number of an interface: its name is the answer, or there is none. */
static bool by_number(struct text *out, const struct arg *arg, uint32_t request, bool answered)
{
	if (request != SIOCGIFNAME && request != SIOCBRADDIF && request != SIOCBRDELIF)
		return false;
	text_printf(out, "{ifr_ifindex=%d", memory_s32(arg->memory[0], NAME_BYTES));
	if (request == SIOCGIFNAME && answered) {
		text_str(out, ", ifr_name=");
		name_text(out, arg->memory[0], 0);
	}
	text_char(out, '}');
	return true;
}

PRINTER(ifreq)
{
	uint32_t request = (uint32_t)call->args[1];
	bool answered = call->returned && !result_failed(call);
	if (by_number(out, arg, request, answered))
		return;
	text_str(out, "{ifr_name=");
	name_text(out, arg->memory[0], 0);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		if (request != requests[i].set && (request != requests[i].get || !request))
			continue;
		if (arg->type == ARG_OUT_IFREQ && !answered)
			break;
		text_printf(out, ", %s=", requests[i].name);
		value_text(out, arg->memory[0], requests[i].form);
		break;
	}
	text_char(out, '}');
}

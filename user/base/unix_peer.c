/* SPDX-License-Identifier: BSD-2-Clause */
#include "unix_peer.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static ino_t peer_in(const struct nlmsghdr *answer)
{
	if (answer->nlmsg_type != SOCK_DIAG_BY_FAMILY)
		return 0; /* an error */
	const struct unix_diag_msg *socket = NLMSG_DATA(answer);
	int left = (int)(answer->nlmsg_len - NLMSG_LENGTH(sizeof(*socket)));
	for (const struct rtattr *attribute = (const void *)(socket + 1); RTA_OK(attribute, left);
		attribute = RTA_NEXT(attribute, left)) {
		uint32_t peer;
		if (attribute->rta_type != UNIX_DIAG_PEER || RTA_PAYLOAD(attribute) < sizeof(peer))
			continue;
		memcpy(&peer, RTA_DATA(attribute), sizeof(peer));
		return peer;
	}
	return 0;
}

ino_t unix_peer(ino_t ino)
{
	struct {
		struct nlmsghdr head;
		struct unix_diag_req what;
	} question = {
		.head = { .nlmsg_len = sizeof(question),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST },
		.what = { .sdiag_family = AF_UNIX,
			.udiag_states = UINT32_MAX,
			.udiag_ino = (uint32_t)ino,
			.udiag_show = UDIAG_SHOW_PEER,
			.udiag_cookie = { UINT32_MAX, UINT32_MAX } }, /* any */
	};
	_Alignas(struct nlmsghdr) char answer[1024];
	const struct nlmsghdr *head = (const void *)answer;
	ino_t peer = 0;
	int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (netlink < 0)
		return 0;
	if (send(netlink, &question, sizeof(question), 0) == sizeof(question)) {
		ssize_t got = recv(netlink, answer, sizeof(answer), 0);
		if (got > 0 && NLMSG_OK(head, (size_t)got))
			peer = peer_in(head);
	}
	close(netlink);
	return peer;
}

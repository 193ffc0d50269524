/* SPDX-License-Identifier: BSD-2-Clause */
/* Structs of calls with a command. Offsets stand where the oldest supported headers lack a struct. */
#include "memory_commands.h"

#include <linux/fiemap.h>
#include <sys/ioctl.h>

#include "flags.h"
#include "memory_printers.h"
#include "memory_read.h"
#include "result.h"

/* ---- terminals, file systems, block devices ---- */

const struct field winsize_fields[] = { MEMBER(struct winsize, ws_row, UNSIGNED, NONE),
	MEMBER(struct winsize, ws_col, UNSIGNED, NONE), MEMBER(struct winsize, ws_xpixel, UNSIGNED, NONE),
	MEMBER(struct winsize, ws_ypixel, UNSIGNED, NONE), MEMBERS_END };

const struct field clone_range_fields[] = { FIELD("src_fd", 0, 8, SIGNED),
	FIELD("src_offset", 8, 8, UNSIGNED), FIELD("src_length", 16, 8, UNSIGNED),
	FIELD("dest_offset", 24, 8, UNSIGNED), MEMBERS_END };

const struct field trim_range_fields[] = { FIELD("start", 0, 8, HEX), FIELD("len", 8, 8, UNSIGNED),
	FIELD("minlen", 16, 8, UNSIGNED), MEMBERS_END };

const struct field fsxattr_fields[] = { FLAGS("fsx_xflags", 0, 4, FS_XFLAGS),
	FIELD("fsx_extsize", 4, 4, UNSIGNED), FIELD("fsx_nextents", 8, 4, UNSIGNED),
	FIELD("fsx_projid", 12, 4, HEX), FIELD("fsx_cowextsize", 16, 4, UNSIGNED), MEMBERS_END };

/* The kernel ignores fsx_nextents. */
const struct field fsxattr_set_fields[] = { FLAGS("fsx_xflags", 0, 4, FS_XFLAGS),
	FIELD("fsx_extsize", 4, 4, UNSIGNED), FIELD("fsx_projid", 12, 4, HEX),
	FIELD("fsx_cowextsize", 16, 4, UNSIGNED), MEMBERS_END };

/* The extents that follow the struct are not copied. */
PRINTER(fiemap)
{
	static const struct field asked[] = { MEMBER(struct fiemap, fm_start, UNSIGNED, NONE),
		MEMBER(struct fiemap, fm_length, UNSIGNED, NONE),
		MEMBER(struct fiemap, fm_flags, SYMBOL, FIEMAP_FLAGS),
		MEMBER(struct fiemap, fm_extent_count, UNSIGNED, NONE), MEMBERS_END };
	static const struct field got[] = { MEMBER(struct fiemap, fm_flags, SYMBOL, FIEMAP_FLAGS),
		MEMBER(struct fiemap, fm_mapped_extents, UNSIGNED, NONE), MEMBERS_LEFT_OUT, MEMBERS_END };
	fields_text(out, arg->memory[0], asked);
	if (!call->returned || result_failed(call))
		return;
	text_str(out, " => ");
	fields_text(out, arg->memory[0], got);
}

/* ---- seccomp, kcmp ---- */

const struct field filter_fields[] = { FIELD("len", 0, 2, UNSIGNED), FIELD("filter", 8, 8, POINTER),
	MEMBERS_END };

const struct field notif_sizes_fields[] = { FIELD("seccomp_notif", 0, 2, UNSIGNED),
	FIELD("seccomp_notif_resp", 2, 2, UNSIGNED), FIELD("seccomp_data", 4, 2, UNSIGNED), MEMBERS_END };

const struct field epoll_slot_fields[] = { FIELD("efd", 0, 4, SIGNED), FIELD("tfd", 4, 4, SIGNED),
	FIELD("toff", 8, 4, UNSIGNED), MEMBERS_END };

/* The entropy follows: data. */
const struct field entropy_fields[] = { FIELD("entropy_count", 0, 4, SIGNED), FIELD("buf_size", 4, 4, SIGNED),
	FIELD("buf=...", 0, 0, REST), MEMBERS_END };

const struct field sysctl_fields[] = { FIELD("name", 0, 8, POINTER), FIELD("nlen", 8, 4, SIGNED),
	FIELD("oldval", 16, 8, POINTER), FIELD("oldlenp", 24, 8, POINTER), FIELD("newval", 32, 8, POINTER),
	FIELD("newlen", 40, 8, UNSIGNED), MEMBERS_END };

/* ---- landlock ---- */

const struct field path_beneath_fields[] = { FLAGS("allowed_access", 0, 8, LANDLOCK_FS),
	FIELD("parent_fd", 8, 4, SIGNED), MEMBERS_END };

const struct field net_port_fields[] = { FLAGS("allowed_access", 0, 8, LANDLOCK_NET),
	FIELD("port", 8, 8, UNSIGNED), MEMBERS_END };

PRINTER(ruleset)
{
	static const struct field fields[] = { FLAGS("handled_access_fs", 0, 8, LANDLOCK_FS), MEMBERS_END };
	fields_open_text(out, arg->memory[0], fields);
	text_str(out, call->args[1] > 8 ? ", ...}" : "}");
}

/* ---- userfaultfd ---- */

const struct field uffd_range_fields[] = { FIELD("start", 0, 8, HEX), FIELD("len", 8, 8, HEX), MEMBERS_END };

#define UFFD_RANGE STRUCT_OPEN(range), FIELD("start", 0, 8, HEX), FIELD("len", 8, 8, HEX), STRUCT_CLOSE

/* The features that were asked for are overwritten by those that there are. */
static void features_text(struct text *out, struct span memory)
{
	static const struct field api = FIELD("{api", 0, 8, HEX),
				  features = FLAGS(" => features", 8, 8, UFFD_FEATURES),
				  ioctls = FIELD("ioctls", 16, 8, HEX);
	field_text(out, memory, &api, true);
	field_text(out, memory, &features, true);
	field_text(out, memory, &ioctls, false);
	text_char(out, '}');
}

/* The last member is the kernel's answer: a failed call has none. */
PRINTER(uffd)
{
	static const struct field api[] = { FIELD("api", 0, 8, HEX), FLAGS("features", 8, 8, UFFD_FEATURES),
		MEMBERS_END },
				  copy[] = { FIELD("dst", 0, 8, HEX), FIELD("src", 8, 8, HEX),
					  FIELD("len", 16, 8, HEX), FLAGS("mode", 24, 8, UFFD_COPY_MODE),
					  MEMBERS_END },
				  register_[] = { UFFD_RANGE, FLAGS("mode", 16, 8, UFFD_REGISTER_MODE),
					  MEMBERS_END },
				  zeropage[] = { UFFD_RANGE, FLAGS("mode", 16, 8, UFFD_ZEROPAGE_MODE),
					  MEMBERS_END };
	static const struct {
		enum arg_type type;
		const struct field *asked, answer;
	} structs[] = {
		{ ARG_UFFD_API, api, FIELD("ioctls", 16, 8, HEX) },
		{ ARG_UFFD_COPY, copy, FIELD("copy", 32, 8, HEX) },
		{ ARG_UFFD_REGISTER, register_, FIELD("ioctls", 24, 8, HEX) },
		{ ARG_UFFD_ZEROPAGE, zeropage, FIELD("zeropage", 24, 8, HEX) },
	};
	bool answered = call->returned && !result_failed(call);
	if (arg->type == ARG_UFFD_API && answered) {
		features_text(out, arg->memory[0]);
		return;
	}
	for (size_t i = 0; i < sizeof(structs) / sizeof(structs[0]); i++) {
		if (structs[i].type != arg->type)
			continue;
		fields_open_text(out, arg->memory[0], structs[i].asked);
		if (answered)
			field_text(out, arg->memory[0], &structs[i].answer, false);
		text_char(out, '}');
	}
}

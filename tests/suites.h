/* SPDX-License-Identifier: BSD-2-Clause */
/* Every suite of `make check`, one line each; tests/check.c runs them all and prints one closing line. */
#ifndef TESTS_SUITES_H
#define TESTS_SUITES_H

#include "checks.h"

/* Need neither root nor BPF: `make unit`. */
#define UNIT_SUITES(X)                                                                                       \
	X(out)                                                                                               \
	X(text)                                                                                              \
	X(json)                                                                                              \
	X(syscalls)                                                                                          \
	X(args)                                                                                              \
	X(filter)                                                                                            \
	X(select)                                                                                            \
	X(commands)                                                                                          \
	X(condition)                                                                                         \
	X(window)                                                                                            \
	X(names_record)                                                                                      \
	X(latency)                                                                                           \
	X(stats)                                                                                             \
	X(summary)                                                                                           \
	X(file_table)                                                                                        \
	X(model_tables)                                                                                      \
	X(pagecache)                                                                                         \
	X(block_events)                                                                                      \
	X(load_table)                                                                                        \
	X(cause)                                                                                             \
	X(inferred_loads)                                                                                    \
	X(sched_events)                                                                                      \
	X(files_text)                                                                                        \
	X(text_sink)                                                                                         \
	X(json_sink)                                                                                         \
	X(csv_sink)                                                                                          \
	X(chrome_sink)                                                                                       \
	X(html_sink)                                                                                         \
	X(sinks)                                                                                             \
	X(format)                                                                                            \
	X(extension)                                                                                         \
	X(hostile_extension)                                                                                 \
	X(memory_bundle)                                                                                     \
	X(cache)                                                                                             \
	X(policy)                                                                                            \
	X(policies)                                                                                          \
	X(policies_any)                                                                                      \
	X(replay)                                                                                            \
	X(corrupt)                                                                                           \
	X(probes)                                                                                            \
	X(bundlectl)                                                                                         \
	X(conversions)                                                                                       \
	X(outputs)                                                                                           \
	X(import_shards)                                                                                     \
	X(imports)                                                                                           \
	X(prefetch)                                                                                          \
	X(kinds)                                                                                             \
	X(pages)                                                                                             \
	X(many)                                                                                              \
	X(map)                                                                                               \
	X(threads)                                                                                           \
	X(faults)                                                                                            \
	X(allocation)                                                                                        \
	X(btrace)                                                                                            \
	X(call_rings)                                                                                        \
	X(timeline)                                                                                          \
	X(shards)                                                                                            \
	X(regions)                                                                                           \
	X(places)                                                                                            \
	X(memory)                                                                                            \
	X(stacks)                                                                                            \
	X(unwind)                                                                                            \
	X(modules)                                                                                           \
	X(address_spaces)                                                                                    \
	X(names)                                                                                             \
	X(stack_resolver)                                                                                    \
	X(process_maps)                                                                                      \
	X(usdt)                                                                                              \
	X(whom)                                                                                              \
	X(decode)                                                                                            \
	X(top)                                                                                               \
	X(model_sums)                                                                                        \
	X(file_hits)                                                                                         \
	X(part_looks)                                                                                        \
	X(machine)                                                                                           \
	X(clock)                                                                                             \
	X(known_files)                                                                                       \
	X(numbers)                                                                                           \
	X(elf_file)                                                                                          \
	X(proc)                                                                                              \
	X(cgroup)                                                                                            \
	X(governor)                                                                                          \
	X(identity)                                                                                          \
	X(event_kinds)                                                                                       \
	X(header)                                                                                            \
	X(memory_calls)                                                                                      \
	X(memory_parts)                                                                                      \
	X(memory_sockets)                                                                                    \
	X(memory_kernel)                                                                                     \
	X(zip_models)                                                                                        \
	X(onnx)                                                                                              \
	X(probemap)                                                                                          \
	X(phase_spots)                                                                                       \
	X(phases)

/*
 * Real BPF on real processes. Two of these run at the same time: each looks at nothing but what it has started itself, and
 * measures no time that another could prolong. The long ones first.
 */
#define SHARING_SUITES(X)                                                                                    \
	X(system_hooks)                                                                                      \
	X(system_exerciser)                                                                                  \
	X(system_browser)                                                                                    \
	X(system_load)                                                                                       \
	X(system_file_io)                                                                                    \
	X(system_pagecache)                                                                                  \
	X(system_bpftrace)                                                                                   \
	X(system_block)                                                                                      \
	X(system_sched)                                                                                      \
	X(system_uring)                                                                                      \
	X(system_phases)                                                                                     \
	X(system_strace)                                                                                     \
	X(system_names)                                                                                      \
	X(system_processes)                                                                                  \
	X(system_demo)                                                                                       \
	X(system_formats)                                                                                    \
	X(system_arguments)                                                                                  \
	X(system_odd_calls)                                                                                  \
	X(system_command)                                                                                    \
	X(system_descriptors)                                                                                \
	X(system_options)                                                                                    \
	X(system_places)                                                                                     \
	X(system_select)                                                                                     \
	X(system_unfinished)                                                                                 \
	X(system_writes)                                                                                     \
	X(system_source)                                                                                     \
	X(system_readers)                                                                                    \
	X(system_recordings)                                                                                 \
	X(system_file_names)                                                                                 \
	X(system_shards)                                                                                     \
	X(system_loads)                                                                                      \
	X(system_file_tables)                                                                                \
	X(system_faults)                                                                                     \
	X(system_live)                                                                                       \
	X(system_flight)                                                                                     \
	X(system_containers)                                                                                 \
	X(system_later)                                                                                      \
	X(system_signals)

/* These are alone on the machine: they see all processes, count all open bundles, attach to all users of a program, look at
 * the probes' semaphores (which other tracers of the same program raise too), or measure. */
#define LONELY_SUITES(X)                                                                                     \
	X(system_loss)                                                                                       \
	X(system_probes)                                                                                     \
	X(system_armed)                                                                                      \
	X(system_top)                                                                                        \
	X(system_top_screen)                                                                                 \
	X(system_top_files)                                                                                  \
	X(system_top_partial)                                                                                \
	X(system_top_layers)                                                                                 \
	X(system_top_cgroup)                                                                                 \
	X(system_capabilities)                                                                               \
	X(system_overhead)                                                                                   \
	X(system_top_overhead)                                                                               \
	X(system_stats)                                                                                      \
	X(system_whom)                                                                                       \
	X(system_turns)

#define SYSTEM_SUITES(X) SHARING_SUITES(X) LONELY_SUITES(X)
#define SUITES(X)        UNIT_SUITES(X) SYSTEM_SUITES(X)

#define DECLARE(name) Suite *name##_suite(void);
SUITES(DECLARE)
#undef DECLARE

#endif

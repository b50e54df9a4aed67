/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Holds one of every struct and enum of abi.h, so that its BTF has them; abi.test.ts reads it, and finds out when one of the
 * header is missing here. It is never loaded: some kernels that the engine runs on do not know BTF's 64-bit enums.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "abi_earlier.h"

struct pc_header header;
struct pc_edge edge;
struct pc_bucket bucket;
struct pc_state state;
struct pc_entry entry;
struct pc_range range;
struct pc_exe exe;
struct pc_name_window window;
struct pc_task task;
struct pc_settings settings;
struct pc_home home;
struct pc_event event;
struct pc_kind_key kind_key;
struct pc_kind kind;
struct pc_call call;
struct pc_socket socket;
struct pc_earlier earlier;
enum pc_limit limit;
enum pc_host host;
enum pc_earlier_limit earlier_limit;
enum pc_state_number state_number;
enum pc_category category;
enum pc_socket_kind socket_kind;
enum pc_category_flag category_flag;
enum pc_multiplier multiplier;
enum pc_entry_flag entry_flag;
enum pc_task_state task_state;
enum pc_exe_depth exe_depth;
enum pc_mounts mounts;
enum pc_preset preset;
enum pc_address_edge address_edge;
enum pc_address_entry address_entry;
enum pc_program_flag program_flag;
enum pc_counter counter;
enum pc_event_limit event_limit;
enum pc_operation operation;
enum pc_event_flag event_flag;
enum pc_kind_level kind_level;
enum pc_kind_slot kind_slot;
enum pc_hook hook;
enum pc_answer answer;
enum pc_version version;
enum pc_syscall_number syscall_number;
enum pc_syscall_cookie syscall_cookie;

char _license[] SEC("license") = "GPL";

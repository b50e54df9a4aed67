/**
 * The structs of include/abi.h, in the header's order and with its names. Whoever encodes or decodes one does it by these
 * descriptions, and the test compares all of them, whole, with the BTF of an object that holds one of each.
 */
import { pc_category, pc_limit } from "./enums.ts";
import { Struct } from "./layout.ts";

const { PC_NAMED_CATEGORIES: categories } = pc_category;
const { PC_EDGES_PER_BUCKET: edgesPerBucket, PC_EXE_DEPTH: exeDepth, PC_NAME_WINDOW: nameWindow } = pc_limit;

export const pc_header = new Struct("pc_header", [
  ["abi_version", "u32"],
  ["flags", "u32"],
  ["table_id", "u64"],
  ["bucket_mask", "u32"],
  ["states_at", "u32"],
  ["entries_at", "u32"],
  ["sources_at", "u32"],
  ["source_words", "u32"],
  ["max_depth", "u32"],
  ["mounts", "u64"],
  ["columns_at", "u32"],
  ["rows_at", "u32"],
  ["row_words", "u32"],
  ["visible", "u8"],
  ["recorded", "u8"],
  ["presets", "u8"],
  ["dns", "u8"],
]);

export const pc_home = new Struct("pc_home", [
  ["ns", "u64"],
  ["number", "u64"],
  ["changed", "u32"],
  ["root", "u32"],
]);

export const pc_edge = new Struct("pc_edge", [
  ["key", "u64"],
  ["next", "u32"],
  ["overflow", "u32"],
]);

export const pc_bucket = new Struct("pc_bucket", [["edges", pc_edge, edgesPerBucket]]);

export const pc_state = new Struct("pc_state", [
  ["exact", "u32", categories],
  ["child", "u32", categories],
  ["below", "u32", categories],
  ["guard", "u32", categories],
  ["source_exact", "u32"],
  ["source_child", "u32"],
  ["source_below", "u32"],
  ["any", "u32"],
  ["glob", "u32"],
  ["syscalls", "u32", 3],
]);

export const pc_entry = new Struct("pc_entry", [
  ["rule_id", "u32"],
  ["source", "u32"],
  ["flags", "u32"],
  ["number", "u32"],
]);

export const pc_range = new Struct("pc_range", [
  ["high", "u64"],
  ["low", "u64"],
  ["list", "u32"],
  ["reserved", "u32", 3],
]);

export const pc_exe = new Struct("pc_exe", [
  ["depth", "u32"],
  ["source_set", "u32"],
  ["hashes", "u64", exeDepth],
]);

export const pc_name_window = new Struct("pc_name_window", [["hashes", "u64", nameWindow]]);

export const pc_task = new Struct("pc_task", [
  ["state", "u32"],
  ["slot", "u32"],
  ["bind_epoch", "u64"],
  ["cgroup", "u64"],
  ["table_id", "u64"],
  ["pending_state", "u32"],
  ["pending_slot", "u32"],
  ["rounds", "u32"],
  ["program", "u32"],
  ["exe", pc_exe],
  ["script", pc_exe],
  ["pending", pc_exe],
  ["window", pc_name_window],
]);

export const pc_settings = new Struct("pc_settings", [
  ["hash_seed", "u64", 2],
  ["host_mnt_ns", "u32"],
  ["enforcer_pid", "u32"],
  ["zero", "u64"],
]);

export const pc_call = new Struct("pc_call", [
  ["args", "u64", 5],
  ["state", "u64"],
  ["hook", "u32"],
  ["seen", "u32"],
]);

export const pc_socket = new Struct("pc_socket", [["judged", "u64"]]);

export const pc_event = new Struct("pc_event", [
  ["size", "u32"],
  ["abi_version", "u16"],
  ["category", "u8"],
  ["operation", "u8"],
  ["time_ns", "u64"],
  ["sequence", "u64"],
  ["table_id", "u64"],
  ["slot", "u32"],
  ["rule_id", "u32"],
  ["verdict", "s32"],
  ["flags", "u32"],
  ["pid", "u32"],
  ["tid", "u32"],
  ["ppid", "u32"],
  ["ns_pid", "u32"],
  ["ns_ppid", "u32"],
  ["uid", "u32"],
  ["gid", "u32"],
  ["tty", "u32"],
  ["cgroup_id", "u64"],
  ["syscall_args", "u64", 6],
  ["syscall_nr", "u32"],
  ["access", "u32"],
  ["comm", "char", 16],
  ["object_at", "u16"],
  ["object_len", "u16"],
  ["object2_at", "u16"],
  ["object2_len", "u16"],
  ["exe_at", "u16"],
  ["exe_len", "u16"],
  ["parent_at", "u16"],
  ["parent_len", "u16"],
  ["cwd_at", "u16"],
  ["cwd_len", "u16"],
  ["args_at", "u16"],
  ["args_len", "u16"],
]);

export const pc_kind_key = new Struct("pc_kind_key", [
  ["table_id", "u64"],
  ["name", "u64"],
  ["slot", "u32"],
  ["rule_id", "u32"],
  ["category", "u8"],
  ["operation", "u8"],
  ["passed", "u8"],
  ["flags", "u8"],
  ["level", "u32"],
]);

export const pc_kind = new Struct("pc_kind", [
  ["count", "u64"],
  ["first_ns", "u64"],
  ["last_ns", "u64"],
  ["sequence", "u64"],
]);

export const pc_earlier = new Struct("pc_earlier", [
  ["some", "u64"],
  ["all", "u64"],
]);

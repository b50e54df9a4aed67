/* SPDX-License-Identifier: Apache-2.0 */
/* BTF: the structs and enums of an object, for the comparison with src/abi, and which functions a kernel has. */
#include "addon.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static struct btf *parse(struct call *call, char *path)
{
	if (!arg_string(call, 0, "path", path, PATH_MAX))
		return NULL;
	struct btf *btf = btf__parse(path, NULL);
	if (!btf)
		throw_errno(call, errno, "reading BTF of %s", path);
	return btf;
}

/* { name, offset, size, bits }, in bytes. `bits` is the width of a bit field, whose offset is that of its first byte. */
static napi_value describe_member(napi_env env, const struct btf *btf, const struct btf_type *type, uint32_t at)
{
	const struct btf_member *member = btf_members(type) + at;
	uint32_t bits = btf_member_bitfield_size(type, at), offset = btf_member_bit_offset(type, at);
	long long size = btf__resolve_size(btf, member->type);
	napi_value entry = NULL;

	napi_create_object(env, &entry);
	js_set(env, entry, "name", js_string(env, btf__name_by_offset(btf, member->name_off)));
	js_set(env, entry, "offset", js_u32(env, offset / 8));
	js_set(env, entry, "size", js_u32(env, size < 0 ? 0 : (uint32_t)size));
	js_set(env, entry, "bits", js_u32(env, bits));
	return entry;
}

/* A value of 64 bits (BTF_KIND_ENUM64) as bigint, any other as number. */
static napi_value enum_value(napi_env env, const struct btf_type *type, uint32_t at)
{
	const struct btf_enum64 *wide = btf_enum64(type) + at;
	const struct btf_enum *narrow = btf_enum(type) + at;
	napi_value value = NULL;

	if (btf_is_enum64(type) && btf_kflag(type)) /* the kind flag says that the enum is signed */
		napi_create_bigint_int64(env, (int64_t)btf_enum64_value(wide), &value);
	else if (btf_is_enum64(type))
		napi_create_bigint_uint64(env, btf_enum64_value(wide), &value);
	else if (btf_kflag(type))
		napi_create_int32(env, narrow->val, &value);
	else
		napi_create_uint32(env, (uint32_t)narrow->val, &value);
	return value;
}

static napi_value describe_enum(napi_env env, const struct btf *btf, const struct btf_type *type)
{
	napi_value values = NULL;

	napi_create_object(env, &values);
	for (uint32_t i = 0; i < btf_vlen(type); i++) {
		uint32_t name = btf_is_enum64(type) ? btf_enum64(type)[i].name_off : btf_enum(type)[i].name_off;
		js_set(env, values, btf__name_by_offset(btf, name), enum_value(env, type, i));
	}
	return values;
}

/* btfTypes(path, prefix) -> { structs: [{name, size, members}], enums: [{name, values}] } of names with that prefix */
static napi_value btf_types(struct call *call)
{
	napi_env env = call->env;
	char path[PATH_MAX], prefix[64];
	napi_value result = NULL, structs = NULL, enums = NULL;
	uint32_t struct_count = 0, enum_count = 0;
	struct btf *btf = parse(call, path);

	if (!btf)
		return NULL;
	if (!arg_string(call, 1, "prefix", prefix, sizeof(prefix))) {
		btf__free(btf);
		return NULL;
	}
	napi_create_object(env, &result);
	napi_create_array(env, &structs);
	napi_create_array(env, &enums);
	for (uint32_t id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);
		const char *name = btf__name_by_offset(btf, type->name_off);
		napi_value entry = NULL, members = NULL;
		if (!name || strncmp(name, prefix, strlen(prefix)) || !(btf_is_struct(type) || btf_is_any_enum(type)))
			continue;
		napi_create_object(env, &entry);
		js_set(env, entry, "name", js_string(env, name));
		if (btf_is_any_enum(type)) {
			js_set(env, entry, "values", describe_enum(env, btf, type));
			napi_set_element(env, enums, enum_count++, entry);
			continue;
		}
		napi_create_array(env, &members);
		for (uint32_t i = 0; i < btf_vlen(type); i++)
			napi_set_element(env, members, i, describe_member(env, btf, type, i));
		js_set(env, entry, "size", js_u32(env, type->size));
		js_set(env, entry, "members", members);
		napi_set_element(env, structs, struct_count++, entry);
	}
	js_set(env, result, "structs", structs);
	js_set(env, result, "enums", enums);
	btf__free(btf);
	return result;
}

/* btfFunctions(path, prefix) -> names, without the prefix, of the functions whose name begins with it */
static napi_value btf_functions(struct call *call)
{
	napi_env env = call->env;
	char path[PATH_MAX], prefix[64];
	napi_value names = NULL;
	uint32_t count = 0;
	struct btf *btf = parse(call, path);

	if (!btf)
		return NULL;
	if (!arg_string(call, 1, "prefix", prefix, sizeof(prefix))) {
		btf__free(btf);
		return NULL;
	}
	size_t skip = strlen(prefix);
	napi_create_array(env, &names);
	for (uint32_t id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);
		const char *name = btf_is_func(type) ? btf__name_by_offset(btf, type->name_off) : NULL;
		if (name && !strncmp(name, prefix, skip))
			napi_set_element(env, names, count++, js_string(env, name + skip));
	}
	btf__free(btf);
	return names;
}

const struct method btf_methods[] = { { "btfTypes", 2, btf_types }, { "btfFunctions", 2, btf_functions }, { 0 } };

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CPU that a guest was given: topology, model, what it lacks of the host's
 * features. Pure: the unit tests build this file too.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/cordon.h>

#include "attr.h"
#include "guestinfo.h"
#include "out.h"

/* So many missing features are named; JSON has all. */
#define NAMED_MAX	4

static void missing_add(struct guest_info *guest, const struct nlattr *nla)
{
	guest->missing = xgrow(guest->missing, guest->nr_missing + 1,
			       sizeof(*guest->missing));
	guest->missing[guest->nr_missing++] = attr_string(nla);
}

static void guest_field(const struct nlattr *nla, struct guest_info *guest)
{
	switch (nla_type(nla)) {
	case CORDON_A_GUEST_CPU_VENDOR:
		free(guest->vendor);
		guest->vendor = attr_string(nla);
		break;
	case CORDON_A_GUEST_CPU_FAMILY:
		guest->family = attr_uint(nla);
		break;
	case CORDON_A_GUEST_CPU_MODEL:
		guest->model = attr_uint(nla);
		break;
	case CORDON_A_GUEST_CPU_STEPPING:
		guest->stepping = attr_uint(nla);
		break;
	case CORDON_A_GUEST_CPU_SOCKETS:
		guest->sockets = attr_uint(nla);
		break;
	case CORDON_A_GUEST_CPU_CORES:
		guest->cores = attr_uint(nla);
		break;
	case CORDON_A_GUEST_CPU_THREADS:
		guest->threads = attr_uint(nla);
		break;
	case CORDON_A_GUEST_CPU_MATCH:
		guest->match = attr_uint(nla);
		break;
	case CORDON_A_GUEST_CPU_MISSING:
		missing_add(guest, nla);
		break;
	}
}

void guest_parse(const struct nlattr *nest, struct guest_info *guest)
{
	struct nlattr *pos;
	int rem;

	guest_free(guest);
	attr_for_each_nested(pos, nest, rem) {
		attr_seen(&guest->has, pos);
		guest_field(pos, guest);
	}
}

void guest_free(struct guest_info *guest)
{
	size_t i;

	for (i = 0; i < guest->nr_missing; i++)
		free(guest->missing[i]);
	free(guest->missing);
	free(guest->vendor);
	memset(guest, 0, sizeof(*guest));
}

json_t *guest_json(const struct guest_info *g)
{
	json_t *json = json_object(), *missing = json_array();
	size_t i;

	if (g->vendor)
		json_object_set_new(json, "vendor", out_json_string(g->vendor));
	out_json_uint(json, "family", HAS(g, CORDON_A_GUEST_CPU_FAMILY), g->family);
	out_json_uint(json, "model", HAS(g, CORDON_A_GUEST_CPU_MODEL), g->model);
	out_json_uint(json, "stepping", HAS(g, CORDON_A_GUEST_CPU_STEPPING),
		  g->stepping);
	out_json_uint(json, "sockets", HAS(g, CORDON_A_GUEST_CPU_SOCKETS), g->sockets);
	out_json_uint(json, "cores", HAS(g, CORDON_A_GUEST_CPU_CORES), g->cores);
	out_json_uint(json, "threads", HAS(g, CORDON_A_GUEST_CPU_THREADS), g->threads);
	json_object_set_new(json, "nested",
			    json_boolean(HAS(g, CORDON_A_GUEST_CPU_NESTED)));
	for (i = 0; i < g->nr_missing; i++)
		json_array_append_new(missing, out_json_string(g->missing[i]));
	json_object_set_new(json, "missing", missing);
	if (HAS(g, CORDON_A_GUEST_CPU_MATCH))
		json_object_set_new(json, "match", json_boolean(g->match));
	return json;
}

static void missing_print(const struct guest_info *g, struct text *t)
{
	size_t i;

	if (!g->nr_missing)
		return;
	text_add(t, "; lacks %zu feature%s of the host: ", g->nr_missing,
		 g->nr_missing == 1 ? "" : "s");
	for (i = 0; i < g->nr_missing && i < NAMED_MAX; i++) {
		text_add(t, i ? ", " : "");
		text_utf8(t, g->missing[i], false);
	}
	if (g->nr_missing > NAMED_MAX)
		text_add(t, ", ...");
}

void guest_print(const struct guest_info *g, struct text *t)
{
	if (HAS(g, CORDON_A_GUEST_CPU_SOCKETS) &&
	    HAS(g, CORDON_A_GUEST_CPU_CORES) &&
	    HAS(g, CORDON_A_GUEST_CPU_THREADS))
		text_add(t, " %ux%ux%u", g->sockets, g->cores, g->threads);
	if (g->vendor) {
		text_add(t, ", ");
		text_utf8(t, g->vendor, false);
	}
	if (HAS(g, CORDON_A_GUEST_CPU_FAMILY) && HAS(g, CORDON_A_GUEST_CPU_MODEL))
		text_add(t, " family %u model %u", g->family, g->model);
	text_add(t, HAS(g, CORDON_A_GUEST_CPU_NESTED) ? ", nested" : ", not nested");
	if (HAS(g, CORDON_A_GUEST_CPU_MATCH))
		text_add(t, g->match ? "; siblings match host" :
			 "; siblings do NOT match host");
	missing_print(g, t);
}

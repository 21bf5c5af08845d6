// SPDX-License-Identifier: GPL-2.0-only
/*
 * Golden vectors of nodes, pins, the emulator's CPU and the guest's siblings.
 * Above each row stands why its answer is the one.
 */
#include <stddef.h>

#include "golden.h"

/*
 * auto: the fewest nodes that fit, the preferred ones first; any: all; a list is
 * strict; a map says the node of a vCPU.
 */
const struct vector node_vectors[] = {
	/* Four fit on either node. */
	{ "nodes: on one", "0,1 2,3 | 4,5 6,7", "prefer 4", "0-3 or 4-7" },
	{ "nodes: over two", "0,1 2,3 | 4,5 6,7", "prefer 5",
	  "cores 3 nodes 2 idles 0" },
	/* Node 0 has three free. */
	{ "nodes: the one that fits", "0,1* 2,3 | 4,5 6,7", "prefer 4", "4-7" },
	/* Three free on each: both, and there the whole groups. */
	{ "nodes: whole groups of both", "0,1* 2,3 | 4,5 6,7*", "prefer 4", "2-5" },
	{ "nodes: no SMT, one", "0 1 | 2 3", "prefer 2", "0,1 or 2,3" },
	{ "nodes: no SMT, fragmented", "0 1* | 2 3*", "prefer 2", "0,2" },
	/* 4 + 4 + 1. */
	{ "nodes: three of four",
	  "0,1 2,3 | 4,5 6,7 | 8,9 10,11 | 12,13 14,15", "prefer 9",
	  "cores 5 nodes 3 idles 0" },
	/* Free: 2, 2, 3, 3. */
	{ "nodes: the two largest of four",
	  "0,1* 2,3* | 4*,5 6*,7 | 8,9 10*,11 | 12,13 14,15*", "prefer 6",
	  "8,9,11-14" },
	/* 3 + 3, and two of either other. */
	{ "nodes: three of four, fragmented",
	  "0,1* 2,3* | 4*,5 6*,7 | 8,9 10*,11 | 12,13 14,15*", "prefer 8",
	  "0,2,8,9,11-14 or 5,7-9,11-14" },
	/* A node that has memory only. */
	{ "nodes: one without CPUs", "0,1 || 2,3", "prefer 3",
	  "cores 2 nodes 2 idles 0" },
	{ "nodes: too few on all", "0 1* | 2* 3", "prefer 3", "!NO_CPUS 3/2" },
	/* The guest's memory is on node 1. */
	{ "nodes: the preferred one", "0,1 2,3 | 4,5 6,7", "prefer 2 score=0,5",
	  "4,5 or 6,7" },
	{ "nodes: the other preferred", "0,1 2,3 | 4,5 6,7", "prefer 2 score=5,0",
	  "0,1 or 2,3" },
	/* One free on the preferred node: fewer nodes come first. */
	{ "nodes: the preferred one is full", "0,1* 2*,3* | 4,5 6,7",
	  "prefer 2 score=9,0", "4,5 or 6,7" },
	/* Preferred even though its groups are broken. */
	{ "nodes: the preferred one is fragmented", "0,1* 2*,3 | 4,5 6,7",
	  "prefer 2 score=9,0", "0,3" },
	/* Two nodes are needed, two are preferred. */
	{ "nodes: the preferred two of four", "0 1 | 2 3 | 4 5 | 6 7",
	  "prefer 4 score=0,3,0,4", "2,3,6,7" },
	{ "nodes: isolate on the preferred one", "0,1 2,3 | 4,5 6,7",
	  "isolate 1 score=1,2", "cores 1 idles 1 of 4-7" },
	/* Scores larger than 32 bits are sizes of memory. */
	{ "nodes: bytes as scores", "0 | 1 | 2",
	  "prefer 1 score=1073741824,2147483648,1", "1" },
	{ "any: wherever", "0 1 | 2 3", "prefer 2 any", "valid" },
	{ "any: one on each core", "0,1* 2,3* | 4,5* 6,7*", "prefer 4 any",
	  "0,2,4,6" },
	/* The whole groups come first, on whichever node. */
	{ "any: whole groups of both", "0,1* 2,3 | 4,5 6,7*", "prefer 4 any",
	  "2-5" },
	{ "list: one node", "0,1 2,3 | 4,5 6,7", "prefer 2 nodes=1",
	  "4,5 or 6,7" },
	/* Eight are free, four of them there. */
	{ "list: strict", "0,1 2,3 | 4,5 6,7", "prefer 5 nodes=1",
	  "!NO_NODE 5/4" },
	{ "list: both nodes", "0,1 2,3 | 4,5 6,7", "prefer 5 nodes=0,1",
	  "cores 3 nodes 2 idles 0" },
	/* As few as fit, of those that are named. */
	{ "list: the fewest of it", "0 1 | 2 3 | 4 5", "prefer 2 nodes=0,1",
	  "0,1 or 2,3" },
	/* The host itself is short. */
	{ "list: too few in the host", "0 1* | 2* 3*", "prefer 2 nodes=0",
	  "!NO_CPUS 2/1" },
	{ "list: an empty node", "0,1 || 2,3", "prefer 1 nodes=1",
	  "!NO_NODE 1/0" },
	/* A group of each node. */
	{ "map: two on each", "0,1 2,3 | 4,5 6,7", "prefer 4 map=0-1:0/2-3:1",
	  "0,1,4,5 or 0,1,6,7 or 2-5 or 2,3,6,7" },
	/* Crosswise: rules.h looks at each vCPU. */
	{ "map: crosswise", "0 1 | 2 3", "prefer 4 map=0,2:1/1,3:0", "0-3" },
	/* Two are to be on node 0, where one is free. */
	{ "map: a node is short", "0,1* 2*,3* | 4,5 6,7", "prefer 3 map=0-1:0",
	  "!NO_NODE n0 2/1" },
	/* Node 1 is needed anyway, and has room for all. */
	{ "map: the others come along", "0,1 2,3 | 4,5 6,7", "prefer 3 map=0:1",
	  "cores 2 nodes 1 of 4-7" },
	/* Node 1 has room for one. */
	{ "map: the others do not fit there", "0,1 2,3 | 4,5* 6*,7*",
	  "prefer 3 map=0:1", "0,1,4 or 2,3,4" },
	/* Who may be anywhere must leave room for who may not. */
	{ "map: room for whom it names", "0 1 | 2* 3*", "prefer 2 map=1:0",
	  "0,1" },
	{ "map: another node than the list's", "0,1 | 2,3",
	  "prefer 1 map=0:0 nodes=1", "!NO_NODE" },
	{ "map: no such node", "0,1 | 2,3", "prefer 1 map=0:5", "!NO_NODE" },
	/* A whole group on each, with a spare sibling. */
	{ "map: require", "0,1 2,3 | 4,5 6,7", "require 2 map=0:0/1:1",
	  "cores 2 nodes 2 idles 2" },
	{ "map: separate", "0,1 2,3 | 4,5 6,7", "separate 3 map=0-2:1",
	  "!NO_NODE n1 3/2" },
	{ NULL }
};

/* Pins come first; one that cannot be is refused, and says why. */
const struct vector pin_vectors[] = {
	{ "pins: all", "0,1 2,3", "prefer 2 pin=0:3/1:0", "3>0" },
	{ "pins: the rest around them", "0,1 2,3", "prefer 4 pin=1:0/3:2",
	  "1>0>3>2 or 3>0>1>2" },
	{ "pins: of another pool", "0,1- 2,3", "prefer 1 pin=0:1",
	  "!PIN_UNUSABLE v0 c1" },
	{ "pins: taken", "0,1* 2,3", "prefer 2 pin=1:1", "!PIN_TAKEN v1 c1" },
	{ "pins: twice", "0,1 2,3", "prefer 2 pin=0:1/1:1", "!PIN_TWICE c1" },
	/* Beyond the last CPU, and in a gap. */
	{ "pins: no such CPU", "0,1 2,3", "prefer 1 pin=0:9",
	  "!PIN_UNUSABLE v0 c9" },
	{ "pins: not present", "0 2", "prefer 1 pin=0:1", "!PIN_UNUSABLE v0 c1" },
	{ "pins: another node than the list's", "0,1 | 2,3",
	  "prefer 1 pin=0:0 nodes=1", "!PIN_NODE v0 c0" },
	{ "pins: another node than the map's", "0,1 | 2,3",
	  "prefer 1 pin=0:0 map=0:1", "!PIN_NODE v0 c0" },
	{ "pins: as the map has it", "0,1 | 2,3", "prefer 1 pin=0:2 map=0:1",
	  "2" },
	/* Two nodes are in use already, no third is needed. */
	{ "pins: on two nodes", "0,1 2,3 | 4,5 6,7 | 8,9",
	  "prefer 3 pin=0:0/1:4", "nodes 2" },
	/* Fewest nodes: that of the pin. */
	{ "pins: the others come along", "0,1 2,3 | 4,5 6,7", "prefer 2 pin=1:4",
	  "nodes 1 of 4-7" },
	/* Although another node is preferred. */
	{ "pins: before what is preferred", "0,1 2,3 | 4,5 6,7",
	  "prefer 2 pin=1:4 score=9,0", "nodes 1 of 4-7" },
	{ "pins: too few beside them", "0 1* 2*", "prefer 2 pin=0:0",
	  "!NO_CPUS 2/1" },
	/* The last one is for whom is pinned there. */
	{ "pins: the last CPU", "0* 1 2", "prefer 2 pin=1:1", "2>1" },
	{ "pins: no SMT, separate", "0 1", "separate 2 pin=0:1/1:0", "1>0" },
	{ NULL }
};

/* One more CPU; off the vCPUs' cores if the thread policy is isolate. */
const struct vector emulator_vectors[] = {
	/* The vCPUs fill a group, the emulator has one of the other. */
	{ "emulator: prefer", "0,1 2,3", "prefer 2 emulator",
	  "cores 1 idles 0 emu" },
	{ "emulator: the last CPU", "0,1 2,3", "prefer 3 emulator",
	  "cores 2 idles 0 emu" },
	{ "emulator: one too many", "0,1 2,3", "prefer 4 emulator",
	  "!NO_CPUS 5/4" },
	{ "emulator: pinned", "0,1 2,3", "prefer 2 emulator=3", "0,1 emu 3" },
	{ "emulator: pinned on a pin", "0,1 2,3", "prefer 1 pin=0:1 emulator=1",
	  "!PIN_TWICE c1" },
	{ "emulator: pinned on what is taken", "0,1* 2,3",
	  "prefer 1 emulator=1", "!PIN_TAKEN e c1" },
	{ "emulator: pinned on another pool's", "0,1 2-,3",
	  "prefer 1 emulator=2", "!PIN_UNUSABLE e c2" },
	{ "emulator: alone", "0*,1 2*,3*", "prefer 0 emulator",
	  "cores 0 nodes 0 idles 0 emu 1" },
	/* A list of nodes is for it too. */
	{ "emulator: on the list's node", "0,1 | 2,3",
	  "prefer 1 nodes=1 emulator", "2 emu 3 or 3 emu 2" },
	{ "emulator: pinned off the list", "0,1 | 2,3",
	  "prefer 1 nodes=1 emulator=0", "!PIN_NODE e c0" },
	{ "emulator: no room on the list's node", "0,1 | 2,3",
	  "prefer 2 nodes=1 emulator", "!NO_NODE 3/2" },
	/* It needs not be on the node of the vCPUs. */
	{ "emulator: nodes are counted for vCPUs", "0 1 | 2 3",
	  "prefer 2 emulator", "nodes 1 emu" },
	{ "emulator: no SMT", "0 1* 2", "prefer 1 emulator",
	  "0 emu 2 or 2 emu 0" },
	/* Off the two cores of the vCPUs. */
	{ "emulator: isolate", "0,1 2,3 4,5", "isolate 2 emulator",
	  "cores 2 emu" },
	/* Four CPUs for three, but no third core. */
	{ "emulator: isolate, no core for it", "0,1 2,3", "isolate 2 emulator",
	  "!NO_CORES" },
	/* It needs one CPU, not a whole core. */
	{ "emulator: isolate, half a core", "0,1 2*,3", "isolate 1 emulator",
	  "0 idle 1 emu 3 or 1 idle 0 emu 3" },
	{ "emulator: isolate, pinned", "0,1 2,3", "isolate 1 emulator=0",
	  "cores 1 of 2,3 emu 0" },
	{ "emulator: isolate, pinned beside a pin", "0,1 2,3",
	  "isolate 1 pin=0:0 emulator=1", "!PIN_POLICY" },
	{ "emulator: isolate, no SMT", "0 1 2", "isolate 2 emulator",
	  "cores 2 idles 0 emu" },
	{ "emulator: require", "0,1 2,3", "require 2 emulator", "cores 1 emu" },
	/* The spare sibling is this VM's already, and all that is left. */
	{ "emulator: require, the spare sibling", "0,1 2*,3*",
	  "require 1 emulator", "0 emu 1 or 1 emu 0" },
	/* No two vCPUs: the emulator is none. */
	{ "emulator: separate, beside a vCPU", "0,1 2*,3*",
	  "separate 1 emulator", "0 emu 1 or 1 emu 0" },
	/* The half core is enough for it, so both cores are the vCPUs'. */
	{ "emulator: leaves the whole groups", "0,1 2,3 4,5*",
	  "require 4 emulator", "0-3 emu 4" },
	{ NULL }
};

/* What the guest takes for siblings are siblings, where that can be. */
const struct vector guest_vectors[] = {
	{ "guest: pairs", "0,1 2,3", "prefer 4 guest=0-1/2-3", "0-3" },
	{ "guest: pairs far apart", "0,1 2,3", "prefer 4 guest=0,2/1,3", "0-3" },
	{ "guest: require", "0,2 1,3", "require 4 guest=0,2/1,3", "0-3" },
	/* One whole group only: two pairs cannot be. */
	{ "guest: one group only", "0,1* 2,3* 4,5", "prefer 4 guest=0-1/2-3",
	  "0,2,4,5 broken" },
	/* It has none, so nothing can break. */
	{ "guest: no siblings", "0,1 2,3", "prefer 4 guest=0/1/2/3", "0-3" },
	{ "guest: not known", "0,1 2,3", "separate 2", "cores 2" },
	{ "guest: no SMT", "0 1 2 3", "prefer 4 guest=0-1/2-3", "0-3 broken" },
	/* The pair on a group, the single one on the other. */
	{ "guest: a single one and a pair", "0,1 2,3", "prefer 3 guest=0/1-2",
	  "cores 2 idles 0" },
	{ "guest: require, a single one and a pair", "0,1 2,3",
	  "require 3 guest=0/1-2", "cores 2 idles 1" },
	/* The pair has the whole group, the single one the half. */
	{ "guest: the pair has the whole group", "0*,1 2,3",
	  "prefer 3 guest=0/1-2", "1>2>3 or 1>3>2" },
	/* The single one leaves the group, although it has less choice. */
	{ "guest: the single one names its node", "0,1 2",
	  "prefer 3 map=2:0 guest=0-1/2", "0>1>2 or 1>0>2" },
	{ "guest: groups of three and two", "0,1,2,3 4,5",
	  "prefer 5 map=0:0/3-4:0 guest=0-2/3-4", "of 0-5" },
	{ "guest: beside a pin", "0,1 2,3", "prefer 4 pin=0:2 guest=0-1/2-3",
	  "2>3>0>1 or 2>3>1>0" },
	{ "guest: pins that break it", "0,1 2,3",
	  "prefer 4 pin=0:0/1:2 guest=0-1/2-3", "0-3 broken" },
	/* A pair on each node. */
	{ "guest: over two nodes", "0,1 2,3* | 4,5 6,7*",
	  "prefer 4 guest=0-1/2-3", "0,1,4,5" },
	{ "guest: by its own nodes", "0,1 2,3* | 4,5 6,7*",
	  "prefer 4 guest=0,2/1,3 map=0,2:1/1,3:0", "0,1,4,5" },
	{ "guest: groups of four", "0,1,2,3 4,5,6,7", "prefer 8 guest=0-3/4-7",
	  "0-7" },
	/* Four pairs on two groups of four: others are siblings too. */
	{ "guest: pairs on groups of four", "0,1,2,3 4,5,6,7",
	  "prefer 8 guest=0-1/2-3/4-5/6-7", "0-7 broken" },
	/* The policy wants them apart. */
	{ "guest: isolate", "0,1 2,3", "isolate 2 guest=0-1",
	  "cores 2 idles 2 broken" },
	{ "guest: separate", "0,1 2,3", "separate 2 guest=0-1",
	  "cores 2 idles 0 broken" },
	{ NULL }
};

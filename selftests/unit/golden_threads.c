// SPDX-License-Identifier: GPL-2.0-only
/*
 * Golden vectors of the thread policies. Above each row stands why its answer is
 * the one: from the table "Thread policies" of semantics.md.
 */
#include <stddef.h>

#include "golden.h"

/* Fills sibling groups, the largest free ones first, then what is left. */
const struct vector prefer_vectors[] = {
	/* All groups are alike. */
	{ "prefer: one vCPU", "0,1 2,3", "prefer 1", "0 or 1 or 2 or 3" },
	/* A group of two is filled before another is begun. */
	{ "prefer: a pair fills a group", "0,1 2,3", "prefer 2", "0,1 or 2,3" },
	/* One whole group and half of the other; the spare one is not owned. */
	{ "prefer: three", "0,1 2,3", "prefer 3", "cores 2 idles 0" },
	{ "prefer: all", "0,1 2,3", "prefer 4", "0-3" },
	{ "prefer: more than all", "0,1 2,3", "prefer 5", "!NO_CPUS 5/4" },
	/* The middle group has two free, the others one. */
	{ "prefer: the largest free group", "0*,1 2,3 4,5*", "prefer 2", "2,3" },
	/* The same for a single vCPU: largest first. */
	{ "prefer: one in the largest group", "0*,1 2,3", "prefer 1", "2 or 3" },
	/* The largest, then one of those that are left. */
	{ "prefer: then what is left", "0*,1 2,3 4,5*", "prefer 3", "1-3 or 2-4" },
	{ "prefer: all that is left", "0*,1 2,3 4,5*", "prefer 4", "1-4" },
	/* Free are 1, 2, 3, 4. */
	{ "prefer: fragmented, one too many", "0*,1 2,3 4,5*", "prefer 5",
	  "!NO_CPUS 5/4" },
	/* Three free in the first group, two in the second. */
	{ "prefer: groups of four, three free", "0,1*,2,3 4,5,6*,7*", "prefer 2",
	  "0,2 or 0,3 or 2,3" },
	{ "prefer: groups of four, the whole one", "0,1,2*,3* 4,5,6,7",
	  "prefer 4", "4-7" },
	/* Four and two on the whole groups; the last has one free only. */
	{ "prefer: groups of four, one and a half",
	  "0,1,2,3 4,5,6,7 8,9*,10*,11*", "prefer 6", "cores 2 idles 0 of 0-7" },
	/* Numbers of siblings need not be neighbours. */
	{ "prefer: siblings far apart", "0,4 1,5 2,6 3,7", "prefer 2",
	  "0,4 or 1,5 or 2,6 or 3,7" },
	/* What is in another pool is as good as not free. */
	{ "prefer: siblings of another pool", "0-,1 2,3-", "prefer 2", "1,2" },
	{ "prefer: numbers with gaps", "0,8 3,11", "prefer 4", "0,3,8,11" },
	/* A core of one CPU is a smaller group than one of two. */
	{ "prefer: cores of one and of two", "2 0,1 3", "prefer 2", "0,1" },
	{ "prefer: no vCPU", "0,1 2,3", "prefer 0", "cores 0 nodes 0 idles 0" },
	/* Without SMT: any free CPU. */
	{ "prefer: no SMT", "0 1 2 3", "prefer 2", "cores 2 idles 0" },
	{ "prefer: no SMT, fragmented", "0* 1 2* 3", "prefer 2", "1,3" },
	{ "prefer: no SMT, too few", "0* 1 2* 3", "prefer 3", "!NO_CPUS 3/2" },
	{ "prefer: nothing free", "0*,1* 2-,3*", "prefer 1", "!NO_CPUS 1/0" },
	{ NULL }
};

/*
 * Only whole sibling groups; an odd number of vCPUs owns its spare sibling, idle;
 * none free, or no SMT: refused.
 */
const struct vector require_vectors[] = {
	{ "require: a pair", "0,1 2,3", "require 2", "0,1 or 2,3" },
	/* The group of one vCPU is whole, the spare sibling idle. */
	{ "require: one vCPU", "0,1 2,3", "require 1",
	  "0 idle 1 or 1 idle 0 or 2 idle 3 or 3 idle 2" },
	{ "require: three", "0,1 2,3", "require 3", "cores 2 idles 1" },
	{ "require: all", "0,1 2,3", "require 4", "0-3" },
	{ "require: more than all", "0,1 2,3", "require 5",
	  "!NO_CPUS 5/4 or !NO_CORES 3/2" },
	/* Two CPUs are free, but no group is. */
	{ "require: no group is free", "0,1* 2*,3", "require 2", "!NO_CORES 1/0" },
	/* Taken in the first, of another pool in the last. */
	{ "require: the one whole group", "0,1* 2,3 4,5-", "require 2", "2,3" },
	/* Three vCPUs need two groups; four CPUs are free, one group is. */
	{ "require: a group too few", "0,1* 2,3 4,5-", "require 3",
	  "!NO_CORES 2/1" },
	{ "require: siblings far apart", "0,2 1,3", "require 2", "0,2 or 1,3" },
	{ "require: no SMT", "0 1 2 3", "require 2", "!NO_SMT" },
	/* What is not present is nobody's sibling, so there is no SMT. */
	{ "require: no sibling is present", "0 2 4", "require 1", "!NO_SMT" },
	/* 5 vCPUs on two groups of four: three spare ones. */
	{ "require: groups of four", "0,1,2,3 4,5,6,7", "require 5",
	  "cores 2 idles 3" },
	{ "require: three of four", "0,1,2,3 4,5,6,7", "require 3",
	  "cores 1 idles 1" },
	/* A group of four with one taken is not whole. */
	{ "require: groups of four, one whole", "0,1,2,3* 4,5,6,7", "require 2",
	  "cores 1 idles 2 of 4-7" },
	/* Two groups of one node. */
	{ "require: two nodes", "0,1 2,3 | 4,5 6,7", "require 3",
	  "cores 2 nodes 1 idles 1" },
	/* Node 0 has one whole group, node 1 two. */
	{ "require: two nodes, fragmented", "0,1* 2,3 | 4,5 6,7", "require 3",
	  "cores 2 nodes 1 idles 1 of 4-7" },
	/* One whole group on each. */
	{ "require: one group of each node", "0,1* 2,3 | 4,5 6*,7", "require 4",
	  "2-5" },
	/* Three of four nodes: 2 + 2 + 1 groups. */
	{ "require: four nodes",
	  "0,1 2,3 | 4,5 6,7 | 8,9 10,11 | 12,13 14,15", "require 9",
	  "cores 5 nodes 3 idles 1" },
	/* Its sibling is this VM's anyway, so the other vCPU goes there. */
	{ "require: beside a pin", "0,1 2,3", "require 2 pin=0:0", "0>1" },
	/* Two groups, whole and of this VM, as the pins want. */
	{ "require: pins on two groups", "0,1 2,3", "require 2 pin=0:0/1:2",
	  "0>2 idle 1,3" },
	/* That group can never be whole. */
	{ "require: a pin beside another VM", "0,1* 2,3", "require 2 pin=0:0",
	  "!PIN_POLICY v0 c0" },
	{ "require: a pin beside another pool", "0,1- 2,3", "require 2 pin=1:0",
	  "!PIN_POLICY v1 c0" },
	/* Three vCPUs are two groups, node 0 has one. */
	{ "require: one node only", "0,1 | 2,3", "require 3 nodes=0",
	  "!NO_NODE 2/1 or !NO_NODE 3/2" },
	{ NULL }
};

/*
 * One vCPU a core, on a core that is fully free; its siblings stay idle and are
 * owned. Without SMT as prefer.
 */
const struct vector isolate_vectors[] = {
	{ "isolate: a core each", "0,1 2,3", "isolate 2", "cores 2 idles 2" },
	{ "isolate: one", "0,1 2,3", "isolate 1", "cores 1 idles 1" },
	/* Four CPUs, but two cores. */
	{ "isolate: more than cores", "0,1 2,3", "isolate 3", "!NO_CORES 3/2" },
	{ "isolate: more than CPUs", "0,1 2,3", "isolate 5",
	  "!NO_CPUS 5/4 or !NO_CORES 5/2" },
	/* The first core has another VM, the third another pool's sibling. */
	{ "isolate: fragmented", "0,1* 2,3 4-,5 6,7", "isolate 2",
	  "cores 2 idles 2 of 2,3,6,7" },
	/* Six CPUs are free. */
	{ "isolate: fragmented, a core too few", "0,1* 2,3 4-,5 6,7", "isolate 3",
	  "!NO_CORES 3/2" },
	/* Two CPUs free, no core is. */
	{ "isolate: no core is free", "0*,1 2,3*", "isolate 1", "!NO_CORES 1/0" },
	{ "isolate: no SMT", "0 1* 2 3", "isolate 3", "0,2,3" },
	{ "isolate: no SMT, too few", "0 1* 2 3", "isolate 4", "!NO_CPUS 4/3" },
	/* Three siblings idle; the second core is not fully free. */
	{ "isolate: cores of four", "0,1,2,3 4,5*,6,7", "isolate 1",
	  "cores 1 idles 3 of 0-3" },
	/* Core 4,5 has no sibling that is present: it is free alone. */
	{ "isolate: a core of one", "0,1* 2,3* 4", "isolate 1", "4" },
	{ "isolate: two nodes", "0,1 2,3 | 4,5 6,7", "isolate 2",
	  "cores 2 nodes 1 idles 2" },
	/* Two cores of each at most. */
	{ "isolate: over two nodes", "0,1 2,3 | 4,5 6,7", "isolate 3",
	  "cores 3 nodes 2 idles 3" },
	/* Node 0 has one free core, node 1 two. */
	{ "isolate: the node with free cores", "0,1 2,3* | 4,5 6,7", "isolate 2",
	  "cores 2 nodes 1 idles 2 of 4-7" },
	/* One free core on each. */
	{ "isolate: one core of each node", "0,1 2,3* | 4,5 6*,7", "isolate 2",
	  "cores 2 nodes 2 idles 2 of 0,1,4,5" },
	/* 2 + 1 + 2 + 0 free cores: four vCPUs fit on two nodes. */
	{ "isolate: four nodes",
	  "0,1 2,3 | 4,5* 6,7 | 8,9 10,11 | 12*,13 14,15*", "isolate 4",
	  "cores 4 nodes 2 idles 4 of 0-3,8-11" },
	/* The sibling of each is idle, whichever it is. */
	{ "isolate: beside a pin", "0,1 2,3", "isolate 2 pin=0:3",
	  "3>0 idle 1,2 or 3>1 idle 0,2" },
	{ "isolate: pins on siblings", "0,1 2,3", "isolate 2 pin=0:0/1:1",
	  "!PIN_POLICY" },
	{ "isolate: a pin beside another VM", "0,1* 2,3", "isolate 1 pin=0:0",
	  "!PIN_POLICY v0 c0" },
	{ "isolate: a pin beside another pool", "0,1- 2,3", "isolate 1 pin=0:0",
	  "!PIN_POLICY v0 c0" },
	/* Pinned to siblings that are none. */
	{ "isolate: pins, no SMT", "0 1 2", "isolate 2 pin=0:1/1:0", "1>0" },
	/* Node 0 has two cores. */
	{ "isolate: three on a node of two", "0,1 2,3 | 4,5 6,7",
	  "isolate 3 map=0-2:0", "!NO_NODE n0 3/2" },
	{ "isolate: one on each node", "0,1 2,3 | 4,5 6,7",
	  "isolate 2 map=0:0/1:1", "cores 2 nodes 2 idles 2" },
	/* Four cores in the host, two on the node that is allowed. */
	{ "isolate: a list of nodes is strict", "0,1 2,3 | 4,5 6,7",
	  "isolate 3 nodes=1", "!NO_NODE 3/2" },
	{ NULL }
};

/*
 * separate: no two vCPUs of this VM on siblings, other VMs may be. avoid: refused
 * with SMT. Both as prefer without.
 */
const struct vector separate_vectors[] = {
	/* The siblings stay everybody's. */
	{ "separate: a core each", "0,1 2,3", "separate 2", "cores 2 idles 0" },
	{ "separate: more than cores", "0,1 2,3", "separate 3", "!NO_CORES 3/2" },
	/* Another VM beside each. */
	{ "separate: beside other VMs", "0*,1 2,3*", "separate 2", "1,2" },
	/* Three CPUs are free, on two cores. */
	{ "separate: fragmented, a core too few", "0*,1 2,3 4-,5*", "separate 3",
	  "!NO_CORES 3/2" },
	{ "separate: no SMT", "0 1 2", "separate 3", "0-2" },
	{ "separate: no SMT, too few", "0 1* 2", "separate 3", "!NO_CPUS 3/2" },
	{ "separate: cores of four", "0,1,2,3 4,5,6,7", "separate 2",
	  "cores 2 idles 0" },
	{ "separate: over two nodes", "0,1 2,3 | 4,5 6,7", "separate 3",
	  "cores 3 nodes 2 idles 0" },
	/* Node 0 has as many CPUs free, but on one core. */
	{ "separate: the node with more cores", "0*,1* 2,3 | 4,5* 6,7*",
	  "separate 2", "4,6" },
	{ "separate: pins on siblings", "0,1 2,3", "separate 2 pin=0:2/1:3",
	  "!PIN_POLICY" },
	{ "separate: beside a pin", "0,1 2,3", "separate 2 pin=0:0",
	  "0>2 or 0>3" },
	/* Pinned where another VM is the sibling, which may be. */
	{ "separate: a pin beside another VM", "0,1* 2,3", "separate 1 pin=0:0",
	  "0" },
	{ "avoid: SMT", "0,1 2,3", "avoid 1", "!SMT" },
	/* Siblings that nobody may use are siblings. */
	{ "avoid: siblings of another pool", "0,1- 2,3-", "avoid 1", "!SMT" },
	{ "avoid: some cores have siblings", "0,1 2 3", "avoid 2", "!SMT" },
	{ "avoid: no SMT", "0 1 2 3", "avoid 3", "cores 3 idles 0" },
	{ "avoid: no SMT, too few", "0 1*", "avoid 2", "!NO_CPUS 2/1" },
	/* What is not present is nobody's sibling. */
	{ "avoid: no sibling is present", "0 2 4", "avoid 2",
	  "cores 2 idles 0" },
	{ "avoid: two nodes", "0 1 | 2 3", "avoid 2", "0,1 or 2,3" },
	{ NULL }
};
